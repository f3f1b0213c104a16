package correct_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/correct"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

const admin = "admin@acme.example"

// noon is a Tuesday at 13:00 in Berlin.
var noon = time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)

// office is a database with people, a kiosk and the use case.
type office struct {
	t       testing.TB
	db      *centraldb.DB
	trail   *audit.Log
	correct *correct.Correct
	last    int64
	changed []string
}

func newOffice(t testing.TB, dir string) *office {
	t.Helper()
	o := &office{t: t}
	var err error
	o.db, err = centraldb.Open(t.Context(), filepath.Join(dir, "central.db"))
	o.must(err)
	now := func() time.Time { return noon }
	o.trail = audit.New(o.db, now)
	o.must(o.db.Create(t.Context(), centraldb.Organisation{ID: "acme", Name: "Acme", Zone: "Europe/Berlin", Gen: 1, PINLen: 4}))
	people := []attendance.Person{
		{ID: "p-1", StaffNo: "1", Name: "Ada", Role: attendance.Regular, Active: true},
		{ID: "p-2", StaffNo: "2", Name: "Ben", Role: attendance.Regular, Active: true, Zone: "America/New_York"},
	}
	o.must(o.db.Update(t.Context(), func(tx *centraldb.Tx) error {
		if err := tx.AddPeople(context.Background(), people, 1); err != nil {
			return err
		}
		return tx.AddKiosk(context.Background(), attendance.Kiosk{ID: "dock", Name: "Dock", Zone: "Asia/Tokyo"}, 1)
	}))
	o.correct = correct.New(correct.Config{
		Store: o.db, Audit: o.trail, Now: now, Changed: func(p []string) { o.changed = append(o.changed, p...) },
	})
	return o
}

func (o *office) close() { o.must(o.db.Close()) }

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// punch has the projector's step for one punch: it counts by the time of the last.
func (o *office) punch(person string, a attendance.Action, at time.Time) int64 {
	o.t.Helper()
	before, err := o.db.Presence(context.Background(), []string{person})
	o.must(err)
	o.last++
	u := attendance.Punch{Person: person, Kiosk: "dock", Action: a, At: at, Auth: attendance.AuthPersonal}
	s := centraldb.Step{From: o.last - 1, To: o.last, Punches: []centraldb.Projected{{ID: o.last, Journal: record.JournalID{1}, Seq: uint64(o.last), Punch: u, Zone: "Asia/Tokyo"}}}
	if was, ok := before[person]; !ok || at.UnixNano() >= was.At {
		s.Present = []centraldb.Present{{Presence: was.After(u), At: at.UnixNano()}}
	}
	done, err := o.db.Project(context.Background(), s)
	o.must(err)
	if !done {
		o.t.Fatal("the projection moved")
	}
	return o.last
}

func (o *office) stands(person string) centraldb.Present {
	o.t.Helper()
	m, err := o.db.Presence(context.Background(), []string{person})
	o.must(err)
	return m[person]
}

func (o *office) seal(until string) {
	o.t.Helper()
	o.must(o.db.Update(context.Background(), func(tx *centraldb.Tx) error {
		return tx.SetSettings(context.Background(), centraldb.Settings{SealedUntil: until})
	}))
}

func values(a attendance.Action, day, clock string) correct.Values {
	return correct.Values{Action: a, Day: day, Clock: clock}
}

// A forgotten clock-out is added; the person is out, every kiosk has to hear it, and
// the kiosk's own record stays as it was.
func TestAddEndsAForgottenShift(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	defer o.close()
	in := o.punch("p-1", attendance.In, noon.Add(-6*time.Hour))
	id, err := o.correct.Add(t.Context(), admin, correct.Entry{Person: "p-1", Values: values(attendance.Out, "2026-03-03", "12:30"), Reason: "  forgot  "})
	o.must(err)
	if got := o.stands("p-1"); got.State != attendance.StateOut || !got.Fixed || got.At != noon.Add(-30*time.Minute).UnixNano() {
		t.Errorf("stands %+v", got)
	}
	list, err := o.db.Entries(t.Context(), centraldb.EntryFilter{Limit: 10})
	o.must(err)
	if len(list) != 2 || list[0].ID != in || list[1].ID != id || !list[1].Added() || list[1].Fix.Reason != "forgot" || list[1].Fix.MadeBy != admin {
		t.Errorf("%+v", list)
	}
	if !slices.Equal(o.changed, []string{"p-1"}) {
		t.Errorf("changed %v", o.changed)
	}
	rows, err := o.db.Audit(t.Context(), 0, 10)
	o.must(err)
	if len(rows) != 1 || rows[0].Action != "punch.add" || !strings.Contains(rows[0].Detail, "forgot") {
		t.Errorf("audit %+v", rows)
	}
	// A kiosk that was away tells of something older: it is not news.
	o.punch("p-1", attendance.BreakStart, noon.Add(-2*time.Hour))
	if got := o.stands("p-1"); got.State != attendance.StateOut {
		t.Errorf("a late record moved %+v", got)
	}
}

