package outbox_test

import (
	"context"
	"testing"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
)

// failing is a journal whose disk fails at a Release, and which then turns out
// to be damaged: it is set aside and another one begun.
type failing struct {
	*memJournal
	fail bool
}

func (f *failing) Release(ctx context.Context, id record.JournalID, through uint64, h record.Hash, gen uint64) error {
	if f.fail {
		f.fail = false
		f.begin()
		f.punch([]byte(`{"v":1,"type":"opened","reason":"corrupt"}`))
		return problem.New(problem.OutOfOrder, "The disk.", "")
	}
	if id != f.id {
		return problem.New(problem.NotFound, "Not here any more.", "")
	}
	return f.memJournal.Release(ctx, id, through, h, gen)
}

// What was acknowledged of a journal that is not there any more can't be written
// down; the new one must go up all the same.
func TestAJournalReplacedUnderneathDoesNotStopTheSending(t *testing.T) {
	t.Parallel()
	j := &failing{memJournal: newJournal(3)}
	c, o := newCentre(t), newOutbox(j)
	ms := next(t, o, start)
	re, a := c.receive(ms[0])
	onAck(t, o, start, re, a)
	j.fail = true
	if _, err := o.Next(t.Context(), start); err == nil {
		t.Fatal("the disk's error was swallowed")
	}
	if err := o.Reset(t.Context()); err != nil { // the link is dropped
		t.Fatalf("reset: %v", err)
	}
	h, err := o.Head(t.Context())
	if err != nil || h.Journal != j.id {
		t.Fatalf("head: %+v, %v", h, err)
	}
	drain(t, o, c, start)
	if got := len(c.stored[j.id]); got != 1 {
		t.Errorf("%d records of the new journal arrived", got)
	}
}
