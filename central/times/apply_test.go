package times_test

import (
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/clocktrust"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// A kiosk that started without a true clock has its punches put right by what it learns
// later in the same boot; a kiosk whose clock was right is left alone.
func TestAWrongClockIsPutRight(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := newMachine(1)
	m.off = -3 * time.Hour
	in := o.feed(m, m.pass(5*time.Minute).punch(attendance.In))
	truth := m.now
	o.took()
	o.wants(in, clocktrust.IsOpen, truth.Add(-3*time.Hour), time.Second)
	if len(o.moved) != 0 {
		t.Error("somebody was moved for nothing")
	}
	o.feed(m, m.pass(2*time.Hour).anchor(20*time.Millisecond, 100*time.Millisecond))
	m.off = 0
	m.synced = 80 * time.Millisecond
	out := o.feed(m, m.pass(time.Hour).punch(attendance.Out))
	o.took()
	o.wants(in, clocktrust.IsExact, truth, 2*time.Second)
	o.wants(out, clocktrust.IsExact, m.now, 0)
	_, held := o.known(in)
	if held.MadeBy != centraldb.ByClock || held.Reason != "The kiosk's clock was 3 hours behind; this time is right to 2 s." {
		t.Errorf("%+v", held)
	}
	if strings.Join(o.moved, " ") != "ada" {
		t.Errorf("moved: %v", o.moved)
	}
	rows, err := o.db.Audit(t.Context(), 0, 10)
	o.must(err)
	if len(rows) != 1 || rows[0].Actor != centraldb.ByClock || rows[0].Action != "punch.correct" {
		t.Errorf("audit: %+v", rows)
	}
	// What comes later and says the same changes nothing any more.
	o.feed(m, m.pass(time.Hour).anchor(0, 100*time.Millisecond))
	o.took()
	if all, err := o.db.Corrections(t.Context(), in); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
}

// Without evidence in its own boot a punch lies between what is known before and after,
// also over journals that go on from each other, and waits for a person.
func TestBetweenBoots(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := newMachine(1)
	o.feed(m, m.pass(time.Minute).anchor(0, time.Second))
	m.reboot(2 * time.Hour)
	m.off = -90 * time.Minute
	in := o.feed(m, m.pass(time.Minute).punch(attendance.In))
	truth := m.now
	m.reboot(time.Hour)
	m.journal, m.seq = record.JournalID{2}, 0
	o.feed(m, record.Body{Type: record.Opened, Stamp: m.stamp(), Reason: "corrupt", PrevJournal: record.JournalID{1}})
	o.took()
	o.wants(in, clocktrust.IsOpen, truth.Add(m.off), time.Second)
	o.feed(m, m.pass(time.Minute).anchor(0, time.Second))
	o.took()
	o.wants(in, clocktrust.IsBounded, truth, 90*time.Minute+time.Second)
	if p, held := o.known(in); !p.Unsure() || held.ID != 0 {
		t.Errorf("%+v, %+v: nobody may put it right by a guess", p, held)
	}
	o.unsure(1)
	o.must(o.db.Update(t.Context(), func(tx *centraldb.Tx) error { return tx.Confirm(t.Context(), in, 7, "me") }))
	o.unsure(0)
}

// Another machine in the kiosk's place knows nothing of the one before.
func TestAnotherMachine(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	old := newMachine(1)
	o.feed(old, old.pass(time.Minute).anchor(0, time.Second))
	fresh := newMachine(9)
	fresh.now, fresh.up = dawn.Add(-time.Hour), dawn.Add(-2*time.Hour)
	in := o.feed(fresh, fresh.punch(attendance.In))
	o.took()
	if p, _ := o.known(in); p.Interval.Quality != clocktrust.IsOpen || p.Interval.Lo >= dawn.UnixNano() {
		t.Errorf("%+v", p)
	}
}

// What a person has put right or confirmed, and what lies in sealed days, is left alone.
func TestLeftAlone(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(*testing.T, *centraldb.Tx, int64) error{
		"put right": func(t *testing.T, tx *centraldb.Tx, punch int64) error {
			h, err := tx.Held(t.Context(), punch)
			if err != nil {
				return err
			}
			h.Kind, h.MadeBy, h.Reason, h.At = centraldb.FixCorrect, "boss@acme.example", "she said so", dawn.Add(8*time.Hour).UnixNano()
			_, err = tx.AddCorrection(t.Context(), h.Correction)
			return err
		},
		"confirmed": func(t *testing.T, tx *centraldb.Tx, punch int64) error {
			return tx.Confirm(t.Context(), punch, 1, "boss@acme.example")
		},
		"sealed": func(t *testing.T, tx *centraldb.Tx, _ int64) error {
			s, err := tx.Settings(t.Context())
			s.SealedUntil = dawn.Format(time.DateOnly)
			if err != nil {
				return err
			}
			return tx.SetSettings(t.Context(), s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			m := newMachine(1)
			m.off = 5 * time.Hour
			in := o.feed(m, m.pass(time.Minute).punch(attendance.In))
			o.took()
			o.must(o.db.Update(t.Context(), func(tx *centraldb.Tx) error { return before(t, tx, in) }))
			_, was := o.known(in)
			o.feed(m, m.pass(time.Minute).anchor(0, time.Second))
			o.took()
			p, held := o.known(in)
			if p.Interval.Quality != clocktrust.IsExact || held.ID != was.ID || held.At != was.At {
				t.Errorf("%+v\nwas  %+v\nheld %+v", p, was, held)
			}
		})
	}
}

// Evidence that shows an earlier one to be wrong puts the punch back.
func TestPutBack(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := newMachine(1)
	in := o.feed(m, m.pass(time.Minute).punch(attendance.In))
	truth := m.now
	o.feed(m, m.anchor(time.Hour, time.Second)) // a central that was wrong
	o.took()
	if _, held := o.known(in); held.MadeBy != centraldb.ByClock {
		t.Fatalf("%+v", held)
	}
	m.synced = time.Second
	o.feed(m, m.pass(time.Minute).punch(attendance.Out))
	o.took()
	p, held := o.known(in)
	if !p.Interval.Disputed || p.Interval.Lo > truth.UnixNano() || p.Interval.Hi < truth.UnixNano() {
		t.Errorf("%+v, %+v", p, held)
	}
}

// unsure fails unless so many punches wait for a person, as a count and as a list.
func (o *office) unsure(want int) {
	o.t.Helper()
	n, first, last, err := o.db.UnsureTimes(o.t.Context(), centraldb.Reach{})
	o.must(err)
	list, err := o.db.Entries(o.t.Context(), centraldb.EntryFilter{Unsure: true, From: first, To: last + 1, Limit: 10})
	o.must(err)
	if n != want || len(list) != want {
		o.t.Errorf("%d unsure, %d listed, want %d", n, len(list), want)
	}
}
