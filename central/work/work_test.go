package work_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/work"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

const actor = "ann@acme.example"

// office is a Work over a real database, with a note of the kiosks that were told.
type office struct {
	*work.Work
	t    *testing.T
	db   *centraldb.DB
	told []string
	all  int
}

func (o *office) Refresh(_ context.Context, kiosks ...string) error {
	o.told = append(o.told, kiosks...)
	return nil
}

func newOffice(t *testing.T) *office {
	t.Helper()
	db, err := centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	o := &office{t: t, db: db}
	o.Work = work.New(work.Config{Store: db, Audit: audit.New(db, time.Now), Rosters: o, Later: func() { o.all++ }})
	o.update(func(tx *centraldb.Tx) error {
		people := []attendance.Person{
			{ID: "ada", Name: "Ada", Team: "Bakery", Role: attendance.Regular, Active: true},
			{ID: "ben", Name: "Ben", Team: "Bakery", Role: attendance.Regular, Active: true},
			{ID: "cleo", Name: "Cleo", Team: "Shop", Role: attendance.Regular, Active: true},
			{ID: "gone", Name: "Gone", Role: attendance.Regular},
		}
		return tx.AddPeople(t.Context(), people, 1)
	})
	for _, id := range []string{"gate", "shop"} {
		o.kiosk(id)
	}
	o.update(func(tx *centraldb.Tx) error {
		return tx.SetAssignments(t.Context(), "gate", centraldb.Assignments{Teams: []string{"Bakery"}})
	})
	return o
}

func (o *office) kiosk(id string) {
	o.update(func(tx *centraldb.Tx) error {
		return tx.AddKiosk(o.t.Context(), attendance.Kiosk{ID: id, Name: "Kiosk " + id, Zone: "UTC"}, 1)
	})
}

