package team_test

import (
	"slices"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// take frees a typed PIN for exactly one person.
func take(t *testing.T, w *world, person, digits string) {
	t.Helper()
	if err := w.team.SetPIN(t.Context(), "setup", person, parse(t, digits)); err != nil {
		t.Fatal(err)
	}
}

func TestPromotionForcesANewPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	a, _ := w.person(t, "Ann", attendance.Regular, "")
	b, _ := w.person(t, "Bo", attendance.Regular, "")
	take(t, w, a.ID, "1234")
	take(t, w, b.ID, "1234") // two regular people may share one
	a.Role = attendance.Admin
	issued, err := w.team.Set(t.Context(), actor, a)
	if err != nil {
		t.Fatal(err)
	}
	if len(issued) != 1 || issued[0].Subject != a.ID || !issued[0].Forced || issued[0].PIN.Equal(parse(t, "1234")) {
		t.Fatalf("issued %d", len(issued))
	}
	if !w.pin(t, pin.Personal, a.ID).Equal(issued[0].PIN) || !w.pin(t, pin.Personal, b.ID).Equal(parse(t, "1234")) {
		t.Fatal("the tables say something else")
	}
	if w.rosters.all == 0 {
		t.Fatal("an admin is in every roster, but not all were refreshed")
	}
}

func TestAssignmentForcesANewPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.kiosk(t, "door")
	if err := w.team.SetUniversal(t.Context(), "setup", "door", parse(t, "4321")); err != nil {
		t.Fatal(err)
	}
	a, _ := w.person(t, "Ann", attendance.Manager, "Bakery")
	take(t, w, a.ID, "4321") // allowed: not assigned
	issued, err := w.team.Assign(t.Context(), actor, "door", centraldb.Assignments{Teams: []string{"Bakery"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(issued) != 1 || issued[0].Subject != a.ID || !issued[0].Forced {
		t.Fatalf("issued %+v", issued)
	}
	if !slices.Contains(w.rosters.told(), "door") {
		t.Fatal("the kiosk's roster was not refreshed")
	}
}

func TestEveryRefusalReadsTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.kiosk(t, "door")
	if err := w.team.SetUniversal(t.Context(), "setup", "door", parse(t, "5678")); err != nil {
		t.Fatal(err)
	}
	admin, _ := w.person(t, "Ann", attendance.Admin, "")
	take(t, w, admin.ID, "2345")
	other, _ := w.person(t, "Bo", attendance.Regular, "")
	take(t, w, other.ID, "3456")
	if _, err := w.team.Assign(t.Context(), actor, "door", centraldb.Assignments{People: []string{other.ID}}); err != nil {
		t.Fatal(err)
	}
	refusals := []error{
		w.team.SetPIN(t.Context(), "a", other.ID, parse(t, "2345")),     // P4
		w.team.SetPIN(t.Context(), "a", admin.ID, parse(t, "3456")),     // P4
		w.team.SetPIN(t.Context(), "b", admin.ID, parse(t, "5678")),     // P5
		w.team.SetPIN(t.Context(), "b", other.ID, parse(t, "7777")),     // P6
		w.team.SetPIN(t.Context(), "c", other.ID, parse(t, "5678")),     // P10
		w.team.SetUniversal(t.Context(), "c", "door", parse(t, "2345")), // P5
		w.team.SetUniversal(t.Context(), "c", "door", parse(t, "3456")), // P10
	}
	for i, err := range refusals {
		p := problem.From(err)
		if err == nil || p.Code != problem.Conflict || p.Message != "This PIN can't be used here." || len(p.Detail) != 0 || p.Err != nil {
			t.Errorf("refusal %d tells more: %v", i, err)
		}
	}
}

func TestFiveRefusalsAnHourBlockTheActor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	a, _ := w.person(t, "Ann", attendance.Regular, "")
	bad, good := parse(t, "7777"), parse(t, "1234")
	for range 5 {
		if err := w.team.SetPIN(t.Context(), actor, a.ID, bad); !problem.Is(err, problem.Conflict) {
			t.Fatal(err)
		}
	}
	if err := w.team.SetPIN(t.Context(), actor, a.ID, good); !problem.Is(err, problem.Limited) {
		t.Fatalf("not blocked: %v", err)
	}
	if err := w.team.SetPIN(t.Context(), "other@acme.example", a.ID, good); err != nil {
		t.Fatalf("somebody else is blocked too: %v", err)
	}
	w.pass(61 * 60e9)
	if err := w.team.SetPIN(t.Context(), actor, a.ID, good); err != nil {
		t.Fatalf("still blocked: %v", err)
	}
}

func TestAGrowingKioskGetsALongerPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.kiosk(t, "door")
	if _, err := w.team.Assign(t.Context(), actor, "door", centraldb.Assignments{Everyone: true}); err != nil {
		t.Fatal(err)
	}
	var last []team.Issued
	for i := range 51 {
		if n := w.pin(t, pin.Universal, "door").Len(); n != 4 {
			t.Fatalf("%d people: %d digits", i, n)
		}
		_, issued, err := w.team.Create(t.Context(), actor, team.NewPerson{Name: "Somebody"})
		if err != nil {
			t.Fatal(err)
		}
		last = issued
	}
	if len(last) != 2 || last[1].Kind != pin.Universal || last[1].PIN.Len() != 6 || !last[1].Forced {
		t.Fatalf("51 people: issued %d", len(last))
	}
}
