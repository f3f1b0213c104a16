package ingest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

func (c *centre) welcome(k *kiosk, h wire.Hello) wire.Welcome {
	c.t.Helper()
	m := k.seal(c.t, wire.UpReq, wire.TypeHello, h)
	out := c.send(m)
	if len(out) != 1 || out[0].env.Type != wire.TypeWelcome {
		c.t.Fatalf("answers %+v", out)
	}
	var w wire.Welcome
	if err := out[0].env.Decode(&w); err != nil {
		c.t.Fatal(err)
	}
	return w
}

func TestHelloIsWelcomed(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k, newKiosk("lobby"))
	k.punches(t, 5)
	c.ack(k.send(t, 1, 3))
	h := k.hello()
	h.Keyset, h.Queue = 4, 2
	w := c.welcome(k, h)
	want := wire.Welcome{
		Versions: wire.Versions{1}, Gen: 3, Roster: 7, FleetSize: 2, Real: start.UnixNano(), Keyset: &wire.Keyset{Version: 5},
		Brokers: []string{"tls://b:8883"},
		Ack:     wire.Ack{Gen: 3, Journal: k.journal, Through: 3, Hash: k.hashAt(3), Credits: w.Ack.Credits},
	}
	if d := cmp.Diff(want, w); d != "" {
		t.Fatal(d)
	}
	if w.Ack.Credits < wire.MaxBatch {
		t.Fatalf("%d credits", w.Ack.Credits)
	}
	seen, err := c.db.Kiosk(t.Context(), k.id)
	if err != nil {
		t.Fatal(err)
	}
	if seen.LastSeen != start.UnixNano() || seen.LastQueue != 2 || seen.LastRoster != 7 || seen.Software != "test" {
		t.Fatalf("seen %+v", seen)
	}
	if w = c.welcome(k, k.hello()); w.Keyset != nil {
		t.Fatal("the kiosk has this keyset")
	}
}

func TestHelloOfANewJournal(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	wantAck(t, c.welcome(k, k.hello()).Ack, k, 0, false) // the hash before record 1 is known to both
}

func TestRolledBackCardIsToldToReopen(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	k.punches(t, 6)
	c.ack(k.send(t, 1, 6))
	h := k.hello()
	h.Head, h.HeadHash = 4, k.hashAt(4)
	wantAck(t, c.welcome(k, h).Ack, k, 6, false) // the batch may have overtaken it
	c.now = c.now.Add(time.Minute)
	wantAck(t, c.welcome(k, h).Ack, k, 6, true)
	c.ingest = c.newIngest(c.log)
	wantAck(t, c.welcome(k, h).Ack, k, 6, true)
	h = k.hello()
	h.HeadHash = record.Hash{1}
	wantAck(t, c.welcome(k, h).Ack, k, 6, true)
	// A hello alone closes nothing: an old one may have been replayed.
	k.punches(t, 1)
	wantAck(t, c.ack(k.send(t, 7, 7)), k, 7, false)
}

func TestGapIsWrittenDownAndPassed(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	k.punches(t, 30)
	c.ack(k.send(t, 1, 5))
	h := k.hello()
	h.Oldest = 11
	w := c.welcome(k, h)
	if w.Ack.Through != 10 || w.Ack.Hash != (record.Hash{}) || w.Ack.Reopen {
		t.Fatalf("ack %+v", w.Ack)
	}
	c.welcome(k, h) // again: nothing more happens
	gaps, err := c.log.Gaps(t.Context(), k.id)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]centraldb.Gap{{
		Kiosk: k.id, Journal: k.journal, Before: centraldb.Cursor{Through: 5}, To: 10, NoticedAt: start,
	}}, gaps); d != "" {
		t.Fatal(d)
	}
	wantAck(t, c.ack(k.send(t, 11, 20)), k, 20, false) // linked by its own signature, then by the chain
	wantAck(t, c.ack(k.send(t, 21, 30)), k, 30, false)
	if n := len(c.stored()); n != 25 {
		t.Fatalf("%d rows", n)
	}
	// What turns up after all is kept apart.
	wantAck(t, c.ack(k.send(t, 6, 12)), k, 30, false)
	if got := c.counts.Of(ingest.Late); got != 5 {
		t.Fatalf("%d late", got)
	}
	if got := c.counts.Of(ingest.Gaps); got != 1 {
		t.Fatalf("%d gaps", got)
	}
}

