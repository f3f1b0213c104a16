package times_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/clocktrust"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/times"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// dawn is when the test's machines first start, truly.
var dawn = time.Date(2026, 3, 3, 4, 0, 0, 0, time.UTC)

// office is a real database whose log is fed by the test, and the service.
type office struct {
	t     testing.TB
	db    *centraldb.DB
	times *times.Times
	fed   []centraldb.Logged
	moved []string
}

func newOffice(t testing.TB) *office {
	t.Helper()
	o := &office{t: t}
	var err error
	o.db, err = centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	o.must(err)
	t.Cleanup(func() { o.must(o.db.Close()) })
	o.must(o.db.Create(t.Context(), centraldb.Organisation{ID: "acme", Name: "Acme", Zone: "Europe/Berlin", Gen: 1, PINLen: 4}))
	now := func() time.Time { return dawn.AddDate(1, 0, 0) }
	o.must(o.db.Update(t.Context(), func(tx *centraldb.Tx) error {
		if err := tx.AddPeople(t.Context(), []attendance.Person{{ID: "ada", Name: "Ada", Role: attendance.Regular, Active: true}}, 1); err != nil {
			return err
		}
		return tx.AddKiosk(t.Context(), attendance.Kiosk{ID: "dock", Name: "Dock", Zone: "UTC"}, 1)
	}))
	o.times = times.New(times.Config{
		Store: o, Audit: audit.New(o.db, now), Changed: func(p []string) { o.moved = append(o.moved, p...) }, Now: now, Log: slog.New(slog.DiscardHandler),
	})
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// Untimed gives what was fed and not taken yet.
func (o *office) Untimed(_ context.Context, limit int) ([]centraldb.Logged, int64, error) {
	rows := o.fed[:min(len(o.fed), limit)]
	if len(rows) == 0 {
		return nil, 0, nil
	}
	return rows, rows[0].ID - 1, nil
}

func (o *office) Update(ctx context.Context, f func(*centraldb.Tx) error) error {
	return o.db.Update(ctx, f)
}

// took has the service look at everything that was fed.
func (o *office) took() {
	o.t.Helper()
	for len(o.fed) > 0 {
		n, err := o.times.Once(o.t.Context())
		o.must(err)
		o.fed = o.fed[n:]
	}
}

// feed puts a record into the log, and a punch into its table, as the projector does.
// It gives the record's id.
func (o *office) feed(m *machine, b record.Body) int64 {
	o.t.Helper()
	m.seq++
	body, err := record.Encode(b)
	o.must(err)
	l := centraldb.Logged{ID: o.next(), Kiosk: "dock", Journal: m.journal, Seq: m.seq, Body: body, ReceivedAt: dawn.AddDate(1, 0, 0).UnixNano()}
	s := centraldb.Step{From: l.ID - 1, To: l.ID}
	if u, ok := b.Punch("dock"); ok {
		s.Punches = []centraldb.Projected{{ID: l.ID, Journal: l.Journal, Seq: l.Seq, Punch: u, Zone: "UTC", ReceivedAt: l.ReceivedAt}}
		s.Present = []centraldb.Present{{Presence: attendance.Presence{Person: u.Person}.After(u), At: u.At.UnixNano()}}
	}
	done, err := o.db.Project(o.t.Context(), s)
	o.must(err)
	if !done {
		o.t.Fatal("the projection moved")
	}
	o.fed = append(o.fed, l)
	return l.ID
}

func (o *office) next() int64 {
	_, upto, err := o.db.Unprojected(o.t.Context(), 1)
	o.must(err)
	return upto + 1
}

// machine is a kiosk's hardware: its true time, and a wall clock that may be anything.
type machine struct {
	journal record.JournalID
	seq     uint64
	boots   int
	up      time.Time     // when it started, truly
	now     time.Time     // truly
	off     time.Duration // its wall clock is ahead by
	ppm     int64         // its crystal is fast by
	synced  time.Duration // the kernel's maxerror; 0: it is not synchronised
}

func newMachine(journal byte) *machine {
	return &machine{journal: record.JournalID{journal}, boots: 1, up: dawn, now: dawn}
}

// reboot starts it anew after it was off for a while.
func (m *machine) reboot(off time.Duration) {
	m.now = m.now.Add(off + time.Second) // it is up for a second before it can do anything
	m.up, m.boots, m.synced = m.now, m.boots+1, 0
}

func (m *machine) pass(d time.Duration) *machine { m.now = m.now.Add(d); return m }

func (m *machine) elapsed() int64 {
	d := int64(m.now.Sub(m.up)) + int64(time.Second)
	return d + d/1_000_000*m.ppm
}

func (m *machine) stamp() attendance.Stamp {
	e := m.elapsed()
	s := attendance.Stamp{
		Real: m.now.Add(m.off).UnixNano(), Boot: e, Mono: e, Raw: e, BootID: fmt.Sprintf("boot-%x-%d", m.journal[0], m.boots), BootSeq: uint64(m.boots),
		Status: 0x40, Zone: "UTC",
	}
	if m.synced > 0 {
		s.Status, s.MaxError = 0, m.synced.Microseconds()
	}
	return s
}

func (m *machine) punch(a attendance.Action) record.Body {
	return record.Body{Type: record.Punched, Stamp: m.stamp(), Person: "ada", Action: a, Auth: attendance.AuthPersonal}
}

// anchor is what a central says that is off by at most err.
func (m *machine) anchor(wrong, err time.Duration) record.Body {
	return record.Body{Type: record.Clock, Stamp: m.stamp(), Anchor: &record.Anchor{At: m.elapsed(), UTC: m.now.Add(wrong).UnixNano(), Err: int64(err), Source: "central-1"}}
}

// known gives what is known of a punch, and when it counts.
func (o *office) known(punch int64) (centraldb.PunchTime, centraldb.Held) {
	o.t.Helper()
	all, err := o.db.PunchTimes(o.t.Context(), punch)
	o.must(err)
	held, err := o.db.Held(o.t.Context(), punch)
	o.must(err)
	return all[punch], held
}

func (o *office) wants(punch int64, q clocktrust.Quality, truth time.Time, within time.Duration) {
	o.t.Helper()
	p, held := o.known(punch)
	if p.Interval.Quality != q || p.Version != clocktrust.Version {
		o.t.Errorf("punch %d is %+v, want %s", punch, p, q)
	}
	if q != clocktrust.IsOpen && (p.Interval.Lo > truth.UnixNano() || p.Interval.Hi < truth.UnixNano()) {
		o.t.Errorf("punch %d: the truth %v is not in %v", punch, truth, p.Interval)
	}
	if got := time.Unix(0, held.At); got.Sub(truth).Abs() > within {
		o.t.Errorf("punch %d counts at %v, want %v", punch, got.UTC(), truth)
	}
}