// A step of the projector that was worked out before a correction came does not
// undo it.
func TestAStaleStepMovesNobody(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	defer o.close()
	o.punch("p-1", attendance.In, noon.Add(-6*time.Hour))
	stale := o.stands("p-1")
	_, err := o.correct.Add(t.Context(), admin, correct.Entry{Person: "p-1", Values: values(attendance.Out, "2026-03-03", "12:30"), Reason: "forgot"})
	o.must(err)
	u := attendance.Punch{Person: "p-1", Kiosk: "dock", Action: attendance.BreakStart, At: noon.Add(-3 * time.Hour), Auth: attendance.AuthPersonal}
	done, err := o.db.Project(t.Context(), centraldb.Step{
		From: 1, To: 2, Punches: []centraldb.Projected{{ID: 2, Journal: record.JournalID{1}, Seq: 2, Punch: u, Zone: "UTC"}},
		Present: []centraldb.Present{{Presence: stale.After(u), At: u.At.UnixNano()}},
	})
	o.must(err)
	if got := o.stands("p-1"); !done || got.State != attendance.StateOut {
		t.Errorf("%+v", got)
	}
}

// Corrected, voided and corrected again: the newest row holds, the others stay.
func TestTheNewestRowHolds(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	defer o.close()
	o.punch("p-1", attendance.In, noon.Add(-5*time.Hour))
	out := o.punch("p-1", attendance.Out, noon.Add(-time.Hour))
	at := noon.Add(-2 * time.Hour)
	o.must(o.correct.Fix(t.Context(), admin, correct.Change{Entry: out, Values: correct.Values{Action: attendance.BreakStart, At: at}, Reason: "it was a break"}))
	if got := o.stands("p-1"); got.State != attendance.StateBreak || got.At != at.UnixNano() {
		t.Errorf("%+v", got)
	}
	seen := int64(0)
	if err := o.correct.Void(t.Context(), admin, out, "twice", &seen); !problem.Is(err, problem.Conflict) {
		t.Errorf("a row nobody has seen: %v", err)
	}
	o.must(o.correct.Void(t.Context(), admin, out, "twice", nil))
	if got := o.stands("p-1"); got.State != attendance.StateIn || !got.Fixed {
		t.Errorf("%+v", got)
	}
	if err := o.correct.Void(t.Context(), admin, out, "twice", nil); !problem.Is(err, problem.Conflict) {
		t.Errorf("void twice: %v", err)
	}
	o.must(o.correct.Fix(t.Context(), admin, correct.Change{Entry: out, Values: correct.Values{Action: attendance.BreakStart, At: at}, Reason: "no, once"}))
	rows, err := o.db.Corrections(t.Context(), out)
	o.must(err)
	var kinds []string
	for _, r := range rows {
		kinds = append(kinds, r.Kind)
	}
	if !slices.Equal(kinds, []string{"correct", "void", "correct"}) {
		t.Errorf("%v", kinds)
	}
	if err := o.correct.Fix(t.Context(), admin, correct.Change{Entry: out, Values: correct.Values{Action: attendance.BreakStart, At: at}, Reason: "same"}); fieldOf(err) != "action" {
		t.Errorf("nothing new: %v", err)
	}
}

func fieldOf(err error) any {
	if err == nil {
		return nil
	}
	return problem.From(err).Detail["field"]
}

