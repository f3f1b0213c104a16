package device_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

func (w *world) tryTeam(digits string) (local.Team, error) {
	w.t.Helper()
	var p pin.PIN
	if digits != "" {
		var err error
		p, err = pin.Parse(digits)
		must(w.t, err)
	}
	return w.terminal.OpenTeam(w.t.Context(), p)
}

func (w *world) team() local.Team {
	w.t.Helper()
	s, err := w.tryTeam(universalPIN)
	if err != nil {
		w.t.Fatalf("the team could not be opened: %v", err)
	}
	return s
}

func (w *world) teamRefused(digits string, code problem.Code) *problem.Error {
	w.t.Helper()
	_, err := w.tryTeam(digits)
	if !problem.Is(err, code) {
		w.t.Fatalf("team: %v, want %s", err, code)
	}
	return problem.From(err)
}

func (w *world) punchTeam(s local.Team, a attendance.Action, people ...string) (local.TeamReceipt, error) {
	w.t.Helper()
	return w.terminal.PunchTeam(w.t.Context(), local.TeamPunch{Session: s.ID, Action: a, People: people})
}

// crew adds n regular people, p000 and so on, without PINs.
func (w *world) crew(n int) (ids []string) {
	w.t.Helper()
	var rows []wire.Row
	for i := range n {
		ids = append(ids, fmt.Sprintf("p%03d", i))
		rows = append(rows, w.person(ids[i], attendance.Regular, "", 0, 0))
	}
	w.apply(rows...)
	return ids
}

// drain makes n wrong guesses for a team, far enough apart that the kiosk as a whole
// is not slow, and fast enough that none of up to 46 is given back.
func (w *world) drain(n int, wrong func() string) {
	w.t.Helper()
	for range n {
		w.teamRefused(wrong(), problem.Unauthenticated)
		w.m.pass(46 * time.Second)
	}
}

func TestATeamIsClockedInAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.terminal.SetLink(true, w.m.real)
	w.punch(w.in("bob", bobPIN), attendance.In)
	before, err := w.journal.Head(t.Context())
	must(t, err)

	s := w.team()
	// olga is an owner, bob is in already, ann is named twice.
	r, err := w.punchTeam(s, attendance.In, "ann", "olga", "bob", "nobody", "ann")
	must(t, err)
	want := local.TeamReceipt{
		Action: attendance.In, At: w.m.real.UnixMilli(), Zone: "Europe/Berlin", Done: []string{"Ann"}, Queue: int(before.Seq) + 1,
		Left: []local.LeftOut{
			{PersonCard: local.PersonCard{ID: "olga", Name: "Olga"}, Why: problem.Forbidden},
			{PersonCard: local.PersonCard{ID: "bob", Name: "Bob", State: attendance.StateIn, Since: w.m.real.UnixMilli()}, Why: problem.Conflict},
			{PersonCard: local.PersonCard{ID: "nobody"}, Why: problem.NotFound},
		},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("receipt (-want +got):\n%s", diff)
	}
	b := w.bodies(before.Seq, record.Punched)
	if len(b) != 1 || b[0].Person != "ann" || b[0].Action != attendance.In || b[0].Auth != attendance.AuthUniversal {
		t.Errorf("records = %+v", b)
	}
	if _, err := w.punchTeam(s, attendance.Out, "ann"); !problem.Is(err, problem.Expired) {
		t.Errorf("a team session takes a second punch: %v", err)
	}

	ids := w.crew(60)
	r, err = w.punchTeam(w.team(), attendance.In, ids...)
	must(t, err)
	if len(r.Done) != 60 || len(r.Left) != 0 {
		t.Errorf("%d done, left %+v", len(r.Done), r.Left)
	}
	// Whoever is out can neither go on a break nor leave; nobody at all is an error,
	// and the session lives on.
	s = w.team()
	if _, err := w.punchTeam(s, attendance.In, ids...); !problem.Is(err, problem.Conflict) {
		t.Errorf("in twice: %v", err)
	}
	r, err = w.punchTeam(s, attendance.BreakStart, append(ids[:3:3], "ann", "olga")...)
	if err != nil || len(r.Done) != 4 {
		t.Errorf("break: %+v, %v", r, err)
	}
}

