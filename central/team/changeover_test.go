package team_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

func (w *world) lengths(t *testing.T, kind pin.Kind, subjects ...string) []int {
	t.Helper()
	var out []int
	for _, s := range subjects {
		out = append(out, w.pin(t, kind, s).Len())
	}
	return out
}

func (w *world) due(t *testing.T) map[string]int {
	t.Helper()
	teams, err := w.db.TeamsDue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, x := range teams {
		if x.Due > 0 {
			out[x.Team] = x.Due
		}
	}
	return out
}

func (w *world) change(t *testing.T, digits int) []team.Issued {
	t.Helper()
	w.pass(time.Second) // PINs that were made before are from before
	issued, err := w.team.ChangeLength(t.Context(), actor, digits)
	if err != nil {
		t.Fatal(err)
	}
	w.pass(time.Second)
	return issued
}

// There and back: what is new has the new length at once, what is old works until its
// turn, and the kiosks follow in the transaction of the change.
func TestTheLengthChangesTeamByTeam(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ctx := t.Context()
	w.kiosk(t, "door")
	ann, _ := w.person(t, "Ann", attendance.Owner, "Bakery")
	bo, _ := w.person(t, "Bo", attendance.Regular, "Bakery")
	cy, _ := w.person(t, "Cy", attendance.Manager, "")
	gone, _ := w.person(t, "Gone", attendance.Regular, "Bakery")
	if err := w.team.Archive(ctx, actor, gone.ID); err != nil {
		t.Fatal(err)
	}
	old := w.pin(t, pin.Personal, bo.ID)
	issued := w.change(t, 6)
	if len(issued) != 1 || issued[0].Subject != "door" || !issued[0].Forced || issued[0].PIN.Len() != 6 {
		t.Fatalf("issued %+v", issued)
	}
	if diff := cmp.Diff([]int{4, 4, 4}, w.lengths(t, pin.Personal, ann.ID, bo.ID, cy.ID)); diff != "" || w.pin(t, pin.Personal, bo.ID) != old {
		t.Fatal("people lost their PIN", diff)
	}
	if diff := cmp.Diff(map[string]int{"Bakery": 2, "": 1}, w.due(t)); diff != "" {
		t.Fatal(diff)
	}
	if _, p := w.person(t, "New", attendance.Regular, "Bakery"); p.Len() != 6 {
		t.Error("a new person has a short PIN")
	}
	if err := w.team.SetPIN(ctx, actor, cy.ID, parse(t, "4071")); !problem.Is(err, problem.Invalid) {
		t.Errorf("a short PIN can be typed: %v", err)
	}
	if err := w.team.SetUniversal(ctx, actor, "door", parse(t, "4071")); err != nil {
		t.Errorf("Universal PINs may have 4 to 8 digits: %v", err)
	}
	got, err := w.team.RenewTeam(ctx, actor, "Bakery")
	if err != nil || got.More || len(got.People) != 2 || got.People[0].Name != "Ann" || got.People[1].PIN != w.pin(t, pin.Personal, bo.ID) {
		t.Fatalf("%+v, %v", got, err)
	}
	if diff := cmp.Diff([]int{6, 6, 4}, w.lengths(t, pin.Personal, ann.ID, bo.ID, cy.ID)); diff != "" {
		t.Fatal(diff)
	}
	if got, err := w.team.RenewTeam(ctx, actor, "Bakery"); err != nil || len(got.People) != 0 {
		t.Fatalf("renewed twice: %+v, %v", got, err)
	}
	if issued := w.change(t, 6); len(issued) != 0 || len(w.due(t)) != 1 {
		t.Fatal("the length that is chosen already changed something", w.due(t))
	}
	if issued := w.change(t, 4); len(issued) != 0 {
		t.Fatal("a kiosk got a shorter PIN")
	}
	if diff := cmp.Diff(map[string]int{"Bakery": 3}, w.due(t)); diff != "" {
		t.Fatal(diff)
	}
	if _, err := w.team.RenewTeam(ctx, actor, "Bakery"); err != nil || len(w.due(t)) != 0 {
		t.Fatal(err, w.due(t))
	}
	w.hold(t, []string{ann.ID, bo.ID, cy.ID}, []string{"door"})
}

func TestThePINLengthIsFourOrSix(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	for _, digits := range []int{-4, 0, 3, 5, 7, 8, 1 << 40} {
		if _, err := w.team.ChangeLength(t.Context(), actor, digits); !problem.Is(err, problem.Invalid) || problem.From(err).Detail["field"] != "digits" {
			t.Errorf("%d digits: %v", digits, err)
		}
	}
	if l, err := w.db.PINLength(t.Context()); err != nil || l != (centraldb.PINLength{Digits: 4}) {
		t.Error(l, err)
	}
}

// A kiosk that many depend on has eight digits where people have six.
func TestALargeKioskFollowsTheLength(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	for _, k := range []string{"large", "small"} {
		w.kiosk(t, k)
	}
	file := "name,staff_no,role\n"
	for i := range 51 {
		file += fmt.Sprintf("Person %d,%d,\n", i, i)
	}
	if r, err := w.team.Import(t.Context(), actor, []byte(file), false); err != nil || len(r.Errors) > 0 {
		t.Fatal(r.Errors, err)
	}
	if _, err := w.team.Assign(t.Context(), actor, "large", centraldb.Assignments{Everyone: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{6, 4}, w.lengths(t, pin.Universal, "large", "small")); diff != "" {
		t.Fatal(diff)
	}
	w.change(t, 6)
	if diff := cmp.Diff([]int{8, 6}, w.lengths(t, pin.Universal, "large", "small")); diff != "" {
		t.Fatal(diff)
	}
}

// A large team is renewed in parts, each whole, and everybody once.
func TestALargeTeamIsRenewedInParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	file := "name,staff_no,role,team\n"
	const all = team.MaxRenewal*2 + 7
	for i := range all {
		file += fmt.Sprintf("Person %04d,%d,,Bakery\n", i, i)
	}
	if r, err := w.team.Import(t.Context(), actor, []byte(file), false); err != nil || len(r.Errors) > 0 {
		t.Fatal(r.Errors, err)
	}
	w.change(t, 6)
	var names []string
	for i := 0; ; i++ {
		got, err := w.team.RenewTeam(t.Context(), actor, "Bakery")
		if err != nil || i > 2 || got.More != (i < 2) || len(got.People) > team.MaxRenewal {
			t.Fatal(i, got.More, err)
		}
		for _, p := range got.People {
			names = append(names, p.Name)
		}
		if !got.More {
			break
		}
	}
	if !slices.IsSorted(names) || len(slices.Compact(names)) != all || len(w.due(t)) != 0 {
		t.Fatal(len(names), w.due(t))
	}
}

// Where under half of the space is free, making a PIN says so, names the way out, and
// changes nothing.
func TestTooFewFreePINsAreAClearError(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.kiosk(t, "door")
	w.crowd(t, 5_100, attendance.Admin)
	_, _, err := w.team.Create(t.Context(), actor, team.NewPerson{Name: "One more"})
	if p := problem.From(err); !problem.Is(err, problem.Conflict) || p.Message != "There are too few free PINs of this length." || p.Hint == "" {
		t.Fatalf("%v", err)
	}
	if n, err := w.db.CountPeople(t.Context()); err != nil || n != 5_100 {
		t.Fatal("somebody without a PIN was left behind", n, err)
	}
	w.change(t, 6)
	if _, p := w.person(t, "One more", attendance.Regular, ""); p.Len() != 6 {
		t.Error("the way out is none")
	}
}
