package outbox_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

func TestDrainsInOrderOnce(t *testing.T) {
	t.Parallel()
	j, c := newJournal(1234), newCentre(t)
	o := newOutbox(j)
	drain(t, o, c, start)
	c.check(j)
	if j.acked != 1234 || c.repeats != 0 {
		t.Errorf("released through %d, %d repeats; want 1234 and 0", j.acked, c.repeats)
	}
	if j.releases > 3 {
		t.Errorf("%d releases for 13 batches: they should be written down together", j.releases)
	}
	j.punch(nil)
	drain(t, o, c, start)
	if j.acked != 1235 {
		t.Errorf("the live punch is not released: %d", j.acked)
	}
}

func TestWindowAndTimeouts(t *testing.T) {
	t.Parallel()
	o, now := newOutbox(newJournal(1000)), start
	if got := next(t, o, now); len(got) != wire.Window {
		t.Fatalf("%d messages at first, want the window of %d", len(got), wire.Window)
	}
	if got := next(t, o, now.Add(9*time.Second)); len(got) != 0 {
		t.Fatalf("%d messages with a full window", len(got))
	}
	for i, wait := range []int{10, 20, 40, 80, 120, 120} {
		at, ok := o.Deadline()
		if want := now.Add(time.Duration(wait) * time.Second); !ok || !at.Equal(want) {
			t.Fatalf("deadline %d is %v (%v), want %v", i, at, ok, want)
		}
		now = at
		if got := next(t, o, now); len(got) != wire.Window {
			t.Fatalf("%d messages after timeout %d", len(got), i)
		}
		if o.Strikes() != i+1 {
			t.Fatalf("%d strikes after %d timeouts", o.Strikes(), i+1)
		}
	}
}

func TestLostBatchIsSentAgainAtOnce(t *testing.T) {
	t.Parallel()
	j, c := newJournal(400), newCentre(t)
	o := newOutbox(j)
	ms := next(t, o, start)
	re, a := c.receive(ms[1]) // the first is lost
	if v := onAck(t, o, start, re, a); v != outbox.Standing {
		t.Fatalf("verdict %s", v)
	}
	again := next(t, o, start)
	if len(again) != 2 {
		t.Fatalf("%d messages after the news of a loss, want both again", len(again))
	}
	if v := onAck(t, o, start, re, a); v != outbox.Standing { // the network repeats itself
		t.Fatalf("verdict %s", v)
	}
	if got := next(t, o, start); len(got) != 0 {
		t.Fatalf("a repeated answer to a forgotten message caused %d messages", len(got))
	}
	for _, m := range again {
		re, a := c.receive(m)
		onAck(t, o, start, re, a)
	}
	drain(t, o, c, start)
	c.check(j)
}

func TestHalvesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	j, c := newJournal(0), newCentre(t)
	for i := range 250 {
		j.punch(noise(i))
	}
	o := newOutbox(j)
	drain(t, o, c, start)
	c.check(j)
	if o.Stats().Halved == 0 || j.acked != 250 {
		t.Errorf("halved %d, released %d", o.Stats().Halved, j.acked)
	}
	for range 5000 { // later ones are small: the batches grow again
		j.punch(nil)
	}
	before := o.Stats().Batches
	drain(t, o, c, start)
	if n := o.Stats().Batches - before; n > 120 {
		t.Errorf("%d batches for 5000 small records", n)
	}
}

// noise is a body of nearly 4 KiB that does not compress.
func noise(i int) []byte {
	var b bytes.Buffer
	for k := 0; b.Len() < 2900; k++ {
		sum := sha256.Sum256(fmt.Append(nil, i, k))
		b.Write(sum[:])
	}
	return fmt.Appendf(nil, `{"v":1,"type":"punch","note":%q}`, base64.StdEncoding.EncodeToString(b.Bytes()))
}

func TestCredits(t *testing.T) {
	t.Parallel()
	j, c := newJournal(500), newCentre(t)
	o, now := newOutbox(j), start
	c.credits = 0
	for _, m := range next(t, o, now) {
		re, a := c.receive(m)
		if v := onAck(t, o, now, re, a); v != outbox.Standing {
			t.Fatalf("verdict %s", v)
		}
	}
	if !o.Waiting(now) || len(next(t, o, now.Add(9*time.Second))) != 0 {
		t.Fatal("sends though central asked it to wait")
	}
	if o.Strikes() != 0 {
		t.Fatal("being asked to wait counted as a timeout")
	}
	at, ok := o.Deadline()
	if !ok || o.Drained() {
		t.Fatalf("deadline %v, drained %v: it must ask again", ok, o.Drained())
	}
	c.credits = 30
	ms := next(t, o, at)
	if len(ms) != 2 {
		t.Fatalf("%d messages after the wait", len(ms))
	}
	for _, m := range ms {
		re, a := c.receive(m)
		onAck(t, o, at, re, a)
	}
	if ms = next(t, o, at); len(ms) != 1 {
		t.Fatalf("%d messages on 30 credits, want 1", len(ms))
	}
	c.receive(ms[0])
	if got := len(c.stored[j.id]); got != 230 {
		t.Fatalf("central has %d records, want 200 and 30 more", got)
	}
}

func TestResumesAfterRestartAndReset(t *testing.T) {
	t.Parallel()
	j, c := newJournal(700), newCentre(t)
	o := newOutbox(j)
	ms := next(t, o, start)
	c.receive(ms[0])
	c.receive(ms[1]) // both stored, the answers are lost, and so is the process
	o = newOutbox(j)
	if v := onAck(t, o, start, "", c.ack(j.id)); v != outbox.Advanced || j.acked != 200 {
		t.Fatalf("verdict %s, released %d: the welcome's ack heals", v, j.acked)
	}
	next(t, o, start)
	if err := o.Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	drain(t, o, c, start)
	c.check(j)
	if j.acked != 700 || c.repeats != 0 {
		t.Errorf("released %d, repeats %d", j.acked, c.repeats)
	}
}

func TestStartsAtTheOldestHeld(t *testing.T) {
	t.Parallel()
	j := newJournal(50)
	j.oldest, j.acked = 31, 10
	o := newOutbox(j)
	h, err := o.Head(context.Background())
	if err != nil || h.Oldest != 31 {
		t.Fatalf("head %+v, %v", h, err)
	}
	c := newCentre(t)
	c.stored[j.id] = j.recs[:30] // central wrote the gap and goes on from oldest
	drain(t, o, c, start)
	if j.acked != 50 {
		t.Errorf("released through %d", j.acked)
	}
}

type brokenJournal struct {
	*memJournal
	err error
}

func (b brokenJournal) Release(context.Context, record.JournalID, uint64, record.Hash, uint64) error {
	return b.err
}

func TestJournalErrorsAreNotSwallowed(t *testing.T) {
	t.Parallel()
	j, c, broken := newJournal(10), newCentre(t), errors.New("disk gone")
	o := newOutbox(brokenJournal{j, broken})
	re, a := c.receive(next(t, o, start)[0])
	onAck(t, o, start, re, a)
	if _, err := o.Next(context.Background(), start); !errors.Is(err, broken) {
		t.Errorf("got %v, want the disk's error", err)
	}
}