// What is typed wrong names its field, and nothing is written.
func TestRefusals(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	defer o.close()
	for _, x := range []struct {
		name  string
		e     correct.Entry
		field string
	}{
		{"nobody", correct.Entry{Person: "p-9", Reason: "why", Values: values("in", "2026-03-03", "08:00")}, "person"},
		{"no kiosk", correct.Entry{Person: "p-1", Kiosk: "moon", Reason: "why", Values: values("in", "2026-03-03", "08:00")}, "kiosk"},
		{"no reason", correct.Entry{Person: "p-1", Reason: " x ", Values: values("in", "2026-03-03", "08:00")}, "reason"},
		{"long reason", correct.Entry{Person: "p-1", Reason: strings.Repeat("é", 201), Values: values("in", "2026-03-03", "08:00")}, "reason"},
		{"two lines", correct.Entry{Person: "p-1", Reason: "why\nnot", Values: values("in", "2026-03-03", "08:00")}, "reason"},
		{"no action", correct.Entry{Person: "p-1", Reason: "why", Values: values("jump", "2026-03-03", "08:00")}, "action"},
		{"no day", correct.Entry{Person: "p-1", Reason: "why", Values: values("in", "3.3.26", "08:00")}, "day"},
		{"no time", correct.Entry{Person: "p-1", Reason: "why", Values: values("in", "2026-03-03", "8")}, "time"},
		{"future", correct.Entry{Person: "p-1", Reason: "why", Values: values("in", "2026-03-03", "13:01")}, "time"},
		{"tomorrow", correct.Entry{Person: "p-1", Reason: "why", Values: values("in", "2026-03-04", "08:00")}, "day"},
		{"long ago", correct.Entry{Person: "p-1", Reason: "why", Values: values("in", "1999-03-04", "08:00")}, "day"},
		{"skipped", correct.Entry{Person: "p-1", Reason: "why", Values: values("in", "2025-03-30", "02:30")}, "time"},
		{"note", correct.Entry{Person: "p-1", Reason: "why", Values: correct.Values{Action: "in", Day: "2026-03-03", Clock: "08:00", Note: strings.Repeat("n", 201)}}, "note"},
	} {
		if _, err := o.correct.Add(t.Context(), admin, x.e); fieldOf(err) != x.field || !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", x.name, err)
		}
	}
	if err := o.correct.Void(t.Context(), admin, 77, "why", nil); !problem.Is(err, problem.NotFound) {
		t.Errorf("no such entry: %v", err)
	}
	if rows, err := o.db.Audit(t.Context(), 0, 10); err != nil || len(rows) != 0 {
		t.Errorf("%v %v", rows, err)
	}
}

// The zone is the kiosk's, else the person's, else the organisation's.
func TestTypedTimesAreLocal(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	defer o.close()
	for _, x := range []struct {
		person, kiosk string
		want          time.Time
	}{
		{"p-1", "", time.Date(2026, 3, 2, 7, 15, 0, 0, time.UTC)},
		{"p-2", "", time.Date(2026, 3, 2, 13, 15, 0, 0, time.UTC)},
		{"p-2", "dock", time.Date(2026, 3, 1, 23, 15, 0, 0, time.UTC)},
	} {
		id, err := o.correct.Add(t.Context(), admin, correct.Entry{Person: x.person, Kiosk: x.kiosk, Reason: "why", Values: values("in", "2026-03-02", "08:15")})
		o.must(err)
		h, err := o.db.Held(t.Context(), id)
		o.must(err)
		if h.At != x.want.UnixNano() {
			t.Errorf("%s at %q: %s", x.person, x.kiosk, time.Unix(0, h.At).UTC())
		}
	}
}

// In a sealed day nothing is added, changed, voided, or moved into or out of it.
func TestSealedDaysStay(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	defer o.close()
	sealed := o.punch("p-1", attendance.In, time.Date(2026, 3, 1, 22, 59, 0, 0, time.UTC)) // 23:59 in Berlin
	open := o.punch("p-1", attendance.Out, time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC))
	o.seal("2026-03-01")
	move := func(entry int64, day, clock string) error {
		return o.correct.Fix(t.Context(), admin, correct.Change{Entry: entry, Reason: "why", Values: values("in", day, clock)})
	}
	_, added := o.correct.Add(t.Context(), admin, correct.Entry{Person: "p-1", Reason: "why", Values: values("in", "2026-03-01", "10:00")})
	for name, err := range map[string]error{
		"add": added, "void": o.correct.Void(t.Context(), admin, sealed, "why", nil),
		"out of it": move(sealed, "2026-03-02", "20:00"), "into it": move(open, "2026-03-01", "20:00"), // Tokyo's clock
	} {
		if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "sealed") {
			t.Errorf("%s: %v", name, err)
		}
	}
	o.must(o.correct.Void(t.Context(), admin, open, "why", nil))
	// In India it was the next day already: a zone that an owner changes counts at once.
	o.must(o.db.Update(t.Context(), func(tx *centraldb.Tx) error { return tx.SetMeta(t.Context(), "zone", "Asia/Kolkata") }))
	o.must(o.correct.Void(t.Context(), admin, sealed, "why", nil))
}
