package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// sameLog fails unless the log holds exactly these kiosks' records, each once.
func sameLog(t *testing.T, c *centre, kiosks ...*kiosk) {
	t.Helper()
	want := 0
	got := map[string][]centraldb.Logged{}
	for _, l := range c.stored() {
		got[l.Kiosk] = append(got[l.Kiosk], l)
	}
	for _, k := range kiosks {
		want += len(k.recs)
		for i, l := range got[k.id] {
			if i >= len(k.recs) || l.Seq != uint64(i+1) || l.Journal != k.journal || !bytes.Equal(l.Body, k.recs[i].Body) {
				t.Fatalf("%s: row %d is seq %d", k.id, i, l.Seq)
			}
		}
	}
	if n := len(c.stored()); n != want {
		t.Fatalf("%d rows, want %d", n, want)
	}
}

func TestBatchesAreStoredInOrderOnce(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	k.punches(t, 250)
	wantAck(t, c.ack(k.send(t, 101, 200)), k, 0, false) // too early: the current ack
	first := k.send(t, 1, 100)
	wantAck(t, c.ack(first), k, 100, false)
	wantAck(t, c.ack(first), k, 100, false) // a repetition
	wantAck(t, c.ack(k.send(t, 101, 200)), k, 200, false)
	wantAck(t, c.ack(k.send(t, 150, 249)), k, 200, false) // overlaps: go back N
	wantAck(t, c.ack(k.send(t, 201, 250)), k, 250, false)
	wantAck(t, c.ack(first), k, 250, false)
	sameLog(t, c, k)
	want := map[ingest.Event]uint64{
		ingest.Stored: 250, ingest.Batches: 3, ingest.OutOfOrder: 1, ingest.Duplicates: 100 + 51 + 100,
		ingest.Forks: 0, ingest.Faults: 0, ingest.Failures: 0,
	}
	for e, n := range want {
		if got := c.counts.Of(e); got != n {
			t.Errorf("%s: %d, want %d", e, got, n)
		}
	}
	// Another process goes on from the tables alone.
	c.ingest = c.newIngest(c.log)
	k.punches(t, 1)
	wantAck(t, c.ack(k.send(t, 251, 251)), k, 251, false)
}

func TestPoisonRecordsAreQuarantinedAndBlockNothing(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	k.punches(t, 10)
	b := k.batch(1, 10)
	b.Entries[2].Body = []byte(`{"v":1,"type":"punch","person":"somebody else"}`) // altered
	b.Entries[4].Body = nil                                                       // malformed
	b.Entries[6].Body = bytes.Repeat([]byte("x"), record.MaxBody+1)               // malformed
	b.Entries[8].Sig = nil                                                        // unsigned, seen because the run is broken
	a := c.ack(k.seal(t, wire.UpRecords, wire.TypeRecords, b))
	wantAck(t, a, k, 10, false)
	var seqs []uint64
	for _, l := range c.stored() {
		seqs = append(seqs, l.Seq)
	}
	if len(seqs) != 6 || c.counts.Of(ingest.Faults) != 4 {
		t.Fatalf("stored %v, %d faults", seqs, c.counts.Of(ingest.Faults))
	}
	// The same again is a repetition, judged by the carried hashes.
	wantAck(t, c.ack(k.seal(t, wire.UpRecords, wire.TypeRecords, b)), k, 10, false)
	k.punches(t, 1)
	wantAck(t, c.ack(k.send(t, 11, 11)), k, 11, false)
	if c.counts.Of(ingest.Forks) != 0 || c.counts.Of(ingest.Duplicates) != 10 {
		t.Fatalf("%v", c.counts.All())
	}
}

func TestForkIsKeptApartAndToldToReopen(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	k.punches(t, 8)
	wantAck(t, c.ack(k.send(t, 1, 8)), k, 8, false)
	old := *k
	old.recs = old.recs[:5:5] // an older copy of the card goes on
	old.write(t, []byte(`{"v":1,"type":"boot"}`))
	old.punches(t, 4)
	wantAck(t, c.ack(old.send(t, 6, 10)), k, 8, true)
	wantAck(t, c.ack(old.send(t, 6, 10)), k, 8, true)
	wantAck(t, c.ack(old.send(t, 9, 10)), k, 8, true) // closed: nothing is counted any more
	if n := c.counts.Of(ingest.Reopens); n != 1 {
		t.Fatalf("%d reopens", n)
	}
	sameLog(t, c, k)
	forks, err := c.log.Asides(t.Context(), k.id, k.journal)
	if err != nil {
		t.Fatal(err)
	}
	if len(forks) != 5 || forks[0].Kind != centraldb.Fork || !bytes.Equal(forks[4].Record.Body, old.recs[9].Body) {
		t.Fatalf("kept apart: %+v", forks)
	}
	// The new journal is taken from its beginning.
	old.journal, old.recs = record.JournalID{9}, nil
	old.punches(t, 3)
	wantAck(t, c.ack(old.send(t, 1, 3)), &old, 3, false)
}

