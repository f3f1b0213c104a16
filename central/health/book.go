package health

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// writeEach is how often what came in is written down, writeMost how many kiosks
// in one commit: everybody else's writes wait for it.
const (
	writeEach = 2 * time.Second
	writeMost = 250
)

// Writer keeps what kiosks tell.
type Writer interface {
	Update(ctx context.Context, f func(*centraldb.Tx) error) error
}

// Book takes in what kiosks tell of their machines.
type Book struct {
	db  Writer
	now func() time.Time
	log *slog.Logger

	mu   sync.Mutex
	come map[string]centraldb.KioskHealth // not written down yet
}

// NewBook gives a Book.
func NewBook(db Writer, now func() time.Time, log *slog.Logger) *Book {
	return &Book{db: db, now: now, log: log, come: map[string]centraldb.KioskHealth{}}
}

// Take notes what a kiosk told; of several the last counts. It never blocks.
func (b *Book) Take(kiosk string, h wire.Health) {
	at := b.now().UnixNano()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.come[kiosk] = centraldb.KioskHealth{Kiosk: kiosk, At: at, Health: h}
}

// Run writes down what came in until ctx ends.
func (b *Book) Run(ctx context.Context) error {
	ticker := time.NewTicker(writeEach)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := b.Write(ctx); err != nil && ctx.Err() == nil {
			b.log.Error("health not written down", "err", err)
		}
	}
}

// Write writes down what came in. What can't be written is dropped: the next round
// tells it again.
func (b *Book) Write(ctx context.Context) error {
	b.mu.Lock()
	come := b.come
	b.come = make(map[string]centraldb.KioskHealth, len(come))
	b.mu.Unlock()
	all := make([]centraldb.KioskHealth, 0, len(come))
	for _, h := range come {
		all = append(all, h)
	}
	for some := range slices.Chunk(all, writeMost) {
		err := b.db.Update(ctx, func(tx *centraldb.Tx) error {
			for _, h := range some {
				if err := tx.PutHealth(ctx, h); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
