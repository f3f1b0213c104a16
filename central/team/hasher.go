package team

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/store/centraldb"
)

// Hashes is the part of the tables that the Hasher works on.
type Hashes interface {
	// Unhashed gives up to limit PINs without a hash, the most urgent first.
	Unhashed(ctx context.Context, limit int) ([]centraldb.PIN, error)
	// SetHashes stores hashes of PINs that are still the same version.
	SetHashes(ctx context.Context, hashed []centraldb.PIN) error
	// KiosksWith gives the kiosks whose roster holds one of the subjects.
	KiosksWith(ctx context.Context, kind pin.Kind, subjects []string) ([]string, error)
}

// HasherConfig is what a Hasher works with. Hasher is the bcrypt cost: at least
// pin.ProductionCost outside tests. Workers is how many cores it may use, 0 for one.
type HasherConfig struct {
	Store   Hashes
	Book    *Book
	Rosters Rosters
	Hasher  pin.Hasher
	Workers int
	Log     *slog.Logger
	Random  io.Reader        // nil: the system's
	Now     func() time.Time // nil: the system's
}

// Hasher makes the bcrypt hashes of new PINs in the background, never inside a
// transaction: first those of kiosks and of people who are assigned to one. Rosters
// hear of it at once when a few are done, every two seconds while there are many.
type Hasher struct {
	store   Hashes
	book    *Book
	rosters Rosters
	hasher  pin.Hasher
	workers int
	log     *slog.Logger
	random  io.Reader
	now     func() time.Time
	poke    chan struct{}

	all     atomic.Bool     // every roster has news
	waiting map[string]bool // kiosks whose roster has news; only Run touches it
	damaged map[string]bool // PIN versions that can't be opened
	refresh time.Time       // before it rosters hear nothing of bulk work
}

// How much the Hasher takes at once, how often it tells rosters during bulk
// work, how long it rests without being woken and after a failure.
const (
	hashBatch    = 32
	hashAhead    = 1024
	refreshEvery = 2 * time.Second
	hashRest     = time.Minute
	hashRetry    = 5 * time.Second
)

// NewHasher gives a Hasher.
func NewHasher(c HasherConfig) *Hasher {
	h := &Hasher{
		store: c.Store, book: c.Book, rosters: c.Rosters, hasher: c.Hasher, workers: max(1, c.Workers), log: c.Log, random: c.Random, now: c.Now,
		poke: make(chan struct{}, 1), waiting: map[string]bool{}, damaged: map[string]bool{},
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.random == nil {
		h.random = rand.Reader
	}
	return h
}

// Poke wakes the Hasher: there are new PINs. It never blocks.
func (h *Hasher) Poke() {
	select {
	case h.poke <- struct{}{}:
	default:
	}
}

// RefreshAll has every roster brought up to date in the background: after an
// import, for which nobody should have to wait. It never blocks.
func (h *Hasher) RefreshAll() {
	h.all.Store(true)
	h.Poke()
}

// Run hashes until ctx ends. A failing database is tried again.
func (h *Hasher) Run(ctx context.Context) error {
	for {
		rest := hashRest
		if err := h.Once(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			h.log.Error("hash pins", "err", err)
			rest = hashRetry
		}
		timer := time.NewTimer(rest)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-h.poke:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Once hashes everything there is to hash and tells the rosters.
func (h *Hasher) Once(ctx context.Context) error {
	for {
		todo, err := h.store.Unhashed(ctx, hashAhead)
		if err != nil {
			return err
		}
		if h.all.Swap(false) {
			if err := h.rosters.RefreshAll(ctx); err != nil {
				h.all.Store(true)
				return err
			}
		}
		if todo = h.readable(todo); len(todo) == 0 {
			return h.tell(ctx)
		}
		for len(todo) > 0 {
			n := min(hashBatch, len(todo))
			if err := h.batch(ctx, todo[:n]); err != nil {
				return errors.Join(err, h.tell(context.WithoutCancel(ctx)))
			}
			todo = todo[n:]
			if h.poked() {
				break // something more urgent may have come
			}
		}
	}
}

// readable leaves out PINs that can't be opened, which would stop all others. They
// are named in the log once; their people can't be hashed until they get a new one.
func (h *Hasher) readable(rows []centraldb.PIN) []centraldb.PIN {
	return slices.DeleteFunc(rows, func(r centraldb.PIN) bool {
		name := fmt.Sprintf("%s %s %d", r.Kind, r.Subject, r.Version)
		if _, err := h.book.Open(r); err != nil && !h.damaged[name] {
			h.damaged[name] = true
			h.log.Error("open pin", "kind", r.Kind, "subject", r.Subject, "err", err)
		}
		return h.damaged[name]
	})
}

func (h *Hasher) poked() bool {
	select {
	case <-h.poke:
		return true
	default:
		return false
	}
}

// batch hashes and stores a few PINs.
func (h *Hasher) batch(ctx context.Context, rows []centraldb.PIN) error {
	hashed := make([]centraldb.PIN, len(rows))
	g, ctx2 := errgroup.WithContext(ctx)
	g.SetLimit(h.workers)
	for i, r := range rows {
		g.Go(func() error {
			if err := ctx2.Err(); err != nil {
				return err
			}
			var err error
			hashed[i], err = h.hash(r)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := h.store.SetHashes(ctx, hashed); err != nil {
		return err
	}
	return h.note(ctx, hashed)
}

func (h *Hasher) hash(r centraldb.PIN) (centraldb.PIN, error) {
	p, err := h.book.Open(r)
	if err != nil {
		return r, fmt.Errorf("hash pin of %s %s: %w", r.Kind, r.Subject, err)
	}
	hash, err := h.hasher.Hash(r.Kind, r.Subject, p)
	if err != nil {
		return r, err
	}
	r.Hash, err = h.book.SealHash(h.random, r.Kind, r.Subject, r.Version, hash)
	return r, err
}

// note remembers whose roster has news and tells them when it is time.
func (h *Hasher) note(ctx context.Context, hashed []centraldb.PIN) error {
	byKind := map[pin.Kind][]string{}
	for _, r := range hashed {
		byKind[r.Kind] = append(byKind[r.Kind], r.Subject)
	}
	for kind, subjects := range byKind {
		kiosks, err := h.store.KiosksWith(ctx, kind, subjects)
		if err != nil {
			return err
		}
		for _, k := range kiosks {
			h.waiting[k] = true
		}
	}
	if h.now().Before(h.refresh) {
		return nil
	}
	return h.tell(ctx)
}

// tell brings the rosters with news up to date. Large rosters take their time:
// while there is bulk work they get at most a fifth of it.
func (h *Hasher) tell(ctx context.Context) error {
	if len(h.waiting) == 0 {
		return nil
	}
	kiosks := make([]string, 0, len(h.waiting))
	for k := range h.waiting {
		kiosks = append(kiosks, k)
	}
	began := h.now()
	if err := h.rosters.Refresh(ctx, kiosks...); err != nil {
		return err
	}
	clear(h.waiting)
	ended := h.now()
	h.refresh = ended.Add(max(refreshEvery, 4*ended.Sub(began)))
	return nil
}
