package attendance_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
)

func TestParseRole(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]attendance.Role{
		"": attendance.Regular, "  ": attendance.Regular, "owner": attendance.Owner, " Admin ": attendance.Admin,
		"MANAGER": attendance.Manager, "regular\n": attendance.Regular,
	} {
		if got, err := attendance.ParseRole(s); err != nil || got != want {
			t.Errorf("ParseRole(%q) = %q, %v", s, got, err)
		}
	}
	for _, s := range []string{"boss", "owner,admin", "own er", "0"} {
		if got, err := attendance.ParseRole(s); !problem.Is(err, problem.Invalid) || got != "" {
			t.Errorf("ParseRole(%q) = %q, %v", s, got, err)
		}
	}
}

func TestPrivileged(t *testing.T) {
	t.Parallel()
	for role, want := range map[attendance.Role]bool{
		attendance.Owner: true, attendance.Admin: true, attendance.Manager: false, attendance.Regular: false, "": false, "root": false,
	} {
		if role.Privileged() != want {
			t.Errorf("%q.Privileged() = %v", role, !want)
		}
	}
}

func TestPersonValidate(t *testing.T) {
	t.Parallel()
	good := attendance.Person{ID: "p-1", StaffNo: "42", Name: "Ada <Lovelace> & Co", Team: "Roof", Role: attendance.Regular}
	for _, c := range []struct {
		name   string
		change func(*attendance.Person)
		ok     bool
	}{
		{"good", func(*attendance.Person) {}, true},
		{"no staff number", func(p *attendance.Person) { p.StaffNo = "" }, true},
		{"any script", func(p *attendance.Person) { p.Name = "田中 太郎" }, true},
		{"longest", func(p *attendance.Person) {
			p.Name, p.StaffNo, p.Team = strings.Repeat("a", 200), strings.Repeat("1", 32), strings.Repeat("t", 100)
		}, true},
		{"no name", func(p *attendance.Person) { p.Name = "" }, false},
		{"blank name", func(p *attendance.Person) { p.Name = " \t\u00a0" }, false},
		{"long name", func(p *attendance.Person) { p.Name = strings.Repeat("ä", 101) }, false},
		{"long number", func(p *attendance.Person) { p.StaffNo = strings.Repeat("1", 33) }, false},
		{"long team", func(p *attendance.Person) { p.Team = strings.Repeat("t", 101) }, false},
		{"newline in name", func(p *attendance.Person) { p.Name = "Ada\nBob" }, false},
		{"tab in number", func(p *attendance.Person) { p.StaffNo = "1\t2" }, false},
		{"NUL in team", func(p *attendance.Person) { p.Team = "a\x00" }, false},
		{"Latin-1 name", func(p *attendance.Person) { p.Name = "J\xf6rg" }, false},
		{"no role", func(p *attendance.Person) { p.Role = "" }, false},
		{"another role", func(p *attendance.Person) { p.Role = "Owner" }, false},
	} {
		p := good
		c.change(&p)
		if err := p.Validate(); (err == nil) != c.ok || err != nil && !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"": "", "   ": "", "...": "", "Ada": "A", "ada lovelace": "AL", "Ada King Lovelace": "AL", "élise d'Arc": "ÉD",
		"  María   José  ": "MJ", "(Bob) -": "B", "'t Hooft": "TH", "жанна д": "ЖД", "田中 太郎": "田太", "김민수": "김",
		"مريم علي": "مع", "मीरा शर्मा": "मश", "1042 b": "1B", "e\u0301mile": "E", "ǆ": "Ǆ", "😀 Zed": "Z", "\xff\xfe": "",
	} {
		if got := attendance.Initials(name); got != want {
			t.Errorf("Initials(%q) = %q, want %q", name, got, want)
		}
	}
}

func FuzzInitials(f *testing.F) {
	for _, s := range []string{"Ada Lovelace", "\xff", "ß ﬁ", "  "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := attendance.Initials(s)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > 2 || strings.ContainsAny(got, " \n") {
			t.Fatalf("Initials(%q) = %q", s, got)
		}
	})
}

func TestValidSegment(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"a", "0", "front-door", "a-", strings.Repeat("a", 40)} {
		if !attendance.ValidSegment(s) {
			t.Errorf("%q is refused", s)
		}
	}
	for _, s := range []string{"", "-a", "A", "a b", "a/b", "+", "#", "$sys", "ä", "a.b", "a_b", "a\x00", strings.Repeat("a", 41)} {
		if attendance.ValidSegment(s) {
			t.Errorf("%q is accepted", s)
		}
	}
}
