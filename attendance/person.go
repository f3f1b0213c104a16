package attendance

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/timepost/timepost/internal/problem"
)

// Role is what a person may do in the organisation.
type Role string

// The roles, from the most to the least. Managers count as regular wherever
// PIN rules are concerned.
const (
	Owner   Role = "owner"
	Admin   Role = "admin"
	Manager Role = "manager"
	Regular Role = "regular"
)

// Privileged says whether the role must always use its own PIN: owners and admins.
func (r Role) Privileged() bool { return r == Owner || r == Admin }

// Valid says whether r is one of the four roles.
func (r Role) Valid() bool {
	return r == Owner || r == Admin || r == Manager || r == Regular
}

// ParseRole reads a role as people write it: any case, blanks around it, empty
// for regular.
func ParseRole(s string) (Role, error) {
	r := Role(strings.ToLower(strings.TrimSpace(s)))
	if r == "" {
		return Regular, nil
	}
	if !r.Valid() {
		return "", problem.New(problem.Invalid, "There is no role "+quote(s)+".",
			"Use owner, admin, manager or regular.")
	}
	return r, nil
}

// MaxName, MaxStaffNo, MaxTeam and MaxNote bound what people type, in bytes. A
// record body holds at most 4 KiB; these leave it room.
const (
	MaxName    = 200
	MaxStaffNo = 32
	MaxTeam    = 100
	MaxNote    = 500
)

// Person is somebody who clocks in.
type Person struct {
	ID      string `json:"id"`       // [a-z0-9-], made by central
	StaffNo string `json:"staff_no"` // the organisation's own number; unique, may be empty
	Name    string `json:"name"`
	Team    string `json:"team,omitempty"`
	Role    Role   `json:"role"`
	Lang    string `json:"lang,omitempty"` // BCP 47; empty: the kiosk's
	Zone    string `json:"zone,omitempty"` // IANA; empty: the kiosk's
	Active  bool   `json:"active"`
}

// Validate says what is wrong with p, in words for the person who typed it.
func (p Person) Validate() error {
	switch {
	case strings.TrimSpace(p.Name) == "":
		return problem.New(problem.Invalid, "The name is missing.", "Every person needs a name.")
	case len(p.Name) > MaxName:
		return problem.New(problem.Invalid, "The name is too long.", "Use at most 200 letters, fewer where they have accents.")
	case len(p.Team) > MaxTeam:
		return problem.New(problem.Invalid, "The team's name is too long.", "Use at most 100 letters.")
	case !utf8.ValidString(p.Name + p.StaffNo + p.Team):
		return problem.New(problem.Invalid, "There are letters in the text that can't be read.", "Save the file as UTF-8.")
	case hasControl(p.Name) || hasControl(p.StaffNo) || hasControl(p.Team):
		return problem.New(problem.Invalid, "There is a control character in the text.", "Remove line breaks and tabs.")
	case len(p.StaffNo) > MaxStaffNo:
		return problem.New(problem.Invalid, "The staff number is too long.", "Use at most 32 characters.")
	case !p.Role.Valid():
		return problem.New(problem.Invalid, "There is no role "+quote(string(p.Role))+".", "Use owner, admin, manager or regular.")
	}
	return nil
}

// Initials gives up to two letters for a name's badge.
func Initials(name string) string {
	words := strings.Fields(name)
	var out []rune
	for i, w := range words {
		if i != 0 && i != len(words)-1 {
			continue
		}
		for _, r := range w {
			if unicode.IsLetter(r) || unicode.IsNumber(r) {
				out = append(out, unicode.ToUpper(r))
				break
			}
		}
	}
	return string(out)
}

// Kiosk is one time clock.
type Kiosk struct {
	ID          string `json:"id"` // [a-z0-9-]: an MQTT topic segment and a certificate's common name
	Name        string `json:"name"`
	Zone        string `json:"zone"` // IANA
	RequiresPIN bool   `json:"requires_pin"`
}

// ValidSegment says whether s may be a topic segment, and so an organisation's
// or a kiosk's id: 1 to 40 of a-z, 0-9 and '-', not starting with '-'.
func ValidSegment(s string) bool {
	if s == "" || len(s) > 40 || s[0] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

func quote(s string) string { return "“" + s + "”" }
