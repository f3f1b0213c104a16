package commands

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// Journal keeps which command was begun last. Update is one durable commit.
type Journal interface {
	Command(ctx context.Context) (devicedb.Begun, error)
	Update(ctx context.Context, f func(tx *devicedb.JournalTx) error) error
}

// Verb is one thing that central can want. Do does it and says how it went, in words
// for whoever asked; an error says why not.
type Verb struct {
	Do func(ctx context.Context, c wire.Command) (said string, err error)

	// Ready, where it is not nil, says whether the command can be begun; until it can,
	// it waits, and with it those behind it. Meanwhile central can take it back.
	Ready func(ctx context.Context, c wire.Command) bool

	// Restarts says that Do ends the daemon and that it is done once that runs again;
	// Said is how it went then.
	Restarts bool
	Said     string

	// Again says that Do goes on after a power cut where it was, instead of failing.
	Again bool

	// Last, where it is not nil, is what is left to do once the result is recorded, after
	// a power cut too: it ends the daemon. Where it fails it is tried again.
	Last func(ctx context.Context, c wire.Command) error
}

// Config is what a Runner stands on. Every field is needed.
type Config struct {
	Journal Journal
	Verbs   map[string]Verb
	Retry   time.Duration // how long until a disk that failed, or what is not ready, is tried again
	Logger  *slog.Logger
}

// Runner runs the commands of one kiosk.
type Runner struct {
	cfg  Config
	wake chan struct{}

	untold *outcome // of the command that is begun, where the disk did not take it; Run's own

	mu    sync.Mutex
	begun devicedb.Begun
	list  []wire.Command
}

// outcome is how a command went.
type outcome struct {
	said string
	why  error
}

// New gives a Runner that knows which command was begun last. Errors: the disk's.
func New(ctx context.Context, cfg Config) (*Runner, error) {
	b, err := cfg.Journal.Command(ctx)
	if err != nil {
		return nil, err
	}
	return &Runner{cfg: cfg, wake: make(chan struct{}, 1), begun: b}, nil
}

// Begun gives the last command that was begun.
func (r *Runner) Begun() wire.CommandMark {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.begun.CommandMark
}

// Take replaces what waits. It never blocks.
func (r *Runner) Take(list []wire.Command) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b wire.Command) int {
		return cmp.Or(cmp.Compare(a.Gen, b.Gen), cmp.Compare(a.N, b.N))
	})
	r.mu.Lock()
	r.list = list
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run runs commands as they come, until ctx ends.
func (r *Runner) Run(ctx context.Context) error {
	for {
		again, err := r.once(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			r.cfg.Logger.Error("command not noted", "err", err)
		}
		if again && err == nil {
			continue
		}
		timer := time.NewTimer(r.cfg.Retry)
		select {
		case <-ctx.Done():
		case <-r.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// once ends what a restart left open, or runs the next command; again says that there
// may be more. An error is the disk's: what it did not take is tried again.
func (r *Runner) once(ctx context.Context) (again bool, err error) {
	r.mu.Lock()
	begun := r.begun
	r.mu.Unlock()
	if begun.Verb != "" {
		return true, r.leftOpen(ctx, begun)
	}
	c, ok := r.next(begun.CommandMark)
	if !ok {
		return false, nil
	}
	verb, known := r.cfg.Verbs[c.Verb]
	if known && verb.Ready != nil && !verb.Ready(ctx, c) {
		return false, nil
	}
	if err := r.begin(ctx, c); err != nil {
		return false, err
	}
	r.cfg.Logger.Info("command begun", "verb", c.Verb, "number", c.N)
	if !known {
		err = problem.New(problem.NotFound, "This kiosk's software does not know this command.", "Update it.")
		return true, r.end(ctx, c, Verb{}, "", err)
	}
	return true, r.do(ctx, c, verb)
}

// next gives the first command behind mark that waits.
func (r *Runner) next(mark wire.CommandMark) (wire.Command, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.list {
		if !mark.Reached(c.Mark()) {
			return c, true
		}
	}
	return wire.Command{}, false
}

// leftOpen ends a command that was begun before the daemon started, or whose end the
// disk did not take.
func (r *Runner) leftOpen(ctx context.Context, b devicedb.Begun) error {
	verb, c := r.cfg.Verbs[b.Verb], wire.Command{Gen: b.Gen, N: b.N, Verb: b.Verb, Force: b.Force}
	switch {
	case b.Told:
		return r.last(ctx, c, verb)
	case r.untold != nil:
		return r.end(ctx, c, verb, r.untold.said, r.untold.why)
	case verb.Again:
		return r.do(ctx, c, verb)
	case verb.Restarts:
		return r.end(ctx, c, verb, verb.Said, nil)
	}
	return r.end(ctx, c, verb, "", problem.New(problem.Unavailable, "It was cut short: the kiosk stopped while it ran.", ""))
}

// begin notes, before anything happens, that it will.
func (r *Runner) begin(ctx context.Context, c wire.Command) error {
	b := devicedb.Begun{CommandMark: c.Mark(), Verb: c.Verb, Force: c.Force}
	return r.note(ctx, b, func(tx *devicedb.JournalTx) error { return tx.SetCommand(b) })
}

func (r *Runner) do(ctx context.Context, c wire.Command, verb Verb) error {
	said, err := verb.Do(ctx, c)
	if ctx.Err() != nil {
		return nil // the daemon ends: what is left open is ended when it starts
	}
	if err == nil && verb.Restarts {
		<-ctx.Done()
		return nil
	}
	return r.end(ctx, c, verb, said, err)
}

// last does what is left of a command whose result is recorded.
func (r *Runner) last(ctx context.Context, c wire.Command, verb Verb) error {
	if verb.Last == nil { // begun by software that knew more
		b := devicedb.Begun{CommandMark: c.Mark()}
		return r.note(ctx, b, func(tx *devicedb.JournalTx) error { return tx.SetCommand(b) })
	}
	if err := verb.Last(ctx, c); err != nil && ctx.Err() == nil {
		return fmt.Errorf("finish %s: %w", c.Verb, err)
	}
	<-ctx.Done()
	return nil
}

// end records what became of a command, and with it that it is over, or what is left.
func (r *Runner) end(ctx context.Context, c wire.Command, verb Verb, said string, why error) error {
	if why != nil && said == "" {
		said = problem.From(why).Message
	}
	r.cfg.Logger.Info("command ended", "number", c.N, "said", said, "err", why)
	b := devicedb.Begun{CommandMark: c.Mark()}
	if verb.Last != nil && why == nil {
		b.Verb, b.Force, b.Told = c.Verb, c.Force, true
	}
	r.untold = &outcome{said, why}
	err := r.note(ctx, b, func(tx *devicedb.JournalTx) error {
		if _, err := tx.Append(record.Body{Type: record.CommandDone, Gen: c.Gen, Command: c.N, OK: why == nil, Note: said}); err != nil {
			return err
		}
		return tx.SetCommand(b)
	})
	if err == nil {
		r.untold = nil
	}
	return err
}

// note commits, and only then remembers.
func (r *Runner) note(ctx context.Context, b devicedb.Begun, f func(tx *devicedb.JournalTx) error) error {
	if err := r.cfg.Journal.Update(ctx, f); err != nil {
		return fmt.Errorf("note command %d: %w", b.N, err)
	}
	r.mu.Lock()
	r.begun = b
	r.mu.Unlock()
	return nil
}
