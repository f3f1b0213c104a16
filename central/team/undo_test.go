package team_test

import (
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// An import is taken back whole, with its PINs, while nobody in it has anything to
// lose; then its staff numbers are free again.
func TestUndoImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	const file = "name,staff_no,role,team\nAda,1,,Bakery\nBen,2,,Shop\n"
	first := w.imported(t, file)
	if err := w.team.UndoImport(t.Context(), actor, first.ID); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t); n != 0 {
		t.Errorf("%d people are left", n)
	}
	if row, err := w.db.PIN(t.Context(), pin.Personal, first.People[0].ID); err == nil && row.Len != 0 {
		t.Error("the PIN is left")
	}
	if err := w.team.UndoImport(t.Context(), actor, first.ID); !problem.Is(err, problem.Conflict) {
		t.Errorf("twice: %v", err)
	}
	if err := w.team.UndoImport(t.Context(), actor, 99); !problem.Is(err, problem.NotFound) {
		t.Errorf("an import of nobody: %v", err)
	}
	for name, touch := range map[string]func(id string) error{
		"edited":   func(id string) error { _, err := w.team.Move(t.Context(), actor, id, "Bakery"); return err },
		"archived": func(id string) error { return w.team.Archive(t.Context(), actor, id) },
		"new PIN":  func(id string) error { _, err := w.team.GeneratePIN(t.Context(), actor, id); return err },
		"unlocked": func(id string) error { return w.team.Unlock(t.Context(), actor, id) },
		"punched":  func(id string) error { return w.clockIn(t, id) },
		"badge": func(id string) error {
			return w.db.Update(t.Context(), func(tx *centraldb.Tx) error {
				return tx.PutBadge(t.Context(), centraldb.Badge{Badge: "text:EMP-1", Person: id, LearntAt: time.Now().Add(time.Hour).UnixNano()})
			})
		},
	} {
		got := w.imported(t, "name,staff_no,role,team\nCy "+name+",,,Bakery\nDee "+name+",,,Shop\n")
		before := w.count(t)
		if err := touch(got.People[1].ID); err != nil {
			t.Fatal(err)
		}
		if name == "archived" {
			before--
		}
		if err := w.team.UndoImport(t.Context(), actor, got.ID); !problem.Is(err, problem.Conflict) {
			t.Errorf("%s: %v", name, err)
		}
		if n := w.count(t); n != before {
			t.Errorf("%s: %d people, not %d", name, n, before)
		}
	}
	owners := w.imported(t, "name,staff_no,role,team\nOla,,owner,\nPer,,,\n")
	before := w.count(t)
	if err := w.team.UndoImport(t.Context(), "adam@acme.example", owners.ID); !problem.Is(err, problem.Conflict) || w.count(t) != before {
		t.Errorf("owners, by somebody who did not make them: %v", err)
	}
	if err := w.team.UndoImport(t.Context(), actor, owners.ID); err != nil {
		t.Errorf("owners, by who made them: %v", err)
	}
	if again := w.imported(t, file); len(again.Errors) > 0 || again.ID == first.ID {
		t.Errorf("%+v", again)
	}
}

// clockIn has somebody punch, as the projector tells of it.
func (w *world) clockIn(t *testing.T, id string) error {
	t.Helper()
	u := attendance.Punch{Person: id, Kiosk: "dock", Action: attendance.In, At: w.clock(), Auth: attendance.AuthPersonal}
	_, err := w.db.Project(t.Context(), centraldb.Step{
		To: 1, Punches: []centraldb.Projected{{ID: 1, Journal: record.JournalID{1}, Seq: 1, Punch: u, Zone: "UTC"}},
		Present: []centraldb.Present{{Presence: attendance.Presence{Person: id, State: attendance.StateIn, Since: u.At, Kiosk: "dock"}, At: 1}},
	})
	return err
}

// Who is archived while clocked in is out, their shift unresolved: no time of it is
// invented.
func TestArchiveEndsAnOpenShiftAsUnresolved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ada, _ := w.person(t, "Ada", attendance.Regular, "")
	if err := w.clockIn(t, ada.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.team.Archive(t.Context(), actor, ada.ID); err != nil {
		t.Fatal(err)
	}
	now, err := w.db.Presence(t.Context(), []string{ada.ID})
	if err != nil || now[ada.ID].State != attendance.StateOut {
		t.Errorf("%+v %v", now, err)
	}
	entries, err := w.db.Entries(t.Context(), centraldb.EntryFilter{People: []string{ada.ID}, Limit: 9})
	if err != nil || len(entries) != 2 || entries[0].Action != attendance.In || entries[1].Action != attendance.Unresolved {
		t.Fatalf("%+v %v", entries, err)
	}
	spans := attendance.Spans([]attendance.Punch{entries[0].Punch(), entries[1].Punch()})
	if len(spans) != 1 || !spans[0].Doubt || spans[0].Length(w.clock().Add(time.Hour)) != 0 {
		t.Errorf("%+v", spans)
	}
}

func TestFirstOwner(t *testing.T) {
	t.Parallel()
	if name := team.FirstOwner([]byte("name,staff_no,role\nAda,,\nBo,,Owner\n")); name != "Bo" {
		t.Errorf("%q", name)
	}
	if name := team.FirstOwner([]byte("name,staff_no,role\nAda,,admin\n")); name != "" {
		t.Errorf("%q", name)
	}
}
