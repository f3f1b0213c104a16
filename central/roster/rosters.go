package roster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// Source tells what rosters should hold, from what has been committed.
//
// RosterKiosk fails with problem.NotFound for a kiosk that is not enrolled; it
// has no roster. RosterPeople gives the active people who belong on it.
type Source interface {
	RosterKiosk(ctx context.Context, kiosk string) (centraldb.RosterKiosk, error)
	RosterPeople(ctx context.Context, kiosk string) ([]centraldb.RosterPerson, error)
	RosterKiosks(ctx context.Context) ([]string, error)
	Generation(ctx context.Context) (uint64, error)
}

// Rows is where rosters are kept.
//
// RosterVersion is 0 where there is no roster yet. RosterSince gives the rows
// changed after a version, deletes first, and the version they lead to; from 0
// it leaves deletes out. PutRoster makes one new version, or reports false when
// the roster is not at from any more.
type Rows interface {
	RosterVersion(ctx context.Context, kiosk string) (uint64, error)
	RosterMarks(ctx context.Context, kiosk string) (map[centraldb.RosterKey]centraldb.RosterMark, error)
	RosterBodies(ctx context.Context, kiosk, kind string, ids []string) (map[string][]byte, error)
	RosterSince(ctx context.Context, kiosk string, from uint64) ([]centraldb.RosterRow, uint64, error)
	PutRoster(ctx context.Context, kiosk string, from uint64, at int64, rows []centraldb.RosterRow) (bool, error)
}

// Publisher sends a message to its kiosk. A nil error promises nothing about
// the other side; a lost push heals with the kiosk's next round.
type Publisher interface {
	Publish(ctx context.Context, m wire.Message) error
}

// OpenHash gives the bcrypt hash that lies in the tables under the data key.
type OpenHash func(kind pin.Kind, subject string, version uint64, sealed []byte) ([]byte, error)

// Messages gives what a kiosk is to show its people from now, unix seconds.
type Messages interface {
	RosterMessages(ctx context.Context, kiosk string, now int64) ([]wire.MessageRow, error)
}

// Config is what Rosters stands on. All fields are needed but Added, Messages, Now and Spread.
type Config struct {
	Org       string
	Signer    *wire.Signer
	NewID     func() string // gives message ids
	Source    Source
	Rows      Rows
	OpenHash  OpenHash
	Publisher Publisher
	Logger    *slog.Logger

	Messages Messages         // nil: there are none
	Now      func() time.Time // nil: the system's clock

	Spread *Spread // nil: what changed for many kiosks is pushed to all of them at once

	Added func(kiosk string, people []string) // called when people have come onto a roster; must not block
}

// Rosters keeps the rosters of all kiosks.
type Rosters struct {
	cfg Config

	mu    sync.Mutex
	locks map[string]*sync.Mutex // by kiosk: one refresh at a time, so pushes keep their order
	fresh map[string]bool        // by kiosk: refreshed since the start
}

// New gives Rosters.
func New(cfg Config) *Rosters {
	if cfg.Added == nil {
		cfg.Added = func(string, []string) {}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Rosters{cfg: cfg, locks: map[string]*sync.Mutex{}, fresh: map[string]bool{}}
}

// attempts is how often a roster is worked out anew because another process
// changed it meanwhile. Each time somebody else's change came through, so that it ends.
const attempts = 50

// Refresh brings the rosters of these kiosks up to what has been committed, and
// pushes what changed; what changed for many and can wait, evenly over a while. Call it after every commit that touches people, PINs,
// assignments or kiosks. Kiosks that are not enrolled are passed over.
func (r *Rosters) Refresh(ctx context.Context, kiosks ...string) error {
	ctx = centraldb.Unguarded(ctx) // also where who has changed something may not do that any more
	var errs []error
	for n, k := range kiosks {
		if err := r.refresh(ctx, k, place(n, len(kiosks))); err != nil {
			errs = append(errs, fmt.Errorf("refresh roster of %s: %w", k, err))
		}
	}
	return errors.Join(errs...)
}

// RefreshAll brings every roster up to date.
func (r *Rosters) RefreshAll(ctx context.Context) error {
	kiosks, err := r.cfg.Source.RosterKiosks(ctx)
	if err != nil {
		return fmt.Errorf("refresh rosters: %w", err)
	}
	return r.Refresh(ctx, kiosks...)
}

// Version gives a kiosk's newest roster version; 0 only where it may have no
// roster. The first call for a kiosk refreshes: a process that ended between a
// commit and its Refresh left something behind.
func (r *Rosters) Version(ctx context.Context, kiosk string) (uint64, error) {
	r.mu.Lock()
	fresh := r.fresh[kiosk]
	r.mu.Unlock()
	if !fresh {
		if err := r.Refresh(ctx, kiosk); err != nil {
			return 0, err
		}
	}
	return r.cfg.Rows.RosterVersion(ctx, kiosk)
}

func (r *Rosters) lock(kiosk string) *sync.Mutex {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, ok := r.locks[kiosk]
	if !ok {
		l = &sync.Mutex{}
		r.locks[kiosk] = l
	}
	return l
}

func (r *Rosters) refreshed(kiosk string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fresh[kiosk] = true
}

// refresh brings one roster up to date; what can wait is pushed after a while.
func (r *Rosters) refresh(ctx context.Context, kiosk string, after time.Duration) error {
	l := r.lock(kiosk)
	l.Lock()
	defer l.Unlock()
	for range attempts {
		version, err := r.cfg.Rows.RosterVersion(ctx, kiosk) // before all else: PutRoster compares with it
		if err != nil {
			return err
		}
		step, err := r.step(ctx, kiosk)
		if problem.Is(err, problem.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(step.rows) == 0 {
			r.refreshed(kiosk)
			return nil
		}
		done, err := r.cfg.Rows.PutRoster(ctx, kiosk, version, r.cfg.Now().UnixNano(), step.rows)
		if err != nil {
			return err
		}
		if !done {
			continue
		}
		r.refreshed(kiosk)
		r.cfg.Logger.Info("roster changed", "kiosk", kiosk, "version", version+1, "rows", len(step.rows))
		r.push(ctx, kiosk, version, step.rows, after)
		if len(step.added) > 0 {
			r.cfg.Added(kiosk, step.added)
		}
		return nil
	}
	return errors.New("the roster changes faster than it is worked out")
}
