package devicedb_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// member gives a row of somebody who is listed.
func member(t *testing.T, id, name, team string) wire.Row {
	t.Helper()
	return put(t, wire.KindPerson, id, wire.PersonRow{
		Person: attendance.Person{ID: id, StaffNo: "7" + id, Name: name, Team: team, Role: attendance.Regular, Active: true}, Listed: true,
	})
}

func find(t *testing.T, c *devicedb.Cache, q devicedb.Search) (people []string, f devicedb.Found) {
	t.Helper()
	f, err := c.People(t.Context(), q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	for _, p := range f.People {
		people = append(people, p.Name)
	}
	return people, f
}

func TestNamesBeginAtALetter(t *testing.T) {
	t.Parallel()
	c := openCache(t)
	var rows []wire.Row
	for i, name := range []string{"Ann", "Äbel", "Bob", "Carl", "Cora", "Émile", "Fay", "Юлия", "王伟"} {
		rows = append(rows, member(t, fmt.Sprint(i), name, "Day"))
	}
	apply(t, c, "", wire.Page{Gen: 1, To: 1, Parts: 1, Rows: rows})
	for _, one := range []struct {
		letter string
		offset int
		want   string
		start  int
	}{
		{"", 2, "Bob Carl Cora", 2},
		{"a", 0, "Äbel Ann Bob", 0},
		{"A", 0, "Äbel Ann Bob", 0},
		{"c", 0, "Carl Cora Émile", 3},
		{"C", 3, "Fay Юлия 王伟", 6},
		{"c", -3, "Äbel Ann Bob", 0},
		{"c", -9, "Äbel Ann Bob", 0},
		{"d", 0, "Émile Fay Юлия", 5},
		{"É", 0, "Émile Fay Юлия", 5},
		{"ю", 0, "Юлия 王伟", 7},
		{"龍", 0, "Fay Юлия 王伟", 6},
		{"-", 1, "Ann Bob Carl", 1},
		{"-", -2, "Äbel Ann Bob", 0},
	} {
		got, f := find(t, c, devicedb.Search{Letter: one.letter, Offset: one.offset, Limit: 3})
		if strings.Join(got, " ") != one.want || f.Start != one.start || f.Total != 9 {
			t.Errorf("%q%+d: %v from %d of %d", one.letter, one.offset, got, f.Start, f.Total)
		}
	}
	if _, f := find(t, c, devicedb.Search{Limit: 1, Letter: "c"}); strings.Join(f.Letters, "") != "ABCEFЮ王" {
		t.Errorf("names begin with %q", f.Letters)
	}
	if _, f := find(t, c, devicedb.Search{Limit: 1, Text: "bob"}); f.Letters != nil {
		t.Errorf("what was searched for begins with %q", f.Letters)
	}
}

func TestNamesOfATeam(t *testing.T) {
	t.Parallel()
	c := openCache(t)
	apply(t, c, "", wire.Page{Gen: 1, To: 1, Parts: 1, Rows: []wire.Row{
		member(t, "1", "Ann", "Night"), member(t, "2", "Bob", "day"), member(t, "3", "Carl", "Night"), member(t, "4", "Dora", ""),
	}})
	if diff := cmp.Diff([]string{"day", "Night"}, c.Teams()); diff != "" {
		t.Error(diff)
	}
	got, f := find(t, c, devicedb.Search{Of: "Night", Limit: 9})
	if diff := cmp.Diff([]string{"Ann", "Carl"}, got); diff != "" || f.Total != 2 {
		t.Error(diff, f.Total)
	}
	if got, _ = find(t, c, devicedb.Search{Of: "Night", Text: "c", Limit: 9}); len(got) != 1 || got[0] != "Carl" {
		t.Errorf("in the team: %v", got)
	}
	if got, _ = find(t, c, devicedb.Search{Of: "Nigh", Limit: 9}); len(got) != 0 {
		t.Errorf("no such team: %v", got)
	}
}

// Where no names are shown, nobody can leaf through them by a letter or two.
func TestHiddenNames(t *testing.T) {
	t.Parallel()
	c := openCache(t)
	rows := []wire.Row{member(t, "1", "Jo Li", ""), member(t, "2", "王伟", ""), member(t, "3", "Joan Liu", "Jokers")}
	for i := range 12 {
		rows = append(rows, member(t, fmt.Sprint(40+i), fmt.Sprintf("Peter %c", 'A'+i), ""))
	}
	apply(t, c, "", wire.Page{Gen: 1, To: 1, Parts: 1, Rows: rows})
	for text, want := range map[string]string{
		"jo": "", "jo li": "Jo Li", "JO LI": "Jo Li", "joa": "Joan Liu", "l": "", "73": "Joan Liu", "7": "", "王伟": "王伟", "王": "",
		"jok": "", "p e t": "", "li joan": "Joan Liu",
	} {
		got, _ := find(t, c, devicedb.Search{Text: text, Limit: 20, Hidden: true, Regular: text == "jok"})
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if got, f := find(t, c, devicedb.Search{Text: "pet", Limit: 20, Hidden: true}); len(got) != devicedb.MaxHidden || f.Total != devicedb.MaxHidden {
		t.Errorf("a common name: %v of %d", got, f.Total)
	}
	for _, text := range []string{"", " ", "\t"} {
		_, err := c.People(t.Context(), devicedb.Search{Text: text, Limit: 20, Hidden: true})
		if !problem.Is(err, problem.Invalid) || problem.From(err).Detail["field"] != "search" {
			t.Errorf("%q: %v", text, err)
		}
	}
}
