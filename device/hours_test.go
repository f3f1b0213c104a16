package device_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/sync/wire"
)

func (w *world) hours(person string) local.Hours {
	w.t.Helper()
	s := w.in(person, annPIN)
	h, err := w.terminal.Hours(w.t.Context(), s.ID)
	if err != nil {
		w.t.Fatalf("hours of %s: %v", person, err)
	}
	must(w.t, w.terminal.End(w.t.Context(), s.ID))
	return h
}

// at sets the clock of the wall to a time in Berlin; as much time passes.
func (w *world) at(local string) {
	w.t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	must(w.t, err)
	to, err := time.ParseInLocation("2006-01-02 15:04", local, zone)
	must(w.t, err)
	if d := to.Sub(w.m.real); d > 0 {
		w.m.pass(d)
	} else {
		w.m.real = to
	}
}

// record is a punch at a time in Berlin.
func (w *world) record(when string, a attendance.Action) local.Receipt {
	w.t.Helper()
	w.at(when)
	return w.punch(w.in("ann", annPIN), a)
}

const anHour = int64(time.Hour / time.Millisecond)

func worked(h local.Hours) map[string]int64 {
	out := map[string]int64{}
	for _, d := range h.Days {
		out[d.Date] = d.Worked
	}
	return out
}

func TestHoursFromTheJournal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(project(t, "p1", "Roof"), w.member("bea", "Bea", nil))
	w.record("2026-03-01 20:00", attendance.In) // a Sunday; Monday begins in it
	w.record("2026-03-02 02:00", attendance.Out)
	w.record("2026-03-03 08:00", attendance.In)
	w.record("2026-03-03 12:00", attendance.BreakStart)
	w.record("2026-03-03 13:00", attendance.BreakEnd)
	w.record("2026-03-03 16:00", attendance.Out)
	w.at("2026-03-04 09:00")
	s := w.in("ann", annPIN)
	_, err := w.terminal.Punch(t.Context(), local.PunchRequest{Session: s.ID, Action: attendance.In, Project: "p1"})
	must(t, err)
	w.at("2026-03-04 09:30")
	h := w.hours("ann")
	want := map[string]int64{"2026-03-02": 2 * anHour, "2026-03-03": 7 * anHour, "2026-03-04": anHour / 2}
	if diff := cmp.Diff(want, worked(h)); diff != "" || h.Today != anHour/2 || h.Week != 9*anHour+anHour/2 || h.Through != 0 {
		t.Errorf("%+v %s", h, diff)
	}
	if h.Days[0].Date != "2026-03-02" || len(h.Last) != 7 {
		t.Errorf("%+v", h)
	}
	if first := h.Last[0]; first.Action != attendance.In || first.Project != "Roof" || first.Kiosk != "" || first.Fixed {
		t.Errorf("the newest: %+v", first)
	}
	if h = w.hours("bea"); h.Week != 0 || h.Last != nil {
		t.Errorf("another's: %+v", h)
	}
}

func TestTheLastTen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 7 {
		w.do("ann", attendance.In, "")
		w.do("ann", attendance.Out, "")
	}
	h := w.hours("ann")
	if len(h.Last) != 10 || h.Last[0].Action != attendance.Out || h.Last[0].At <= h.Last[9].At {
		t.Errorf("%+v", h.Last)
	}
}

// On the nights when the clocks are changed a shift has an hour less, or more.
func TestHoursWhenTheClocksChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, out, saturday, sunday string
		want                      int64
	}{
		{"2026-03-28 22:00", "2026-03-29 06:00", "2026-03-28", "2026-03-29", 5 * anHour},
		{"2026-10-24 22:00", "2026-10-25 06:00", "2026-10-24", "2026-10-25", 7 * anHour},
	} {
		w := newWorld(t)
		w.record(c.in, attendance.In)
		w.record(c.out, attendance.Out)
		h := w.hours("ann")
		if got := worked(h); len(got) != 7 || got[c.saturday] != 2*anHour || got[c.sunday] != c.want || h.Today != c.want || h.Week != c.want+2*anHour {
			t.Errorf("%s: %+v", c.out, h)
		}
	}
}

