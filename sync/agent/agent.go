package agent

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/timepost/timepost/attendance/clocktrust"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/schedule"
	"github.com/timepost/timepost/sync/wire"
)

// Journal tells what there is to send. Changed gives a tick after each commit
// that appended; Head does not block on the disk.
type Journal interface {
	Head(ctx context.Context) (outbox.Head, error)
	Changed() <-chan struct{}
}

// Schedule gives the first round after now. It is always later than now.
type Schedule interface {
	Next(now time.Time) time.Time
}

// Plan says when to run rounds.
type Plan struct {
	Schedule Schedule
	Zone     *time.Location // in which the schedule is read; nil: UTC
	Live     bool           // keep the link between rounds and send each punch at once
}

// Config is what an Agent stands on. Every field is needed but Software, Health, Clock, Commands and Brokers.
type Config struct {
	Org, Kiosk string
	Software   string // this program's version
	Dialer     wire.Dialer
	Sealer     outbox.Sealer
	IDs        func() string // gives a message id never given before
	Outbox     *outbox.Outbox
	Inbox      *inbox.Inbox
	Journal    Journal
	Plan       Plan
	Now        func() time.Time // the wall clock, with its monotonic reading
	Chance     func() float64   // evenly from [0, 1)
	Logger     *slog.Logger

	// Health gives what is told of the machine each round; nil: nothing is.
	Health func(ctx context.Context, s Status) (wire.Health, error)

	// Clock is told what central's clock says; nil: nobody is.
	Clock Clock

	// Commands is told what central wants to be done; nil: nobody is.
	Commands Commands

	// Brokers is told which brokers central is at; nil: nobody is.
	Brokers Brokers
}

// Clock is the machine's own time, in nanoseconds since its boot (Elapsed; ok is
// false where it can't be read), and who takes in what ties it to central's.
type Clock interface {
	Elapsed() (at int64, ok bool)
	Take(ctx context.Context, a clocktrust.Anchor) error
}

// Times. The acknowledgement timeouts are schedule.Ack's.
const (
	dialTimeout    = 30 * time.Second
	publishTimeout = 10 * time.Second
	maxSleep       = time.Minute     // a clock that is set right moves the next round
	linger         = 3 * time.Second // in scheduled mode: presence follows the hello
	maxSilence     = 3               // timeouts in a row, with nothing heard at all
)

// Agent is the kiosk's side of the conversation.
type Agent struct {
	cfg    Config
	log    *slog.Logger
	status statusBox
	plan   atomic.Pointer[Plan]
	wake   chan struct{} // the plan has changed
	poke   chan struct{} // somebody wants a round now
	fleet  int           // how many kiosks there are, as central told
	anew   atomic.Bool   // the roster is to be fetched as a whole
	heard  string        // id of the last welcome
}

// New gives an Agent; nothing happens before Run.
func New(cfg Config) *Agent {
	if cfg.Commands == nil {
		cfg.Commands = deaf{}
	}
	if cfg.Brokers == nil {
		cfg.Brokers = anywhere{}
	}
	a := &Agent{
		cfg: cfg, log: cfg.Logger.With("kiosk", cfg.Kiosk), status: newStatusBox(),
		wake: make(chan struct{}, 1), poke: make(chan struct{}, 1),
	}
	a.plan.Store(&cfg.Plan)
	return a
}

// SetPlan changes when rounds run, from now on.
func (a *Agent) SetPlan(p Plan) {
	a.plan.Store(&p)
	tick(a.wake)
}

// Poke asks for a round at once, also while the agent waits to connect again.
func (a *Agent) Poke() { tick(a.poke) }

// Run talks to central until ctx ends, and then returns nil. It returns no other
// error: whatever goes wrong is logged, shown in Status, and tried again.
func (a *Agent) Run(ctx context.Context) error {
	failures := 0
	for first := true; ctx.Err() == nil; first = false {
		if !first && !a.rest(ctx, failures) {
			break
		}
		err := a.connect(ctx)
		if ctx.Err() != nil {
			break
		}
		failures = a.judge(err, failures)
		a.status.disconnected(problem.CodeOf(err), a.cfg.Now())
	}
	a.status.disconnected("", a.cfg.Now())
	return nil
}

// roundOver stands for a count of failures where a round ended as it should.
const roundOver = -1

// judge logs how a link ended and counts the failures in a row.
func (a *Agent) judge(err error, failures int) int {
	switch {
	case err == nil:
		return roundOver
	case a.status.get().Connected:
		a.log.Info("link lost", "err", err)
		return 0
	}
	failures = max(failures, 0) + 1
	a.log.Info("connect failed", "failures", failures, "err", err)
	return failures
}

// rest waits before the next link: for the schedule after a complete round,
// else for the back-off. It says whether to go on.
func (a *Agent) rest(ctx context.Context, failures int) bool {
	if failures != roundOver {
		wait := schedule.Reconnect{Fleet: a.fleet}.Wait(failures, a.cfg.Chance())
		return a.sleep(ctx, wait)
	}
	return a.sleepUntilRound(ctx)
}

// sleep waits; a poke ends it early.
func (a *Agent) sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-a.poke:
	case <-t.C:
	}
	return ctx.Err() == nil
}

// sleepUntilRound waits for the schedule, a poke, or a plan that wants the link.
func (a *Agent) sleepUntilRound(ctx context.Context) bool {
	due := a.nextRound()
	for ctx.Err() == nil {
		now := a.cfg.Now()
		if !now.Before(due) || a.plan.Load().Live {
			return true
		}
		t := time.NewTimer(min(due.Sub(now), maxSleep))
		select {
		case <-ctx.Done():
		case <-a.poke:
			due = now
		case <-a.wake:
			due = a.nextRound()
		case <-t.C:
			due = a.earlier(due)
		}
		t.Stop()
	}
	return false
}

// nextRound gives the time of the next round by the plan.
func (a *Agent) nextRound() time.Time {
	p := a.plan.Load()
	now := a.cfg.Now()
	if p.Zone != nil {
		return p.Schedule.Next(now.In(p.Zone))
	}
	return p.Schedule.Next(now.UTC())
}

// earlier gives due, or the next round where the clock has been set back.
func (a *Agent) earlier(due time.Time) time.Time {
	if next := a.nextRound(); next.Before(due) && a.cfg.Now().Before(due) {
		return next
	}
	return due
}

// connect makes a link and holds one session over it.
func (a *Agent) connect(ctx context.Context) error {
	link, err := a.dial(ctx)
	if err != nil {
		return err
	}
	s := newSession(a, link)
	err = s.run(ctx)
	// What central has acknowledged is written down also when we are told to stop.
	return errors.Join(err, a.cfg.Outbox.Reset(context.WithoutCancel(ctx)), link.Close())
}

func (a *Agent) dial(ctx context.Context) (wire.Link, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	return a.cfg.Dialer.Dial(ctx)
}

func tick(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
