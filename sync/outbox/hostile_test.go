package outbox_test

import (
	"testing"
	"time"

	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// TestRefusals: what a signed acknowledgement must not do. Nothing is released.
func TestRefusals(t *testing.T) {
	t.Parallel()
	j := newJournal(300)
	j.gen = 3
	at := func(through uint64) record.Hash { return j.hashAt(through) }
	good := wire.Ack{Gen: 3, Journal: j.id, Through: 100, Hash: at(100), Credits: 100}
	alter := func(f func(*wire.Ack)) wire.Ack { a := good; f(&a); return a }
	cases := []struct {
		name string
		ack  wire.Ack
		want outbox.Verdict
	}{
		{"another journal", alter(func(a *wire.Ack) { a.Journal[3] ^= 1 }), outbox.RefJournal},
		{"another journal says reopen", alter(func(a *wire.Ack) { a.Journal[3] ^= 1; a.Reopen = true }), outbox.RefJournal},
		{"an old generation", alter(func(a *wire.Ack) { a.Gen = 2 }), outbox.RefGen},
		{"an old generation says reopen", alter(func(a *wire.Ack) { a.Gen = 2; a.Reopen = true }), outbox.RefGen},
		{"another hash", alter(func(a *wire.Ack) { a.Hash[0] ^= 1 }), outbox.RefHash},
		{"no hash", alter(func(a *wire.Ack) { a.Hash = record.Hash{} }), outbox.RefHash},
		{"the hash of another place", alter(func(a *wire.Ack) { a.Hash = at(101) }), outbox.RefHash},
		{"a place never written", alter(func(a *wire.Ack) { a.Through = 301 }), outbox.RefHash},
		{"a place far off", alter(func(a *wire.Ack) { a.Through = ^uint64(0) }), outbox.RefHash},
		{"another hash in a new generation", alter(func(a *wire.Ack) { a.Gen = 4; a.Hash[0] ^= 1 }), outbox.RefHash},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := outbox.New(config(j, 3))
			sent := next(t, o, start)
			if v := onAck(t, o, start, "m-1", c.ack); v != c.want {
				t.Errorf("verdict %s, want %s", v, c.want)
			}
			s := o.Stats()
			if n := s.RefusedJournal + s.RefusedGen + s.RefusedHash; n != 1 || s.Acks != 0 {
				t.Errorf("counted %d refusals and %d acks", n, s.Acks)
			}
			if next(t, o, start); j.acked != 0 || j.gen != 3 || j.journals != 1 {
				t.Errorf("released %d, gen %d, journals %d", j.acked, j.gen, j.journals)
			}
			if at, ok := o.Deadline(); !ok || !at.Equal(start.Add(10*time.Second)) || len(sent) != 2 {
				t.Errorf("a refused ack moved the timeout to %v", at)
			}
		})
	}
}

func TestOldAckIsOvertaken(t *testing.T) {
	t.Parallel()
	j, c := newJournal(200), newCentre(t)
	o := newOutbox(j)
	ms := next(t, o, start)
	re1, a1 := c.receive(ms[0])
	re2, a2 := c.receive(ms[1])
	if v := onAck(t, o, start, re2, a2); v != outbox.Advanced {
		t.Fatalf("verdict %s", v)
	}
	if v := onAck(t, o, start, re1, a1); v != outbox.Stale {
		t.Fatalf("verdict %s", v)
	}
	if next(t, o, start); j.acked != 200 || !o.Drained() {
		t.Errorf("released %d", j.acked)
	}
}

func TestNewGenerationMayGoDown(t *testing.T) {
	t.Parallel()
	j, c := newJournal(500), newCentre(t)
	o := newOutbox(j)
	drain(t, o, c, start)
	c.stored[j.id] = c.stored[j.id][:120] // central was restored from a backup
	if v := onAck(t, o, start, "", c.ack(j.id)); v != outbox.Stale || j.acked != 500 {
		t.Fatalf("under the same generation: verdict %s, released %d", v, j.acked)
	}
	c.gen = 2
	if v := onAck(t, o, start, "", c.ack(j.id)); v != outbox.WentDown || j.acked != 120 {
		t.Fatalf("verdict %s, released %d", v, j.acked)
	}
	drain(t, o, c, start)
	c.check(j)
	if j.acked != 500 || o.Gen() != 2 {
		t.Errorf("released %d, gen %d", j.acked, o.Gen())
	}
}

// TestReopenForAnOldHeadIsNotObeyed: a hello was held up on its way until central
// had more than it speaks of. A new journal for each would scatter the records.
func TestReopenForAnOldHeadIsNotObeyed(t *testing.T) {
	t.Parallel()
	j, c := newJournal(250), newCentre(t)
	o := newOutbox(j)
	sent := next(t, o, start)
	_, late := c.receive(sent[0])
	late.Reopen = true
	if v := onAck(t, o, start, "a hello", late); v != outbox.Advanced || j.journals != 1 {
		t.Fatalf("verdict %s, %d journals", v, j.journals)
	}
	re, a := c.receive(sent[1])
	if v := onAck(t, o, start, re, a); v != outbox.Advanced {
		t.Fatalf("verdict %s", v)
	}
	if v := onAck(t, o, start, "a hello", late); v != outbox.Stale || j.journals != 1 {
		t.Fatalf("later still: verdict %s, %d journals", v, j.journals)
	}
	last := next(t, o, start)
	re, closed := c.receive(last[len(last)-1])
	closed.Reopen = true
	if v := onAck(t, o, start, re, closed); v != outbox.Reopened || j.journals != 2 {
		t.Fatalf("the answer to a batch: verdict %s, %d journals", v, j.journals)
	}
}

func TestReopen(t *testing.T) {
	t.Parallel()
	j, c := newJournal(250), newCentre(t)
	o := newOutbox(j)
	first := j.id
	re, a := c.receive(next(t, o, start)[0])
	onAck(t, o, start, re, a)
	fork := c.ack(first)
	fork.Reopen, fork.Hash = true, record.Hash{1}
	if v := onAck(t, o, start, "", fork); v != outbox.Reopened {
		t.Fatalf("verdict %s", v)
	}
	if v := onAck(t, o, start, "", fork); v != outbox.RefJournal || j.journals != 2 {
		t.Fatalf("the same order again: verdict %s, %d journals", v, j.journals)
	}
	if len(j.old) != 1 || len(j.old[0]) != 150 {
		t.Fatal("the old journal's tail is not what was unacknowledged")
	}
	for range 5 {
		j.punch(nil)
	}
	drain(t, o, c, start)
	c.check(j)
	if len(c.stored[j.id]) != 6 {
		t.Errorf("central has %d records of the new journal", len(c.stored[j.id]))
	}
}
