package team_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// A team is made by hand or by putting somebody into it, renamed with everything
// that names it, given a manager, and archived when nobody is left.
func TestTeams(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ada, _, err := w.team.Create(ctx, "owner", team.NewPerson{Name: "Ada Brandt", Team: "Bakery"})
	must(err)
	_, err = w.team.CreateTeam(ctx, "owner", "  Shop ")
	must(err)
	for name, code := range map[string]problem.Code{"": problem.Invalid, "Bakery": problem.Conflict, "Shop": problem.Conflict, "a\tb\x00": problem.Invalid} {
		if _, err := w.team.CreateTeam(ctx, "owner", name); !problem.Is(err, code) || problem.From(err).Detail["field"] != "name" {
			t.Errorf("%q: %v", name, err)
		}
	}
	w.kiosk(t, "front")
	_, err = w.team.Assign(ctx, "owner", "front", centraldb.Assignments{Teams: []string{"Bakery", "Drivers"}})
	must(err)
	if err := w.team.ArchiveTeam(ctx, "owner", "Bakery"); !problem.Is(err, problem.Conflict) {
		t.Errorf("archived with Ada in it: %v", err)
	}
	must(w.team.SetManager(ctx, "owner", "Bakery", ada.ID))
	if name, err := w.team.RenameTeam(ctx, "owner", "Bakery", " Ovens "); err != nil || name != "Ovens" {
		t.Errorf("the new name is %q, %v", name, err)
	}
	if _, err := w.team.RenameTeam(ctx, "owner", "Ovens", "Shop"); !problem.Is(err, problem.Conflict) {
		t.Errorf("renamed to a name that is taken: %v", err)
	}
	got, err := w.db.TeamRows(ctx)
	must(err)
	want := []centraldb.TeamRow{
		{Name: "Drivers", Kiosks: 1},
		{Name: "Ovens", Manager: ada.ID, ManagerName: "Ada Brandt", Members: 1, Kiosks: 1},
		{Name: "Shop"},
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(centraldb.TeamRow{}, "CreatedAt")); d != "" {
		t.Error(d)
	}
	if p, err := w.db.Person(ctx, ada.ID); err != nil || p.Team != "Ovens" {
		t.Errorf("%+v %v", p, err)
	}
	if managed, err := w.db.ManagedTeams(ctx, ada.ID); err != nil || !cmp.Equal(managed, []string{"Ovens"}) {
		t.Errorf("Ada manages %v, %v", managed, err)
	}
	_, err = w.team.Move(ctx, "owner", ada.ID, "")
	must(err)
	must(w.team.ArchiveTeam(ctx, "owner", "Ovens"))
	if a, err := w.db.Assignments(ctx, "front"); err != nil || !cmp.Equal(a.Teams, []string{"Drivers"}) {
		t.Errorf("the kiosk has %+v, %v", a, err)
	}
	if managed, err := w.db.ManagedTeams(ctx, ada.ID); err != nil || len(managed) > 0 {
		t.Errorf("Ada manages %v, %v", managed, err)
	}
	backBy(t, w, ada)
}

// backBy puts somebody into the archived team, which brings it back.
func backBy(t *testing.T, w *world, who attendance.Person) {
	t.Helper()
	_, err := w.team.Set(t.Context(), "owner", attendance.Person{ID: who.ID, Name: who.Name, Role: who.Role, Team: "Ovens", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	if row, err := w.db.TeamRow(t.Context(), "Ovens"); err != nil || row.ArchivedAt != 0 || row.Members != 1 {
		t.Errorf("%+v %v", row, err)
	}
}

func TestTeamsOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ctx := t.Context()
	if _, err := w.team.CreateTeam(ctx, "owner", "Shop"); err != nil {
		t.Fatal(err)
	}
	_, err := w.team.RenameTeam(ctx, "owner", "Nobody", "X")
	for _, err := range []error{
		err, w.team.SetManager(ctx, "owner", "Nobody", ""), w.team.ArchiveTeam(ctx, "owner", "Nobody"),
		w.team.RestoreTeam(ctx, "owner", "Nobody"), w.team.SetManager(ctx, "owner", "Shop", "p-nobody"),
	} {
		if !problem.Is(err, problem.NotFound) {
			t.Errorf("nobody's: %v", err)
		}
	}
}