func TestATeamsPunchIsAllOrNothing(t *testing.T) {
	t.Parallel()
	// The plug is pulled in the middle of the commit: once after each number of
	// commits that a careless implementation might make.
	for at := 1; at <= 3; at++ {
		w := newWorld(t)
		ids := w.crew(5)
		plug := &plugged{}
		w.wrap = func(j device.Journal) device.Journal { plug.Journal = j; return plug }
		w.crash()
		s := w.team()
		plug.in = at
		if _, err := w.punchTeam(s, attendance.In, ids...); at == 1 && !errors.Is(err, errPlug) {
			t.Fatalf("the plug was not pulled: %v", err)
		}
		w.wrap = nil
		w.crash()
		if n := len(w.bodies(0, record.Punched)); n != 0 && n != len(ids) {
			t.Errorf("%d of %d people were recorded", n, len(ids))
		}
	}
	w := newWorld(t)
	ids := w.crew(5)
	r, err := w.punchTeam(w.team(), attendance.In, ids...)
	must(t, err)
	w.crash() // right after the receipt
	if n := len(w.bodies(0, record.Punched)); n != len(r.Done) {
		t.Errorf("%d records of %d that were promised", n, len(r.Done))
	}
}

// plugged is a journal whose in-th commit from now on does not happen, after all
// its work was done; nothing works any more then.
type plugged struct {
	device.Journal
	in   int
	dead bool
}

func (p *plugged) Update(ctx context.Context, f func(tx *devicedb.JournalTx) error) error {
	return p.Journal.Update(ctx, func(tx *devicedb.JournalTx) error {
		if err := f(tx); err != nil {
			return err
		}
		if p.in--; p.dead || p.in == 0 {
			p.dead = true
			return errPlug
		}
		return nil
	})
}

func TestATeamsPINIsGuessedLikeTheUniversalOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := wrongPINs()
	// The budget that guesses at a profile spend is the one that a team's spend.
	for range 20 {
		e := w.teamRefused(wrong(), problem.Unauthenticated)
		if _, told := e.Detail["tries_left"]; told {
			t.Fatal("a wrong Universal PIN tells how many tries are left")
		}
		w.m.pass(time.Minute)
	}
	w.m.pass(15 * time.Minute) // 35 min in all: nothing has been given back
	w.spend(20, wrong, problem.Unauthenticated)
	w.crash()
	empty := w.teamRefused(universalPIN, problem.Unauthenticated)
	w.m.pass(time.Minute)
	if full := w.teamRefused(wrong(), problem.Unauthenticated); empty.Message != full.Message || empty.Hint != full.Hint || len(empty.Detail) != len(full.Detail) {
		t.Errorf("an empty budget shows: %v and %v", empty, full)
	}
	w.refused("bob", universalPIN, problem.Unauthenticated)
	w.m.pass(37 * time.Minute)
	w.team()
}

func TestATeamsGuessesAreSlowedDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := wrongPINs()
	same := wrong()
	for range 30 {
		w.teamRefused(same, problem.Unauthenticated) // the same digits count once
	}
	for range 20 {
		w.teamRefused(wrong(), problem.Unauthenticated)
	}
	if e := w.teamRefused(universalPIN, problem.Limited); waitOf(e) != 30*time.Second {
		t.Errorf("wait = %v", e.Detail)
	}
	w.m.pass(30 * time.Second)
	s := w.team() // charged until it ends
	if _, err := w.punchTeam(s, attendance.In, "ann"); err != nil {
		t.Error(err)
	}
	// A longer PIN can't be the Universal one: it costs the kiosk, not the budget.
	w = newWorld(t)
	w.drain(39, wrong)
	w.teamRefused("123456", problem.Unauthenticated)
	w.team()
}

