package device_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

var (
	_ local.Service = (*device.Terminal)(nil)
	_ local.Watcher = (*device.Terminal)(nil)
)

func TestAPunchFromTheNameToTheReceipt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.terminal.SetLink(true, w.m.real)
	s := w.in("ann", annPIN)
	want := local.Session{
		ID: s.ID, Person: local.PersonCard{ID: "ann", Name: "Ann", State: attendance.StateOut},
		Role: attendance.Regular, Auth: attendance.AuthPersonal, Actions: []attendance.Action{attendance.In},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Fatal(diff)
	}
	if len(s.ID) != 22 {
		t.Errorf("session id %q has not 128 bits", s.ID)
	}
	r := w.punch(s, attendance.In)
	wantReceipt := local.Receipt{
		Person: "Ann", Action: attendance.In, At: w.m.real.UnixMilli(), Zone: "Europe/Berlin",
		Auth: attendance.AuthPersonal, Seq: 3, Queue: 3, ID: "ann", Ticket: r.Ticket,
	}
	if diff := cmp.Diff(wantReceipt, r); diff != "" {
		t.Fatal(diff)
	}
	w.m.pass(90 * time.Minute)
	s = w.in("ann", annPIN)
	if diff := cmp.Diff([]attendance.Action{attendance.Out, attendance.BreakStart}, s.Actions); diff != "" {
		t.Error(diff)
	}
	if s.Worked != (90*time.Minute).Milliseconds() || s.Person.State != attendance.StateIn {
		t.Errorf("session = %+v", s)
	}
	if r = w.punch(s, attendance.Out); r.Worked != (90 * time.Minute).Milliseconds() {
		t.Errorf("worked = %d", r.Worked)
	}
	b := w.bodies(0, record.Punched)
	if len(b) != 2 || b[1].Person != "ann" || b[1].Action != attendance.Out || b[1].Stamp.BootSeq != 1 || b[1].Stamp.Zone != "Europe/Berlin" {
		t.Errorf("records = %+v", b)
	}
}

func TestOneSessionTakesOnePunch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.in("ann", annPIN)
	var wg sync.WaitGroup
	var mu sync.Mutex
	receipts := 0
	for range 8 {
		wg.Go(func() {
			_, err := w.terminal.Punch(context.Background(), local.PunchRequest{Session: s.ID, Action: attendance.In})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				receipts++
			} else if !problem.Is(err, problem.Expired) {
				t.Errorf("err = %v", err)
			}
		})
	}
	wg.Wait()
	if n := len(w.bodies(0, record.Punched)); receipts != 1 || n != 1 {
		t.Errorf("%d receipts, %d records", receipts, n)
	}
}

func TestASessionDies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, steps := range map[string][]time.Duration{
		"unused": {local.SessionMax},
		"used":   {19 * time.Second, 19 * time.Second, 19 * time.Second, 19 * time.Second, 19 * time.Second, 19 * time.Second, 19 * time.Second, 19 * time.Second, 19 * time.Second, 9 * time.Second},
	} {
		s := w.in("ann", annPIN)
		for i, d := range steps {
			w.m.pass(d)
			_, err := w.terminal.Punch(t.Context(), local.PunchRequest{Session: s.ID, Action: attendance.Switch, Project: "x"})
			want := problem.NotFound
			if i == len(steps)-1 {
				want = problem.Expired
			}
			if !problem.Is(err, want) {
				t.Errorf("%s, step %d: err = %v, want %s", name, i, err, want)
			}
		}
	}
	if _, err := w.terminal.Punch(t.Context(), local.PunchRequest{Session: "made up", Action: attendance.In}); !problem.Is(err, problem.Expired) {
		t.Errorf("made up: %v", err)
	}
	s := w.in("ann", annPIN)
	must(t, w.terminal.End(t.Context(), s.ID))
	must(t, w.terminal.End(t.Context(), s.ID))
	if _, err := w.terminal.Punch(t.Context(), local.PunchRequest{Session: s.ID, Action: attendance.In}); !problem.Is(err, problem.Expired) {
		t.Errorf("ended: %v", err)
	}
}

func TestWhatIsRefusedKeepsTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.terminal.SetLink(true, w.m.real)
	s := w.in("ann", annPIN)
	for _, c := range []struct {
		r    local.PunchRequest
		want problem.Code
	}{
		{local.PunchRequest{Action: attendance.Out}, problem.Conflict},
		{local.PunchRequest{Action: "dance"}, problem.Invalid},
		{local.PunchRequest{Action: attendance.In, Note: strings.Repeat("x", attendance.MaxNote+1)}, problem.Invalid},
		{local.PunchRequest{Action: attendance.In, Note: "a\x00b"}, problem.Invalid},
		{local.PunchRequest{Action: attendance.In, Note: "\xff"}, problem.Invalid},
		{local.PunchRequest{Action: attendance.In, Project: "none"}, problem.NotFound},
	} {
		c.r.Session = s.ID
		if _, err := w.terminal.Punch(t.Context(), c.r); !problem.Is(err, c.want) {
			t.Errorf("%+v: err = %v, want %s", c.r, err, c.want)
		}
	}
	w.punch(s, attendance.In)
}

func TestProjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := wire.PersonRow{Person: attendance.Person{ID: "ann", Name: "Ann", Role: attendance.Regular, Active: true}, Listed: true, Projects: []string{"p1", "gone"}}
	sealed := w.sealed(pin.Personal, "ann", "regular", annPIN, 1)
	p.PIN = &sealed
	w.apply(row(t, wire.KindPerson, "ann", p), row(t, wire.KindProject, "p1", wire.ProjectRow{ID: "p1", Name: "Roof"}))
	s := w.in("ann", annPIN)
	if diff := cmp.Diff([]local.Project{{ID: "p1", Name: "Roof"}}, s.Projects); diff != "" {
		t.Fatal(diff)
	}
	_, err := w.terminal.Punch(t.Context(), local.PunchRequest{Session: s.ID, Action: attendance.In, Project: "p1", Note: "gate 2 <&>"})
	must(t, err)
	s = w.in("ann", annPIN)
	if s.Project != "Roof" || len(s.Actions) != 2 {
		t.Errorf("nothing to switch to: %+v", s)
	}
	if _, err := w.terminal.Punch(t.Context(), local.PunchRequest{Session: s.ID, Action: attendance.Switch}); !problem.Is(err, problem.Invalid) {
		t.Errorf("switch to nothing: %v", err)
	}
}

// lateJournal fails the test when a receipt could be given before the commit: it
// lets the commit happen only after looking whether Punch has returned.
type lateJournal struct {
	device.Journal
	committing chan struct{}
	proceed    chan struct{}
}

func (l *lateJournal) Update(ctx context.Context, f func(*devicedb.JournalTx) error) error {
	if l.committing == nil {
		return l.Journal.Update(ctx, f)
	}
	close(l.committing)
	<-l.proceed
	return l.Journal.Update(ctx, f)
}

func TestNoReceiptBeforeTheCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := &lateJournal{}
	w.wrap = func(j device.Journal) device.Journal { late.Journal = j; return late }
	w.crash()
	s := w.in("ann", annPIN)
	late.committing, late.proceed = make(chan struct{}), make(chan struct{})
	receipt := make(chan error, 1)
	go func() {
		_, err := w.terminal.Punch(context.Background(), local.PunchRequest{Session: s.ID, Action: attendance.In})
		receipt <- err
	}()
	select {
	case <-late.committing:
	case <-receipt:
		t.Fatal("a receipt was given though nothing was committed")
	}
	select {
	case <-receipt:
		t.Fatal("a receipt was given before the commit")
	case <-time.After(20 * time.Millisecond): // a swapped order would show at once
	}
	if n := len(w.bodies(0, record.Punched)); n != 0 {
		t.Fatalf("%d punches before the commit", n)
	}
	close(late.proceed)
	must(t, <-receipt)
	if n := len(w.bodies(0, record.Punched)); n != 1 {
		t.Fatalf("%d punches after the commit", n)
	}
}

// brokenJournal is a disk that takes nothing.
type brokenJournal struct {
	device.Journal
	err error
}

func (b *brokenJournal) Update(ctx context.Context, f func(*devicedb.JournalTx) error) error {
	if b.err != nil {
		return b.err
	}
	return b.Journal.Update(ctx, f)
}

