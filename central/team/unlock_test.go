package team_test

import (
	"slices"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// An unlock reaches the person's kiosks as a new number and leaves the PIN alone.
func TestUnlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ada, had := w.person(t, "Ada", attendance.Regular, "Bakery")
	w.kiosk(t, "dock")
	if _, err := w.team.Assign(t.Context(), actor, "dock", centraldb.Assignments{People: []string{ada.ID}}); err != nil {
		t.Fatal(err)
	}
	before := len(w.rosters.told())
	if err := w.team.Unlock(t.Context(), actor, ada.ID); err != nil {
		t.Fatal(err)
	}
	if told := w.rosters.told()[before:]; !slices.Equal(told, []string{"dock"}) {
		t.Errorf("told %v", told)
	}
	if !w.pin(t, pin.Personal, ada.ID).Equal(had) {
		t.Error("the PIN is another one")
	}
	people, err := w.db.RosterPeople(t.Context(), "dock")
	if err != nil || len(people) != 1 || people[0].UnlockVersion != 1 {
		t.Errorf("%+v %v", people, err)
	}
	if err := w.team.Unlock(t.Context(), actor, "nobody"); !problem.Is(err, problem.NotFound) {
		t.Errorf("nobody: %v", err)
	}
}

// Whoever was archived comes back under the same id with another PIN.
func TestRestore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ada, _ := w.person(t, "Ada", attendance.Admin, "")
	if _, err := w.team.Restore(t.Context(), actor, ada.ID); !problem.Is(err, problem.Conflict) {
		t.Errorf("not archived: %v", err)
	}
	if err := w.team.Archive(t.Context(), actor, ada.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.team.Unlock(t.Context(), actor, ada.ID); !problem.Is(err, problem.Conflict) {
		t.Errorf("unlock of somebody archived: %v", err)
	}
	issued, err := w.team.Restore(t.Context(), actor, ada.ID)
	if err != nil || len(issued) != 1 || issued[0].Subject != ada.ID || !w.pin(t, pin.Personal, ada.ID).Equal(issued[0].PIN) {
		t.Fatalf("%v %v", issued, err)
	}
	got, err := w.db.Person(t.Context(), ada.ID)
	if err != nil || got != ada {
		t.Errorf("%+v %v", got, err)
	}
}

// Every wrong field is named, and a block says until when.
func TestRefusalsSayWhereAndWhen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ada, _ := w.person(t, "Ada", attendance.Regular, "")
	_, err := w.team.Set(t.Context(), actor, attendance.Person{ID: ada.ID, Role: "boss", Lang: "??", Active: true})
	fields, _ := problem.From(err).Detail["fields"].(map[string]string)
	if len(fields) != 3 || fields["name"] == "" || fields["role"] == "" || fields["lang"] == "" {
		t.Errorf("%v", fields)
	}
	for range 5 {
		if err := w.team.SetPIN(t.Context(), actor, ada.ID, parse(t, "1111")); !problem.Is(err, problem.Conflict) {
			t.Fatal(err)
		}
	}
	w.pass(20 * time.Minute)
	err = w.team.SetPIN(t.Context(), actor, ada.ID, parse(t, "8352"))
	d := problem.From(err).Detail
	if !problem.Is(err, problem.Limited) || d["retry_at"] != "2026-03-01T09:00:00Z" || d["retry_after_s"] != 2400 {
		t.Errorf("%v %v", err, d)
	}
}
