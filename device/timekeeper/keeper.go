package timekeeper

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/clocktrust"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// lookEvery is how often the machine's own clock is looked at.
const lookEvery = time.Minute

// again is after how much time, in nanoseconds, the same source is written down
// again: an hour adds half a second of doubt.
const again = int64(time.Hour)

// fine is the half-width below which nothing better is looked for.
const fine = 2 * time.Second

// memory is the key under which the journal's database keeps the evidence of this
// boot, so that a daemon that starts again need not wait for central.
const memory = "clock"

// Journal is where evidence goes.
type Journal interface {
	Update(ctx context.Context, f func(tx *devicedb.JournalTx) error) error
}

// Config is what a Keeper stands on.
type Config struct {
	Journal Journal
	Stamp   func() attendance.Stamp // reads every clock
	Logger  *slog.Logger
}

// Keeper is a service; its methods may be called at any time.
type Keeper struct {
	cfg     Config
	changed chan struct{}
	turn    sync.Mutex // one piece of evidence at a time

	mu    sync.Mutex
	known kept
}

// kept is the newest evidence of each source in one boot.
type kept struct {
	BootID  string              `json:"boot_id"`
	Anchors []clocktrust.Anchor `json:"anchors"`
}

// New gives a Keeper that knows nothing yet.
func New(cfg Config) *Keeper { return &Keeper{cfg: cfg, changed: make(chan struct{}, 1)} }

// Changed gives the one channel that ticks when Good may say something else.
func (k *Keeper) Changed() <-chan struct{} { return k.changed }

func (k *Keeper) tick() {
	select {
	case k.changed <- struct{}{}:
	default:
	}
}

// Run looks at the clock each minute until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	if err := k.remember(ctx); err != nil {
		k.cfg.Logger.Warn("evidence of time not read", "err", err)
	}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for good := false; ; {
		if err := k.look(ctx); err != nil && ctx.Err() == nil {
			k.cfg.Logger.Warn("evidence of time not kept", "err", err)
		}
		if g := k.Good(k.cfg.Stamp()); g != good {
			good = g
			k.tick()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Elapsed reads the machine's own time since its boot, in nanoseconds. ok is false
// where a clock can't be read.
func (k *Keeper) Elapsed() (at int64, ok bool) { return clocktrust.Elapsed(k.cfg.Stamp()) }

// Take takes in an answer of central's clock.
func (k *Keeper) Take(ctx context.Context, a clocktrust.Anchor) error {
	a.Boot = 0
	body := record.Body{Type: record.Clock, Anchor: &record.Anchor{At: a.At, UTC: a.UTC, Err: a.Err, Source: a.Source}}
	if err := k.note(ctx, a, body); err != nil {
		return err
	}
	k.tick()
	return nil
}

// look takes in what the machine's own clock says while NTP keeps it: the record's
// stamp is the evidence.
func (k *Keeper) look(ctx context.Context) error {
	s := k.cfg.Stamp()
	a, ok := clocktrust.OfStamp(0, s)
	if !ok {
		return nil
	}
	return k.note(ctx, a, record.Body{Type: record.Clock, Stamp: s})
}

// note writes evidence down if it is worth it.
func (k *Keeper) note(ctx context.Context, a clocktrust.Anchor, b record.Body) error {
	k.turn.Lock()
	defer k.turn.Unlock()
	s := b.Stamp
	if s.BootID == "" {
		s = k.cfg.Stamp()
		b.Stamp = s
	}
	next := k.evidence(s.BootID)
	if !worth(next.Anchors, a) {
		return nil
	}
	next.Anchors = append(slices.DeleteFunc(next.Anchors, func(o clocktrust.Anchor) bool { return o.Source == a.Source }), a)
	state, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("encode evidence of time: %w", err)
	}
	err = k.cfg.Journal.Update(ctx, func(tx *devicedb.JournalTx) error {
		if _, err := tx.Append(b); err != nil {
			return err
		}
		return tx.PutGuard(memory, state)
	})
	if err != nil {
		return fmt.Errorf("record evidence of time: %w", err)
	}
	k.mu.Lock()
	k.known = next
	k.mu.Unlock()
	return nil
}

// evidence gives a copy of what is known of a boot.
func (k *Keeper) evidence(bootID string) kept {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known.BootID != bootID {
		return kept{BootID: bootID}
	}
	return kept{bootID, slices.Clone(k.known.Anchors)}
}

// remember reads what was known before the daemon started again.
func (k *Keeper) remember(ctx context.Context) error {
	k.turn.Lock()
	defer k.turn.Unlock()
	var was kept
	err := k.cfg.Journal.Update(ctx, func(tx *devicedb.JournalTx) error {
		b, err := tx.Guard(memory)
		if err != nil || b == nil {
			return err
		}
		return json.Unmarshal(b, &was)
	})
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known.BootID == "" {
		k.known = was
	}
	return nil
}

// worth says whether a is news: of a source not heard in this boot, after an hour,
// much better than what it said before while that is not fine, or against it.
func worth(known []clocktrust.Anchor, a clocktrust.Anchor) bool {
	i := slices.IndexFunc(known, func(o clocktrust.Anchor) bool { return o.Source == a.Source })
	if i < 0 || a.At-known[i].At >= again {
		return true
	}
	before := clocktrust.NewHistory([]int64{a.At}, known[i:i+1]).Resolve(0, a.At)
	_, half, _ := before.Time()
	return half > fine && a.Err < int64(half)/2 || a.UTC+a.Err < before.Lo || a.UTC-a.Err > before.Hi
}

// Good says whether the wall clock of a stamp can be shown without a doubt: what
// vouches for this boot agrees, and the clock is within clocktrust.Exact of it.
func (k *Keeper) Good(s attendance.Stamp) bool {
	known := k.evidence(s.BootID)
	at, ok := clocktrust.Elapsed(s)
	if a, synced := clocktrust.OfStamp(0, s); synced {
		known.Anchors = append(known.Anchors, a)
	}
	if !ok {
		return false
	}
	i := clocktrust.NewHistory([]int64{at}, known.Anchors).Resolve(0, at)
	middle, _, ok := i.Time()
	return ok && i.Quality == clocktrust.IsExact && !i.Disputed && s.Time().Sub(middle).Abs() <= clocktrust.Exact
}
