package device_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// set gives settings that differ from the usual ones.
func (w *world) set(change func(*wire.SettingsRow)) wire.Row {
	w.t.Helper()
	s := wire.SettingsRow{OrgName: "Acme", KioskName: "Front door", Zone: "Europe/Berlin", RequiresPIN: true}
	change(&s)
	return row(w.t, wire.KindSettings, devicedb.SettingsID, s)
}

// member gives a row of a person as change makes it, with annPIN.
func (w *world) member(id, name string, change func(*wire.PersonRow)) wire.Row {
	w.t.Helper()
	sealed := w.sealed("personal", id, "regular", annPIN, 1)
	p := wire.PersonRow{
		Person: attendance.Person{ID: id, StaffNo: "s-" + id, Name: name, Role: attendance.Regular, Active: true},
		Listed: true, PIN: &sealed,
	}
	if change != nil {
		change(&p)
	}
	return row(w.t, wire.KindPerson, id, p)
}

func (w *world) people(q local.PeopleQuery) local.PeoplePage {
	w.t.Helper()
	page, err := w.terminal.People(w.t.Context(), q)
	must(w.t, err)
	return page
}

func TestTheKiosksHabits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := func(team string) func(*wire.PersonRow) { return func(p *wire.PersonRow) { p.Team = team } }
	look := wire.Look{Theme: "dark", Accent: "#112233"}
	w.apply(w.set(func(s *wire.SettingsRow) { s.Look, s.Habits.TeamFilter = look, true }),
		w.member("cy", "Cy", of("Night")), w.member("di", "Di", of("Day")))
	s, err := w.terminal.State(t.Context())
	must(t, err)
	if diff := cmp.Diff([]string{"Day", "Night"}, s.Teams); diff != "" || s.Look != look || !s.Habits.TeamFilter {
		t.Errorf("%s %+v", diff, s)
	}
	if p := w.people(local.PeopleQuery{Of: "Night", Limit: 5}); p.Total != 1 || p.People[0].ID != "cy" {
		t.Errorf("a team: %+v", p)
	}
	if p := w.people(local.PeopleQuery{Letter: "C", Offset: -1, Limit: 2}); p.Start != 1 || p.People[0].Name != "Bob" || p.Total != 5 {
		t.Errorf("from a letter on: %+v", p)
	}
	if _, err := w.terminal.People(t.Context(), local.PeopleQuery{Offset: -1, Limit: 2}); !problem.Is(err, problem.Invalid) {
		t.Errorf("before the first: %v", err)
	}
	w.apply(w.settings(true))
	if s, err = w.terminal.State(t.Context()); err != nil || s.Teams != nil {
		t.Errorf("no filter: %v, %v", s.Teams, err)
	}
}

func TestAKioskThatHides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.punch(w.in("ann", annPIN), attendance.In)
	if p := w.people(local.PeopleQuery{Search: "ann", Limit: 5}); p.People[0].State != attendance.StateIn || p.People[0].Since == 0 {
		t.Errorf("before: %+v", p)
	}
	w.apply(w.set(func(s *wire.SettingsRow) { s.Habits.HideRoster, s.Habits.HideStatus = true, true }))
	for _, text := range []string{"", "a", "an"} {
		page, err := w.terminal.People(t.Context(), local.PeopleQuery{Search: text, Limit: 5})
		if len(page.People) != 0 || page.Total != 0 || text == "" && !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %+v, %v", text, page, err)
		}
	}
	for _, text := range []string{"ann", "s-ann"} {
		want := local.PeoplePage{Total: 1, People: []local.PersonCard{{ID: "ann", Name: "Ann"}}}
		if diff := cmp.Diff(want, w.people(local.PeopleQuery{Search: text, Limit: 5})); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	if s := w.in("ann", annPIN); s.Person.State != attendance.StateIn {
		t.Errorf("their own state is theirs to see: %+v", s.Person)
	}
}
