package main

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// copied counts the copies of a roster.
type copied struct {
	changes chan struct{}
	version uint64
	copies  []uint64
}

func (c *copied) Follow(context.Context) <-chan struct{} { return c.changes }
func (c *copied) Version(context.Context) (gen, version uint64, err error) {
	return 1, c.version, nil
}
func (c *copied) Keep(context.Context) error {
	c.copies = append(c.copies, c.version)
	return nil
}

// Many changes within a minute are one copy; a change that is none of the roster is none.
func TestCopiesOfTheRoster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := &copied{changes: make(chan struct{}, 1), version: 3}
		ended := make(chan error)
		go func() { ended <- keepCopies(ctx, c, slog.New(slog.DiscardHandler)) }()
		time.Sleep(keepAfter + time.Second)
		for _, v := range []uint64{4, 5, 6, 6} {
			c.version = v
			select {
			case c.changes <- struct{}{}:
			default:
			}
			time.Sleep(time.Second)
		}
		time.Sleep(5 * keepAfter)
		c.changes <- struct{}{}
		time.Sleep(5 * keepAfter)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if len(c.copies) != 2 || c.copies[0] != 3 || c.copies[1] != 6 {
			t.Errorf("copies of versions %v, want 3 and 6", c.copies)
		}
	})
}