// A day of 25 hours ends an hour later.
func TestHoursOfALongDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.record("2026-10-25 20:00", attendance.In)
	w.record("2026-10-25 23:30", attendance.Out)
	if h := w.hours("ann"); h.Today != 7*anHour/2 {
		t.Errorf("%+v", h)
	}
}

func TestHoursInDoubt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.record("2026-03-02 08:00", attendance.In)
	w.at("2026-03-03 10:00")
	if h := w.hours("ann"); h.Week != 0 || !h.Days[0].Doubt || h.Days[1].Doubt {
		t.Errorf("a forgotten clock-out: %+v", h)
	}
	s := w.in("ann", annPIN)
	_, err := w.terminal.Unresolved(t.Context(), s.ID)
	must(t, err)
	w.punch(s, attendance.In)
	w.at("2026-03-03 12:00")
	h := w.hours("ann")
	if h.Week != 2*anHour || !h.Days[0].Doubt || h.Days[1].Doubt || h.Last[1].Action != attendance.Unresolved {
		t.Errorf("unresolved: %+v", h)
	}
}

func (w *world) summary(person string, came time.Time, from time.Time, punches ...wire.SummaryPunch) {
	w.t.Helper()
	head, err := w.journal.Head(w.t.Context())
	must(w.t, err)
	must(w.t, w.cache.ApplySummary(w.t.Context(), came, wire.SummaryPage{Gen: 1, Journal: head.Journal, AsOf: head.Seq, Rows: []wire.SummaryRow{
		{Person: person, From: from.UnixNano(), Punches: punches},
	}}))
}

// What central says comes first, corrections included; what it had not counted
// comes on top, and what was taken back since is out.
func TestHoursWithASummary(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.record("2026-02-20 08:00", attendance.In) // before the summary begins
	w.record("2026-02-20 09:00", attendance.Out)
	w.record("2026-03-03 08:00", attendance.In)
	nine := w.m.real.Add(time.Hour)
	mistaken := w.record("2026-03-03 08:00", attendance.Out)
	came := w.m.real.Add(time.Second)
	w.summary("ann", came, w.m.real.AddDate(0, 0, -7),
		wire.SummaryPunch{At: w.m.real.Add(-22 * time.Hour).UnixNano(), Action: attendance.In, Project: "Bridge", Kiosk: "Back door"},
		wire.SummaryPunch{At: w.m.real.Add(-20 * time.Hour).UnixNano(), Action: attendance.Out, Kiosk: "Back door", Fixed: true},
		wire.SummaryPunch{At: w.m.real.UnixNano(), Action: attendance.In, Kiosk: "Front door"},
		wire.SummaryPunch{At: w.m.real.Add(3 * time.Second).UnixNano(), Action: attendance.Out, Kiosk: "Front door"},
		wire.SummaryPunch{At: w.m.real.Add(4 * time.Second).UnixNano(), Action: "of a later version"},
	)
	if h := w.hours("ann"); h.Week != 2*anHour+3000 || h.Through != came.UnixMilli() || len(h.Last) != 6 {
		t.Errorf("as central says: %+v", h)
	}
	w.undo(mistaken.Ticket, "")
	w.at("2026-03-03 09:00")
	h := w.hours("ann")
	want := []local.Past{
		{Action: attendance.In, At: nine.Add(-time.Hour).UnixMilli()},
		{Action: attendance.Out, At: nine.Add(-21 * time.Hour).UnixMilli(), Kiosk: "Back door", Fixed: true},
		{Action: attendance.In, At: nine.Add(-23 * time.Hour).UnixMilli(), Kiosk: "Back door", Project: "Bridge"},
	}
	if diff := cmp.Diff(want, h.Last[:3]); diff != "" || h.Today != anHour || h.Week != 3*anHour {
		t.Errorf("taken back: %+v %s", h, diff)
	}
	w.record("2026-03-03 10:00", attendance.Out)
	w.terminal.SetLink(true, w.m.real)
	h = w.hours("ann")
	if h.Today != 2*anHour || h.Through != w.m.real.UnixMilli() || h.Last[0].Action != attendance.Out {
		t.Errorf("on top: %+v", h)
	}
	if h.Last[len(h.Last)-1].Action != attendance.In || len(h.Last) != 6 {
		t.Errorf("before it begins: %+v", h.Last)
	}
}