func TestNothingIsAcknowledgedBeforeTheCommit(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	k.punches(t, 3)
	broken := &brokenLog{Log: c.log, fail: errors.New("disk on fire")}
	c.ingest = c.newIngest(broken)
	c.silence(k.send(t, 1, 3), ingest.Failures)
	broken.fail = nil
	wantAck(t, c.ack(k.send(t, 1, 3)), k, 3, false)
	sameLog(t, c, k)
}

// brokenLog fails to append while told to.
type brokenLog struct {
	ingest.Log
	fail error
}

func (b *brokenLog) Append(ctx context.Context, batches []centraldb.Batch) ([]bool, error) {
	if b.fail != nil {
		return nil, b.fail
	}
	return b.Log.Append(ctx, batches)
}

// gatedLog lets the test hold up the first commit and sees the size of each.
type gatedLog struct {
	ingest.Log
	entered chan int
	gate    chan struct{}
}

func (g *gatedLog) Append(ctx context.Context, batches []centraldb.Batch) ([]bool, error) {
	g.entered <- len(batches)
	<-g.gate
	return g.Log.Append(ctx, batches)
}

func TestWaitingBatchesShareACommit(t *testing.T) {
	t.Parallel()
	kiosks := []*kiosk{newKiosk("a"), newKiosk("bb"), newKiosk("ccc"), newKiosk("dddd")}
	c := newCentre(t, kiosks...)
	g := &gatedLog{Log: c.log, entered: make(chan int, 8), gate: make(chan struct{})}
	in := c.newIngest(g)
	var all sync.WaitGroup
	for _, k := range kiosks {
		k.punches(t, 5)
		m := k.send(t, 1, 5)
		all.Go(func() {
			if out := in.Handle(t.Context(), m); len(out) != 1 {
				t.Errorf("%s: %d answers", k.id, len(out))
			}
		})
	}
	sum := 0
	for sum < len(kiosks) {
		sum += <-g.entered
		g.gate <- struct{}{}
	}
	all.Wait()
	sameLog(t, c, kiosks...)
}

// pickyLog fails every commit that a certain kiosk's batch is part of.
type pickyLog struct {
	ingest.Log
	kiosk string
}

func (p *pickyLog) Append(ctx context.Context, batches []centraldb.Batch) ([]bool, error) {
	for _, b := range batches {
		if b.Kiosk == p.kiosk {
			return nil, errors.New("can't store this")
		}
	}
	return p.Log.Append(ctx, batches)
}

func TestOneKiosksTroubleIsNotTheOthers(t *testing.T) {
	t.Parallel()
	bad, good, first := newKiosk("bad"), newKiosk("good"), newKiosk("first")
	c := newCentre(t, bad, good, first)
	g := &gatedLog{Log: &pickyLog{c.log, bad.id}, entered: make(chan int, 8), gate: make(chan struct{}, 8)}
	in := c.newIngest(g)
	handle := func(k *kiosk, answers int) func() {
		k.punches(t, 2)
		m := k.send(t, 1, 2)
		return func() {
			if out := in.Handle(t.Context(), m); len(out) != answers {
				t.Errorf("%s: %d answers", k.id, len(out))
			}
		}
	}
	var all sync.WaitGroup
	all.Go(handle(first, 1))
	<-g.entered // its commit holds up the two others
	waiting := in.Waiting()
	all.Go(handle(bad, 0))
	all.Go(handle(good, 1))
	for in.Waiting() < waiting+2 {
		runtime.Gosched()
	}
	for range 4 { // first; both together; each alone
		g.gate <- struct{}{}
	}
	all.Wait()
	sameLog(t, c, good, first)
	if n := len(g.entered); n != 3 {
		t.Errorf("%d more commits, want both together and each alone", n)
	}
}

func TestTwoProcessesOnOneKiosk(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	other := c.newIngest(c.log)
	k.punches(t, 40)
	for i := 1; i <= 40; i += 10 { // they take turns; each one's cursor is stale every time
		m := k.send(t, i, i+9)
		wantAck(t, c.ack(m), k, i+9, false)
		c.ingest, other = other, c.ingest
		wantAck(t, c.ack(m), k, i+9, false)
	}
	sameLog(t, c, k)
}