func TestTheFirstRecordAfterAGapNeedsItsOwnSignature(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*wire.Entry){
		string(record.Unsigned):  func(e *wire.Entry) { e.Sig = e.Sig[1:] },
		string(record.Malformed): func(e *wire.Entry) { e.Body = nil },
	} {
		k := newKiosk("gate")
		c := newCentre(t, k)
		k.punches(t, 12)
		h := k.hello()
		h.Oldest = 11
		c.welcome(k, h)
		b := k.batch(11, 12)
		spoil(&b.Entries[0])
		wantAck(t, c.ack(k.seal(t, wire.UpRecords, wire.TypeRecords, b)), k, 12, false)
		asides, err := c.log.Asides(t.Context(), k.id, k.journal)
		if err != nil {
			t.Fatal(err)
		}
		if len(asides) != 1 || asides[0].Reason != name || asides[0].Record.Seq != 11 || len(c.stored()) != 1 {
			t.Errorf("%s: %+v", name, asides)
		}
	}
}

func TestAServerThatHasGoneBackBeginsANewGeneration(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*wire.Hello){
		"acks":       func(h *wire.Hello) { h.Acked = 5 },
		"roster":     func(h *wire.Hello) { h.Roster = 9 },
		"generation": func(h *wire.Hello) { h.Gen = 6; h.Roster = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKiosk("gate")
			c := newCentre(t, k)
			k.punches(t, 5)
			c.ack(k.send(t, 1, 2)) // of five, three are lost in the restore
			h := k.hello()
			change(&h)
			w := c.welcome(k, h)
			if w.Gen != h.Gen+1 || w.Ack.Gen != w.Gen || w.Ack.Through != 2 || w.Ack.Hash != k.hashAt(2) {
				t.Fatalf("welcome %+v", w)
			}
			// The same kiosk, which has not heard of it yet, does not raise it again.
			if again := c.welcome(k, h); again.Gen != w.Gen {
				t.Fatalf("raised twice: %d", again.Gen)
			}
			if n := c.counts.Of(ingest.WentBack); n != 1 {
				t.Fatalf("counted %d", n)
			}
			// Acks of a process that has been running all along follow.
			if a := c.ack(k.send(t, 3, 5)); a.Gen != w.Gen || a.Through != 5 {
				t.Fatalf("ack %+v", a)
			}
		})
	}
}

// A kiosk in bad hands can't make the whole fleet fetch its rosters again and
// again, nor use generations up until no kiosk is heard any more.
func TestGenerationsAreNotRaisedAtWill(t *testing.T) {
	t.Parallel()
	hostile, honest := newKiosk("gate"), newKiosk("door")
	c := newCentre(t, hostile, honest)
	honest.punches(t, 2)
	far := hostile.hello()
	far.Gen = 1<<40 - 1
	w := c.welcome(hostile, far)
	if n := c.counts.Of(ingest.Disbelieved); w.Gen >= far.Gen || n != 1 {
		t.Fatalf("generation %d, %d not believed", w.Gen, n)
	}
	in := w.Gen
	for range 5 {
		h := hostile.hello()
		h.Gen, h.Roster = in, 1<<50
		in = c.welcome(hostile, h).Gen
	}
	if in != w.Gen+1 {
		t.Errorf("from generation %d to %d on one kiosk's word", w.Gen, in)
	}
	h := honest.hello()
	h.Gen = in
	if got := c.welcome(honest, h); got.Gen != in {
		t.Errorf("an honest kiosk hears of generation %d, not %d", got.Gen, in)
	}
	// Another kiosk's word still counts, and this one's after it was enrolled anew.
	for _, k := range []*kiosk{honest, hostile} {
		c.ingest.Forget(hostile.id)
		h := k.hello()
		h.Gen, h.Roster = in, 1<<50
		if got := c.welcome(k, h); got.Gen != in+1 {
			t.Errorf("%s: generation %d after %d", k.id, got.Gen, in)
		}
		in++
	}
}

func TestPullIsAnsweredByTheRoster(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	out := c.ingest.Handle(t.Context(), k.seal(t, wire.UpReq, wire.TypePull, wire.Pull{Gen: 3}))
	if len(out) != 1 || out[0].Topic != "page" {
		t.Fatalf("%+v", out)
	}
}
