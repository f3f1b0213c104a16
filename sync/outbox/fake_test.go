package outbox_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

const (
	org   = "acme"
	kiosk = "front-door"
)

func key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// memJournal is the journal's contract in memory.
type memJournal struct {
	key      ed25519.PrivateKey
	journals int
	id       record.JournalID
	recs     []record.Record // of the current journal, from seq 1
	oldest   uint64
	acked    uint64
	gen      uint64
	releases int
	old      [][]record.Record
}

func newJournal(n int) *memJournal {
	j := &memJournal{key: key("kiosk record key"), oldest: 1}
	j.begin()
	for range n {
		j.punch(nil)
	}
	return j
}

func (j *memJournal) begin() {
	j.journals++
	sum := sha256.Sum256(fmt.Append(nil, "journal", j.journals))
	j.id = record.JournalID(sum[:16])
	j.recs, j.oldest, j.acked = nil, 1, 0
}

func (j *memJournal) chain() record.Chain {
	return record.Chain{Org: org, Kiosk: kiosk, Journal: j.id}
}

func (j *memJournal) hashAt(seq uint64) record.Hash {
	if seq == 0 {
		return j.chain().Genesis(j.key.Public().(ed25519.PublicKey))
	}
	return j.recs[seq-1].Hash
}

// punch appends a record with the given body, or a small one of its own.
func (j *memJournal) punch(body []byte) {
	seq := uint64(len(j.recs)) + 1
	if body == nil {
		body = fmt.Appendf(nil, `{"v":1,"type":"punch","person":"p-%d","action":"in"}`, seq)
	}
	r, err := record.Append(j.chain(), j.key, seq, j.hashAt(seq-1), body)
	if err != nil {
		panic(err)
	}
	j.recs = append(j.recs, r)
}

func (j *memJournal) Head(context.Context) (outbox.Head, error) {
	n := uint64(len(j.recs))
	return outbox.Head{Journal: j.id, Seq: n, Hash: j.hashAt(n), Oldest: j.oldest, Acked: j.acked, Queue: int(n - j.acked)}, nil
}

func (j *memJournal) After(_ context.Context, seq uint64, limit int) ([]record.Record, error) {
	from := min(max(seq, j.oldest-1), uint64(len(j.recs)))
	to := min(from+uint64(limit), uint64(len(j.recs)))
	return slices.Clone(j.recs[from:to]), nil
}

func (j *memJournal) Release(_ context.Context, id record.JournalID, through uint64, h record.Hash, gen uint64) error {
	untrusted := problem.New(problem.Untrusted, "Not our hash.", "")
	if id != j.id || through > uint64(len(j.recs)) || gen < j.gen || (through < j.acked && gen == j.gen) {
		return untrusted
	}
	if j.hashAt(through) != h {
		return untrusted
	}
	j.acked, j.gen = through, gen
	j.releases++
	return nil
}

func (j *memJournal) Reopen(_ context.Context, reason string) error {
	j.old = append(j.old, j.recs[j.acked:])
	j.begin()
	j.punch(fmt.Appendf(nil, `{"v":1,"type":"opened","reason":%q}`, reason))
	return nil
}

// centre is what central does with records, in memory.
type centre struct {
	t       testing.TB
	public  ed25519.PublicKey
	gen     uint64
	credits int
	stored  map[record.JournalID][]record.Record
	repeats int
}

func newCentre(t testing.TB) *centre {
	return &centre{
		t: t, gen: 1, credits: 1000, stored: map[record.JournalID][]record.Record{},
		public: key("kiosk record key").Public().(ed25519.PublicKey),
	}
}

func (c *centre) ack(id record.JournalID) wire.Ack {
	a := wire.Ack{Gen: c.gen, Journal: id, Through: uint64(len(c.stored[id])), Credits: c.credits}
	if a.Through > 0 {
		a.Hash = c.stored[id][a.Through-1].Hash
	}
	return a
}

