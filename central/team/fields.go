package team

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
)

const (
	maxTeam = 100
	maxLang = 35 // RFC 5646 section 4.4.1
)

// tidy composes a text (NFC) and takes blanks off its ends; doubled blanks
// inside become one.
func tidy(s string) string {
	return strings.Join(strings.FieldsFunc(norm.NFC.String(s), func(r rune) bool { return r == ' ' || r == '\u00a0' }), " ")
}

// fault is what is wrong with one field.
type fault struct{ field, message string }

// faults gives everything that is wrong with a person, field by field.
func faults(p attendance.Person) []fault {
	var out []fault
	add := func(field, message string) { out = append(out, fault{field, message}) }
	text := func(field, value string, most int) {
		if !utf8.ValidString(value) || strings.ContainsFunc(value, forbidden) {
			add(field, "There is a character that can't be shown. Remove line breaks, tabs and unreadable characters.")
		}
		if len(value) > most {
			add(field, "The text is too long.")
		}
	}
	if p.Name == "" {
		add("name", "The name is missing.")
	}
	text("name", p.Name, attendance.MaxName)
	text("staff_no", p.StaffNo, attendance.MaxStaffNo)
	text("team", p.Team, maxTeam)
	if !p.Role.Valid() {
		add("role", "There is no role “"+clip(string(p.Role))+"”. Use owner, admin, manager or regular.")
	}
	if p.Lang != "" && !validLang(p.Lang) {
		add("lang", "“"+clip(p.Lang)+"” is not a language. Use a code such as de, fr or pt-BR.")
	}
	return out
}

// validate is faults for one person that somebody typed. The detail "fields" has a
// message for each field that is wrong.
func validate(p attendance.Person) error {
	if len(p.Zone) > maxTeam {
		return problem.New(problem.Invalid, "The time zone is too long.", "Use a name such as Europe/Berlin.")
	}
	fs := faults(p)
	if len(fs) == 0 {
		return nil
	}
	all := map[string]string{}
	for _, f := range fs {
		if all[f.field] == "" {
			all[f.field] = f.message
		}
	}
	return problem.New(problem.Invalid, fs[0].message, "Correct the "+fs[0].field+".").With("field", fs[0].field).With("fields", all)
}

// forbidden says whether a character has no place in a name: controls, what
// turns the direction of text, private use, and the sign of a bad decoding.
func forbidden(r rune) bool {
	return unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Co, r) ||
		(r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069)
}

func validLang(s string) bool {
	if len(s) > maxLang {
		return false
	}
	_, err := language.Parse(s)
	return err == nil
}

// clip keeps a quoted value short enough to be read in an error.
func clip(s string) string {
	const most = 40
	r := []rune(strings.ToValidUTF8(s, "\ufffd"))
	if len(r) > most {
		return string(r[:most]) + "…"
	}
	return string(r)
}