func TestABrokenDiskIsSaidAndHeals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	broken := &brokenJournal{}
	w.wrap = func(j device.Journal) device.Journal { broken.Journal = j; return broken }
	w.crash()
	s := w.in("ann", annPIN)
	broken.err = problem.New(problem.OutOfOrder, "no", "").Because(errors.New("disk full"))
	if _, err := w.terminal.Punch(t.Context(), local.PunchRequest{Session: s.ID, Action: attendance.In}); !problem.Is(err, problem.OutOfOrder) {
		t.Fatalf("err = %v", err)
	}
	st, err := w.terminal.State(t.Context())
	must(t, err)
	if st.Fault != string(problem.OutOfOrder) {
		t.Errorf("fault = %q", st.Fault)
	}
	if _, err := w.try("bob", bobPIN); !problem.Is(err, problem.OutOfOrder) {
		t.Errorf("a guess that could not be charged: %v", err)
	}
	broken.err = nil
	w.tick()
	if st, err = w.terminal.State(t.Context()); err != nil || st.Fault != "" {
		t.Errorf("state = %+v, %v", st, err)
	}
	if n := len(w.bodies(0, record.Punched)); n != 0 {
		t.Errorf("%d punches", n)
	}
}

func TestWithoutPINs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(w.settings(false))
	for _, person := range []string{"ann", "olga"} {
		s := w.in(person, "")
		if s.Auth != attendance.AuthNone {
			t.Errorf("auth = %s", s.Auth)
		}
		if r := w.punch(s, attendance.In); r.Auth != attendance.AuthNone {
			t.Errorf("receipt = %+v", r)
		}
	}
	w.apply(w.settings(true))
	w.refused("ann", "", problem.Invalid)
}

func TestWhoIsNotListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone := wire.PersonRow{Person: attendance.Person{ID: "gone", Name: "Gone", Role: attendance.Regular}, Listed: true}
	away := wire.PersonRow{Person: attendance.Person{ID: "away", Name: "Away", Role: attendance.Admin, Active: true}}
	w.apply(row(t, wire.KindPerson, "gone", gone), row(t, wire.KindPerson, "away", away))
	for _, id := range []string{"nobody", "gone", "away", ""} {
		w.refused(id, annPIN, problem.NotFound)
	}
	page, err := w.terminal.People(t.Context(), local.PeopleQuery{Limit: 10})
	must(t, err)
	if page.Total != 3 {
		t.Errorf("listed = %+v", page)
	}
}

func TestPresenceFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if s := w.in("ann", annPIN); !cmp.Equal(s.Actions, []attendance.Action{attendance.In, attendance.Out}) {
		t.Errorf("unknown state, no connection: %v", s.Actions)
	}
	head, err := w.journal.Head(t.Context())
	must(t, err)
	since := w.m.real.Add(-time.Hour)
	must(t, w.cache.ApplyPresence(t.Context(), wire.PresencePage{Gen: 1, Journal: head.Journal, AsOf: head.Seq, Rows: []wire.PresenceRow{
		{Person: "ann", State: "in", Since: since.UnixNano(), Kiosk: "back"},
	}}))
	s := w.in("ann", annPIN)
	if s.Person.State != attendance.StateIn || s.Person.Since != since.UnixMilli() {
		t.Errorf("session = %+v", s)
	}
	w.punch(s, attendance.Out)
	page, err := w.terminal.People(t.Context(), local.PeopleQuery{Search: "an", Limit: 10})
	must(t, err)
	if diff := cmp.Diff(local.PeoplePage{Total: 1, People: []local.PersonCard{{ID: "ann", Name: "Ann", State: attendance.StateOut}}}, page); diff != "" {
		t.Error(diff)
	}
}

// News from elsewhere that arrives between the choice and the tap never blocks.
func TestNewsNeverBlocksWhatWasOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.terminal.SetLink(true, w.m.real)
	s := w.in("ann", annPIN)
	head, err := w.journal.Head(t.Context())
	must(t, err)
	must(t, w.cache.ApplyPresence(t.Context(), wire.PresencePage{Gen: 1, Journal: head.Journal, AsOf: head.Seq, Rows: []wire.PresenceRow{
		{Person: "ann", State: "in", Since: w.m.real.UnixNano(), Kiosk: "back"},
	}}))
	w.punch(s, attendance.In)
}

// Two sessions of one person: the second sees what the first has done.
func TestAnotherPunchHereChangesWhatIsValid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.terminal.SetLink(true, w.m.real)
	a, b := w.in("ann", annPIN), w.in("ann", annPIN)
	w.punch(a, attendance.In)
	if _, err := w.terminal.Punch(t.Context(), local.PunchRequest{Session: b.ID, Action: attendance.In}); !problem.Is(err, problem.Conflict) {
		t.Errorf("err = %v", err)
	}
	w.punch(b, attendance.Out)
}
