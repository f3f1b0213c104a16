package ingest

import (
	"context"
	"sync"

	"github.com/timepost/timepost/store/centraldb"
)

// groupLimit bounds the batches of one commit, so that the first in the queue
// does not wait for everybody's.
const groupLimit = 32

// group lets batches that wait at the same time share one commit. Whoever finds
// nobody committing does it for all that wait; there is no goroutine.
type group struct {
	log  Log
	turn chan struct{} // holds the committer's token

	mu      sync.Mutex
	waiting []*pending
}

type pending struct {
	batch  centraldb.Batch
	stored bool
	err    error
	done   chan struct{}
}

func newGroup(log Log) *group { return &group{log: log, turn: make(chan struct{}, 1)} }

// append stores b and says whether it was, see Log. It does not give up when
// ctx ends: others' batches are in the same commit.
func (g *group) append(ctx context.Context, b centraldb.Batch) (bool, error) {
	p := &pending{batch: b, done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, p)
	g.mu.Unlock()
	for {
		select {
		case <-p.done:
			return p.stored, p.err
		case g.turn <- struct{}{}:
			g.commit(context.WithoutCancel(ctx))
			<-g.turn
		}
	}
}

// size tells how many batches wait for a commit that has not begun.
func (g *group) size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

func (g *group) commit(ctx context.Context) {
	g.mu.Lock()
	n := min(len(g.waiting), groupLimit)
	mine := append([]*pending(nil), g.waiting[:n]...)
	g.waiting = append(g.waiting[:0], g.waiting[n:]...)
	g.mu.Unlock()
	if n == 0 {
		return
	}
	if !g.store(ctx, mine) {
		for _, p := range mine { // one batch that can't be stored must not hold up the others
			g.store(ctx, []*pending{p})
		}
	}
	for _, p := range mine {
		close(p.done)
	}
}

// store commits the batches together and says whether that is all there is to
// do: false when they failed and are more than one.
func (g *group) store(ctx context.Context, mine []*pending) bool {
	batches := make([]centraldb.Batch, len(mine))
	for i, p := range mine {
		batches[i] = p.batch
	}
	stored, err := g.log.Append(ctx, batches)
	if err != nil && len(mine) > 1 {
		return false
	}
	for i, p := range mine {
		p.err = err
		p.stored = err == nil && stored[i]
	}
	return true
}
