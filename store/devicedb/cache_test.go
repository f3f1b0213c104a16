package devicedb_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

func openCache(t *testing.T) *devicedb.Cache {
	t.Helper()
	c, err := devicedb.OpenCache(t.Context(), filepath.Join(t.TempDir(), "cache.db"), devicedb.CacheOptions{BootID: "b"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func put(t *testing.T, kind, id string, v any) wire.Row {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return wire.Row{Kind: kind, ID: id, Put: b}
}

func person(t *testing.T, id, name, staffNo string, pinLen int) wire.Row {
	t.Helper()
	p := wire.PersonRow{Person: attendance.Person{ID: id, Name: name, StaffNo: staffNo, Role: attendance.Regular, Active: true}, Listed: true}
	if pinLen > 0 {
		p.PIN = &wire.SealedPIN{Version: 1, Len: pinLen, Sealed: []byte("s")}
	}
	return put(t, wire.KindPerson, id, p)
}

func apply(t *testing.T, c *devicedb.Cache, want problem.Code, pages ...wire.Page) {
	t.Helper()
	if err := c.Apply(t.Context(), pages); problem.CodeOf(err) != want {
		t.Fatalf("apply: %v, want %q", err, want)
	}
}

func names(t *testing.T, c *devicedb.Cache, search string, offset, limit int) []string {
	t.Helper()
	found, err := c.People(t.Context(), devicedb.Search{Text: search, Offset: offset, Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, p := range found.People {
		out = append(out, p.Name)
	}
	return out
}

func TestVersionsOnlyGoOn(t *testing.T) {
	t.Parallel()
	c := openCache(t)
	ann, bob := person(t, "ann", "Ann", "1", 4), person(t, "bob", "Bob", "2", 4)
	page := func(gen, from, to uint64, rows ...wire.Row) wire.Page {
		return wire.Page{Gen: gen, From: from, To: to, Parts: 1, Rows: rows}
	}
	apply(t, c, problem.Conflict, page(1, 3, 4, ann)) // nothing to change yet
	apply(t, c, "", page(1, 0, 5, ann))
	apply(t, c, "", page(1, 5, 6, bob))
	apply(t, c, problem.Conflict, page(1, 5, 6, bob))
	apply(t, c, problem.Conflict, page(1, 7, 8, bob))
	apply(t, c, problem.Untrusted, page(1, 4, 5, wire.Row{Kind: wire.KindPerson, ID: "ann"}))
	apply(t, c, problem.Untrusted, page(1, 0, 5, ann))
	apply(t, c, "", page(1, 0, 6, ann)) // the same version anew: our copy was not right
	if diff := cmp.Diff([]string{"Ann"}, names(t, c, "", 0, 10)); diff != "" {
		t.Error(diff)
	}
	apply(t, c, problem.Conflict, page(2, 6, 7, bob)) // another generation begins with a snapshot
	apply(t, c, "", page(2, 0, 1, bob))
	apply(t, c, problem.Untrusted, page(1, 0, 9, ann))
	apply(t, c, problem.Untrusted, page(1, 6, 9, ann))
	if gen, v, err := c.Version(t.Context()); gen != 2 || v != 1 || err != nil {
		t.Errorf("version %d/%d, %v", gen, v, err)
	}
	if diff := cmp.Diff([]string{"Bob"}, names(t, c, "", 0, 10)); diff != "" {
		t.Error(diff)
	}
}

func TestPartsAreOneWhole(t *testing.T) {
	t.Parallel()
	c := openCache(t)
	a := wire.Page{Gen: 1, To: 2, Part: 0, Parts: 2, Rows: []wire.Row{person(t, "ann", "Ann", "", 4)}}
	b := wire.Page{Gen: 1, To: 2, Part: 1, Parts: 2, Rows: []wire.Row{person(t, "bob", "Bob", "", 6)}}
	other := b
	other.To = 3
	apply(t, c, problem.Invalid)
	apply(t, c, problem.Invalid, a)
	apply(t, c, problem.Invalid, a, a)
	apply(t, c, problem.Invalid, a, other)
	bad := b
	bad.Rows = []wire.Row{{Kind: wire.KindPerson, ID: "bob", Put: []byte(`{"id":"eve","role":"regular"}`)}}
	apply(t, c, problem.Invalid, a, bad)
	if c.Count() != 0 {
		t.Error("a part took force alone")
	}
	apply(t, c, "", b, a)
	if diff := cmp.Diff([]string{"Ann", "Bob"}, names(t, c, "", 0, 10)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{4, 6}, c.PINLengths()); diff != "" {
		t.Error(diff)
	}
	// Deletes first: a row that moves within one delta is there afterwards.
	apply(t, c, "", wire.Page{Gen: 1, From: 2, To: 3, Parts: 1, Rows: []wire.Row{
		person(t, "ann", "Anna", "", 4),
		{Kind: wire.KindPerson, ID: "ann"},
		{Kind: wire.KindPerson, ID: "bob", Put: []byte("null")},
		{Kind: "badge", ID: "x", Put: []byte(`{"of":"a later version"}`)},
	}})
	if diff := cmp.Diff([]string{"Anna"}, names(t, c, "", 0, 10)); diff != "" {
		t.Error(diff)
	}
}

func TestRowsReadBack(t *testing.T) {
	t.Parallel()
	c := openCache(t)
	if _, err := c.Settings(t.Context()); !problem.Is(err, problem.NotFound) {
		t.Fatalf("err = %v", err)
	}
	settings := wire.SettingsRow{OrgName: "Ä <&>", KioskName: "Front", Zone: "Europe/Berlin", RequiresPIN: true}
	universal := wire.UniversalRow{PIN: wire.SealedPIN{Version: 3, Len: 8, Sealed: []byte{1}}}
	project := wire.ProjectRow{ID: "p", Name: "Roof"}
	apply(t, c, "", wire.Page{Gen: 1, To: 1, Parts: 1, Rows: []wire.Row{
		put(t, wire.KindSettings, devicedb.SettingsID, settings), put(t, wire.KindUniversal, "front", universal),
		put(t, wire.KindProject, "p", project), person(t, "ann", "Ann", "", 4),
	}})
	ctx := t.Context()
	s, err1 := c.Settings(ctx)
	u, err2 := c.Universal(ctx, "front")
	p, err3 := c.Project(ctx, "p")
	a, err4 := c.Person(ctx, "ann")
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if s != settings || !cmp.Equal(u, universal) || p != project || a.Name != "Ann" || a.PIN.Len != 4 {
		t.Errorf("%+v %+v %+v %+v", s, u, p, a)
	}
	if diff := cmp.Diff([]int{4, 8}, c.PINLengths()); diff != "" {
		t.Error(diff)
	}
	if _, err := c.Universal(ctx, "other"); !problem.Is(err, problem.NotFound) {
		t.Errorf("err = %v", err)
	}
}

func TestPeopleAreFoundAsTheyAreTyped(t *testing.T) {
	t.Parallel()
	c := openCache(t)
	unlisted := wire.PersonRow{Person: attendance.Person{ID: "own", Name: "Anton", Role: attendance.Owner, Active: true}}
	gone := wire.PersonRow{Person: attendance.Person{ID: "gone", Name: "Anja", Role: attendance.Regular}, Listed: true}
	apply(t, c, "", wire.Page{Gen: 1, To: 1, Parts: 1, Rows: []wire.Row{
		person(t, "1", "Zoë Ångström", "0042", 4), person(t, "2", "ann Lee", "17", 4), person(t, "3", "Änne Müller", "18", 4),
		put(t, wire.KindPerson, "own", unlisted), put(t, wire.KindPerson, "gone", gone),
	}})
	for search, want := range map[string][]string{
		"":     {"ann Lee", "Änne Müller", "Zoë Ångström"},
		"AN":   {"ann Lee", "Änne Müller", "Zoë Ångström"},
		"mul":  {"Änne Müller"},
		"0042": {"Zoë Ångström"},
		"42":   {},
		" 17 ": {"ann Lee"},
		"nn":   {},
	} {
		if diff := cmp.Diff(want, names(t, c, search, 0, 10)); diff != "" {
			t.Errorf("%q: %s", search, diff)
		}
	}
	if diff := cmp.Diff([]string{"Änne Müller"}, names(t, c, "", 1, 1)); diff != "" {
		t.Error(diff)
	}
	if found, err := c.People(t.Context(), devicedb.Search{Offset: 99, Limit: 1}); found.Total != 3 || len(found.People) != 0 || err != nil {
		t.Errorf("found = %+v, %v", found, err)
	}
}

// For a team: nobody with a PIN of more weight, and the team's name finds its people.
func TestSearchForATeam(t *testing.T) {
	t.Parallel()
	c := openCache(t)
	of := func(id, name, team string, role attendance.Role) wire.Row {
		return put(t, wire.KindPerson, id, wire.PersonRow{
			Person: attendance.Person{ID: id, Name: name, Team: team, Role: role, Active: true}, Listed: true,
		})
	}
	apply(t, c, "", wire.Page{Gen: 1, From: 0, To: 1, Parts: 1, Rows: []wire.Row{
		of("1", "Ann", "Frühschicht Lager", attendance.Regular), of("2", "Bob", "Spät", attendance.Manager),
		of("3", "Carl", "Frühschicht Lager", attendance.Admin), of("4", "Dora", "Frühschicht Tor", attendance.Regular),
		of("5", "Frederik", "", attendance.Regular), of("6", "Olga", "", attendance.Owner),
	}})
	for search, want := range map[string][]string{
		"":          {"Ann", "Bob", "Dora", "Frederik"},
		"fruh":      {"Ann", "Dora"},
		"lager fru": {"Ann"},
		"fr":        {"Ann", "Dora", "Frederik"},
		"carl":      nil,
	} {
		found, err := c.People(t.Context(), devicedb.Search{Text: search, Limit: 10, Regular: true})
		var got []string
		for _, p := range found.People {
			got = append(got, p.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil || found.Total != len(want) {
			t.Errorf("%q: %v, %d in all: %s", search, err, found.Total, diff)
		}
	}
	if diff := cmp.Diff([]string{"Frederik"}, names(t, c, "fr", 0, 10)); diff != "" {
		t.Errorf("somebody who looks for themselves: %s", diff)
	}
	found, err := c.People(t.Context(), devicedb.Search{Offset: 2, Limit: 1, Regular: true})
	if err != nil || found.Total != 4 || len(found.People) != 1 || found.People[0].Name != "Dora" {
		t.Errorf("page: %+v, %v", found, err)
	}
}

func TestPresenceOnlyGoesOn(t *testing.T) {
	t.Parallel()
	c := openCache(t)
	apply(t, c, "", wire.Page{Gen: 2, To: 1, Parts: 1})
	one, two := record.JournalID{1}, record.JournalID{2}
	for i, s := range []struct {
		gen     uint64
		journal record.JournalID
		asOf    uint64
		state   string
		code    problem.Code
		want    attendance.State
	}{
		{1, one, 9, "in", problem.Untrusted, ""},
		{2, one, 5, "in", "", attendance.StateIn},
		{2, one, 4, "out", "", attendance.StateIn}, // counted less than we know it has
		{2, one, 5, "break", "", attendance.StateBreak},
		{2, two, 1, "out", "", attendance.StateOut}, // another journal
		{3, two, 0, "in", "", attendance.StateIn},   // a restored server
		{2, two, 9, "out", "", attendance.StateIn},
		{3, two, 1, "asleep", problem.Invalid, attendance.StateIn},
	} {
		err := c.ApplyPresence(t.Context(), wire.PresencePage{Gen: s.gen, Journal: s.journal, AsOf: s.asOf, Rows: []wire.PresenceRow{{Person: "ann", State: s.state, Since: 7, Kiosk: "back"}}})
		if problem.CodeOf(err) != s.code {
			t.Errorf("step %d: %v, want %q", i, err, s.code)
		}
		r, ok, err := c.Presence(t.Context(), "ann")
		if err != nil || ok != (s.want != "") || r.State != s.want {
			t.Errorf("step %d: %+v, %v, %v", i, r, ok, err)
		}
	}
	r, _, err := c.Presence(t.Context(), "ann")
	if err != nil || r.Journal != two || r.AsOf != 0 || r.Since.UnixNano() != 7 || r.Kiosk != "back" || r.Person != "ann" {
		t.Errorf("%+v, %v", r, err)
	}
}

func FuzzApply(f *testing.F) {
	f.Add([]byte(`{"gen":1,"from":0,"to":1,"part":0,"parts":1,"rows":[{"kind":"person","id":"a","put":{"id":"a","role":"regular","active":true,"listed":true,"name":"A","pin":{"version":1,"len":4,"sealed":"AA=="}}}]}`))
	f.Add([]byte(`{"gen":1,"from":0,"to":1,"parts":1,"rows":[{"kind":"universal","id":"k","put":{"pin":{"len":-1}}}]}`))
	f.Add([]byte(`{"gen":18446744073709551615,"from":0,"to":18446744073709551615,"parts":1}`))
	f.Add([]byte(`{"gen":1,"from":0,"to":1,"parts":1,"rows":[{"kind":"person","id":"a","put":[]}]}`))
	c, err := devicedb.OpenCache(f.Context(), filepath.Join(f.TempDir(), "cache.db"), devicedb.CacheOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := c.Close(); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		var p wire.Page
		if json.Unmarshal(b, &p) != nil {
			return
		}
		before, _, err := c.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		switch err := c.Apply(t.Context(), []wire.Page{p}); problem.CodeOf(err) {
		case "", problem.Invalid, problem.Conflict, problem.Untrusted:
		default:
			t.Fatalf("apply: %v", err)
		}
		if gen, _, err := c.Version(t.Context()); err != nil || gen < before {
			t.Fatalf("generation went from %d to %d, %v", before, gen, err)
		}
	})
}