// What a team was charged comes back with its punch, its end, or its time.
func TestATeamGetsItsChargeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := wrongPINs()
	w.drain(39, wrong)
	s := w.team()
	must(t, w.terminal.End(t.Context(), s.ID))
	s = w.team()
	if _, err := w.punchTeam(s, attendance.Out, "ann"); err != nil {
		t.Fatal(err)
	}
	w.team()
	w.m.pass(local.SessionMax)
	w.tick()
	w.team()
	w.crash() // before any refund: pulling the plug makes no guess free
	w.teamRefused(universalPIN, problem.Unauthenticated)
}

func TestTeamSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.team()
	w.m.pass(local.SessionMax - time.Second)
	if _, err := w.punchTeam(s, attendance.In, "ann"); err != nil {
		t.Errorf("after 179 s: %v", err)
	}
	s = w.team()
	w.m.pass(local.SessionMax)
	if _, err := w.punchTeam(s, attendance.Out, "ann"); !problem.Is(err, problem.Expired) {
		t.Errorf("after 3 min: %v", err)
	}
	// A team's session is nobody's, and a person's is no team's.
	s, own := w.team(), w.in("bob", bobPIN)
	w.punchRefused(local.PunchRequest{Session: s.ID, Action: attendance.In}, problem.Expired)
	if _, err := w.punchTeam(local.Team{ID: own.ID}, attendance.In, "ann"); !problem.Is(err, problem.Expired) {
		t.Errorf("bob's own session clocks a team in: %v", err)
	}
	for _, bad := range []local.TeamPunch{
		{Action: attendance.Switch, People: []string{"ann"}},
		{Action: "dance", People: []string{"ann"}},
		{Action: attendance.In},
		{Action: attendance.In, People: slices.Repeat([]string{"ann"}, local.MaxTeam+1)},
		{Action: attendance.In, People: []string{"ann"}, Note: "\x00"},
	} {
		bad.Session = s.ID
		if _, err := w.terminal.PunchTeam(t.Context(), bad); !problem.Is(err, problem.Invalid) {
			t.Errorf("%+.60v: %v", bad, err)
		}
	}
	if n := len(w.bodies(0, record.Punched)); n != 1 {
		t.Errorf("%d punches, want ann's", n)
	}
}

func TestATeamMayNeedAReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(w.strictly())
	s := w.team()
	if _, err := w.punchTeam(s, attendance.In, "ann", "bob"); !s.NeedNote || !problem.Is(err, problem.Invalid) {
		t.Fatalf("need note %v: %v", s.NeedNote, err)
	}
	_, err := w.terminal.PunchTeam(t.Context(), local.TeamPunch{Session: s.ID, Action: attendance.In, People: []string{"ann", "bob"}, Note: "Starting together"})
	must(t, err)
	for _, b := range w.bodies(0, record.Punched) {
		if b.Note != "Starting together" {
			t.Errorf("record = %+v", b)
		}
	}
}

func TestWhereNoTeamCanBeClockedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	offered := func(want int) {
		t.Helper()
		if st, err := w.terminal.State(t.Context()); err != nil || st.UniversalLen != want {
			t.Errorf("state says %d digits, %v, want %d", st.UniversalLen, err, want)
		}
	}
	offered(4)
	w.teamRefused("", problem.Invalid)
	w.apply(w.settings(false))
	offered(0)
	w.teamRefused(universalPIN, problem.Conflict)
	page, err := w.terminal.People(t.Context(), local.PeopleQuery{Limit: 10, Team: true})
	must(t, err)
	var who []string
	for _, p := range page.People {
		who = append(who, p.ID)
		if !cmp.Equal(p.Actions, []attendance.Action{attendance.In, attendance.Out}) { // nobody can tell
			t.Errorf("%s may %v", p.ID, p.Actions)
		}
	}
	if diff := cmp.Diff([]string{"ann", "bob"}, who); diff != "" || page.Total != 2 {
		t.Errorf("for a team (-want +got):\n%s%d in all", diff, page.Total)
	}
}