func (o *office) update(f func(tx *centraldb.Tx) error) {
	o.t.Helper()
	if err := o.db.Update(o.t.Context(), f); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) project(name string) string {
	o.t.Helper()
	p, err := o.CreateProject(o.t.Context(), actor, name)
	if err != nil {
		o.t.Fatal(err)
	}
	return p.ID
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// tells checks who was told since the last time.
func (o *office) tells(want ...string) {
	o.t.Helper()
	slices.Sort(o.told)
	if !slices.Equal(o.told, want) {
		o.t.Errorf("told %v, want %v", o.told, want)
	}
	o.told = nil
}

func refused(t *testing.T, err error, code problem.Code, field string) {
	t.Helper()
	e := problem.From(err)
	if got, _ := e.Detail["field"].(string); e.Code != code || got != field {
		t.Errorf("%v at %q, want %s at %q", err, got, code, field)
	}
}

func TestALifeOfAProject(t *testing.T) {
	t.Parallel()
	o, ctx := newOffice(t), t.Context()
	wall := o.project("  Harbour   wall ")
	row, err := o.db.ProjectRow(ctx, wall)
	o.must(err)
	if row.Name != "Harbour wall" {
		t.Errorf("named %q", row.Name)
	}
	for _, name := range []string{"", " \t", strings.Repeat("x", work.MaxProject+1), "a\u202eb", "a\x00b", "•"} {
		_, err := o.CreateProject(ctx, actor, name)
		refused(t, err, problem.Invalid, "name")
	}
	_, err = o.CreateProject(ctx, actor, "HARBOUR WÄLL")
	refused(t, err, problem.Conflict, "name")
	o.must(o.SetKiosks(ctx, actor, wall, []string{"shop", "gate", "gate"}))
	o.tells("gate", "shop")
	o.must(o.SetKiosks(ctx, actor, wall, []string{"gate"}))
	o.tells("shop")
	o.must(o.SetKiosks(ctx, actor, wall, []string{"gate"}))
	o.tells()
	o.must(o.RenameProject(ctx, actor, wall, "Quay wall"))
	o.tells("gate")
	o.must(o.ArchiveProject(ctx, actor, wall))
	o.tells("gate")
	refused(t, o.SetKiosks(ctx, actor, wall, nil), problem.Conflict, "")
	refused(t, o.Add(ctx, actor, wall, "ada", ""), problem.Conflict, "")
	again := o.project("Quay wall")
	refused(t, o.RestoreProject(ctx, actor, wall), problem.Conflict, "name")
	o.must(o.RenameProject(ctx, actor, again, "North quay"))
	o.must(o.RestoreProject(ctx, actor, wall))
	o.tells("gate")
	refused(t, o.ArchiveProject(ctx, actor, "j-none"), problem.NotFound, "")
	refused(t, o.SetKiosks(ctx, actor, wall, []string{"nowhere"}), problem.Invalid, "kiosks")
	rows, total, err := o.db.ProjectPage(ctx, centraldb.ProjectFilter{Search: "wall", Limit: 10})
	o.must(err)
	if total != 1 || rows[0].ID != wall || rows[0].Kiosks != 1 {
		t.Errorf("%d found: %+v", total, rows)
	}
}

func TestWhatAKioskOffers(t *testing.T) {
	t.Parallel()
	o, ctx := newOffice(t), t.Context()
	wall, roof := o.project("Wall"), o.project("Roof")
	o.must(o.SetKiosk(ctx, actor, "gate", centraldb.KioskWork{Projects: []string{wall, roof}, Project: roof}))
	o.tells("gate")
	o.must(o.SetKiosk(ctx, actor, "gate", centraldb.KioskWork{Projects: []string{roof, wall}, Project: roof}))
	o.tells()
	refused(t, o.SetKiosk(ctx, actor, "gate", centraldb.KioskWork{Projects: []string{wall}, Project: roof}), problem.Invalid, "project")
	refused(t, o.SetKiosk(ctx, actor, "gate", centraldb.KioskWork{Projects: []string{"j-none"}}), problem.Invalid, "projects")
	refused(t, o.SetKiosk(ctx, actor, "none", centraldb.KioskWork{}), problem.NotFound, "")
	// Out of use it may stay where it was, and comes to no other kiosk.
	o.must(o.ArchiveProject(ctx, actor, wall))
	o.must(o.SetKiosk(ctx, actor, "gate", centraldb.KioskWork{Projects: []string{wall, roof}}))
	refused(t, o.SetKiosk(ctx, actor, "shop", centraldb.KioskWork{Projects: []string{wall}}), problem.Invalid, "projects")
	// A kiosk that offers a project no more books nothing on it by itself.
	o.must(o.SetKiosk(ctx, actor, "gate", centraldb.KioskWork{Projects: []string{roof}, Project: roof}))
	o.must(o.SetKiosks(ctx, actor, roof, nil))
	got, err := o.db.KioskWork(ctx, "gate")
	o.must(err)
	if got.Project != "" || len(got.Projects) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestWhatAPersonMayBookOn(t *testing.T) {
	t.Parallel()
	o, ctx := newOffice(t), t.Context()
	wall, roof := o.project("Wall"), o.project("Roof")
	want := centraldb.PersonWork{Projects: []string{wall}, Project: wall, Break: &wire.BreakRule{Least: 30, Due: 360}}
	o.must(o.SetPerson(ctx, actor, "ada", want))
	o.tells("gate")
	got, err := o.db.PersonWork(ctx, "ada")
	o.must(err)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	o.must(o.SetPerson(ctx, actor, "ada", want))
	o.tells()
	refused(t, o.SetPerson(ctx, actor, "ada", centraldb.PersonWork{Projects: []string{wall}, Project: roof}), problem.Invalid, "project")
	refused(t, o.SetPerson(ctx, actor, "ada", centraldb.PersonWork{Project: "j-none"}), problem.Invalid, "project")
	refused(t, o.SetPerson(ctx, actor, "ada", centraldb.PersonWork{Break: &wire.BreakRule{Least: -1}}), problem.Invalid, "break_least")
	refused(t, o.SetPerson(ctx, actor, "gone", centraldb.PersonWork{}), problem.Conflict, "")
	refused(t, o.SetPerson(ctx, actor, "nobody", centraldb.PersonWork{}), problem.NotFound, "")
	// A team's members get it beside what they have; a choice outside the list ends.
	o.must(o.SetPerson(ctx, actor, "ben", centraldb.PersonWork{Project: wall}))
	o.told = nil
	o.must(o.Add(ctx, actor, roof, "", "Bakery"))
	o.tells("gate")
	for id, list := range map[string][]string{"ada": {roof, wall}, "ben": {roof}} {
		got, err := o.db.PersonWork(ctx, id)
		o.must(err)
		slices.Sort(list)
		if !slices.Equal(got.Projects, list) || got.Project != map[string]string{"ada": wall}[id] {
			t.Errorf("%s: %+v", id, got)
		}
	}
	o.must(o.Remove(ctx, actor, wall, "ada"))
	if got, err = o.db.PersonWork(ctx, "ada"); err != nil || got.Project != "" || !slices.Equal(got.Projects, []string{roof}) {
		t.Errorf("%+v %v", got, err)
	}
	people, err := o.db.ProjectPeople(ctx, roof, 0, 10)
	o.must(err)
	if len(people) != 2 || people[0].ID != "ada" {
		t.Errorf("%+v", people)
	}
	refused(t, o.Add(ctx, actor, roof, "", "Nobody"), problem.NotFound, "")
	refused(t, o.Add(ctx, actor, roof, "gone", ""), problem.Conflict, "")
}

// Nobody waits for hundreds of kiosks to be told.
func TestManyKiosksAreToldLater(t *testing.T) {
	t.Parallel()
	o, ctx := newOffice(t), t.Context()
	wall := o.project("Wall")
	var many []string
	for _, c := range "abcdefghij" {
		many = append(many, "k-"+string(c))
		o.kiosk("k-" + string(c))
	}
	o.must(o.SetKiosks(ctx, actor, wall, many))
	if len(o.told) != 0 || o.all != 1 {
		t.Errorf("%d told at once, %d times later", len(o.told), o.all)
	}
}