// receive stores a batch and gives the answer with the id it answers.
func (c *centre) receive(m wire.Message) (string, wire.Ack) {
	c.t.Helper()
	_, e, err := wire.Open(m, func(wire.Topic, string) (ed25519.PublicKey, error) { return c.public, nil })
	if err != nil {
		c.t.Fatalf("central can't open what the outbox sent: %v", err)
	}
	var b wire.Records
	if err := e.Decode(&b); err != nil {
		c.t.Fatalf("central can't read the batch: %v", err)
	}
	if len(b.Entries) == 0 || len(b.Entries) > wire.MaxBatch {
		c.t.Fatalf("a batch of %d records", len(b.Entries))
	}
	if c.credits > 0 && b.From <= uint64(len(c.stored[b.Journal]))+1 {
		c.store(b)
	}
	return e.ID, c.ack(b.Journal)
}

func (c *centre) store(b wire.Records) {
	c.t.Helper()
	have := c.stored[b.Journal]
	for i, en := range b.Entries {
		seq := b.From + uint64(i)
		if seq > uint64(len(have)) {
			have = append(have, record.Record{Journal: b.Journal, Seq: seq, Body: en.Body, Hash: en.Hash, Sig: en.Sig})
			continue
		}
		if c.repeats++; have[seq-1].Hash != en.Hash {
			c.t.Fatalf("record %d was sent with two hashes", seq)
		}
	}
	c.stored[b.Journal] = have
}

// check verifies that what is stored of the journal is exactly its beginning.
func (c *centre) check(j *memJournal) {
	c.t.Helper()
	got := c.stored[j.id]
	if len(got) > len(j.recs) {
		c.t.Fatalf("central stores %d of %d records", len(got), len(j.recs))
	}
	for i, r := range got {
		if r.Hash != j.recs[i].Hash || string(r.Body) != string(j.recs[i].Body) {
			c.t.Fatalf("record %d is not what was written", i+1)
		}
	}
	if int(j.acked) > len(got) && c.gen == j.gen {
		c.t.Fatalf("released through %d, central stores %d", j.acked, len(got))
	}
}

func newOutbox(j outbox.Journal) *outbox.Outbox {
	return outbox.New(config(j, 1))
}

func config(j outbox.Journal, gen uint64) outbox.Config {
	n, k := 0, key("kiosk record key")
	return outbox.Config{
		Journal: j, Sealer: wire.NewSigner(k), Key: k.Public().(ed25519.PublicKey), Gen: gen,
		Topic: wire.Topic{Org: org, Kiosk: kiosk, Channel: wire.UpRecords},
		IDs:   func() string { n++; return fmt.Sprintf("m-%d", n) },
	}
}

var start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// next and onAck fail the test on errors, which only a broken journal gives.
func next(t testing.TB, o *outbox.Outbox, now time.Time) []wire.Message {
	t.Helper()
	ms, err := o.Next(context.Background(), now)
	if err != nil {
		t.Fatalf("next: %v", err)
	}
	if err := o.Prepare(context.Background()); err != nil {
		t.Fatalf("prepare: %v", err)
	}
	return ms
}

func onAck(t testing.TB, o *outbox.Outbox, now time.Time, re string, a wire.Ack) outbox.Verdict {
	t.Helper()
	v, err := o.OnAck(context.Background(), now, re, a)
	if err != nil {
		t.Fatalf("on ack: %v", err)
	}
	return v
}

// drain runs outbox and central over a good network until nothing is left.
func drain(t testing.TB, o *outbox.Outbox, c *centre, now time.Time) {
	t.Helper()
	queue := next(t, o, now)
	for len(queue) > 0 {
		re, a := c.receive(queue[0])
		onAck(t, o, now, re, a)
		queue = append(queue[1:], next(t, o, now)...)
	}
	if !o.Drained() {
		t.Fatalf("nothing to send, and not drained: %+v", o.Stats())
	}
}
