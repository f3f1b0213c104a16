package e2e

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// hostile is two kiosks on one broker, of which the first has gone over to the
// other side: its daemon is gone, its certificate and keys are in bad hands.
type hostile struct {
	c       *centre
	thief   *enrol.Identity
	victim  *clock
	other   *enrol.Identity // the victim's identity; only its name and public parts are used to attack
	ids     *wire.IDs
	journal record.JournalID
	run     []record.Record
}

func newHostile(t *testing.T, c *centre) *hostile {
	t.Helper()
	people := importPeople(t, c, 2)
	first, victim := newClock(t, c, "Stolen", false), newClock(t, c, "Victim", false)
	for _, w := range []*clock{first, victim} {
		if _, err := w.punch(t, people[0], w.id+".1"); err != nil {
			t.Fatal(err)
		}
	}
	awaitDrained(t, []*clock{first, victim})
	first.proc.kill9()
	h := &hostile{c: c, thief: first.identity(t), victim: victim, other: victim.identity(t)}
	var err error
	if h.ids, err = wire.NewIDs(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if h.journal, err = record.NewJournalID(rand.Reader); err != nil {
		t.Fatal(err)
	}
	h.run = h.records(t, h.other.Kiosk, h.thief.RecordKey, 3)
	return h
}

// records makes n chained records of a journal of the named kiosk.
func (h *hostile) records(t *testing.T, kiosk string, key ed25519.PrivateKey, n int) []record.Record {
	t.Helper()
	chain := record.Chain{Org: organisation, Kiosk: kiosk, Journal: h.journal}
	prev := chain.Genesis(key.Public().(ed25519.PublicKey))
	var run []record.Record
	for i := range n {
		body, err := record.Encode(record.Body{Type: record.Punched, Person: "p-1", Action: "in", Note: "forged"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := record.Append(chain, key, uint64(i+1), prev, body)
		if err != nil {
			t.Fatal(err)
		}
		run, prev = append(run, r), r.Hash
	}
	return run
}

// batch seals the records for a topic under a key.
func (h *hostile) batch(t *testing.T, to wire.Topic, key ed25519.PrivateKey) wire.Message {
	t.Helper()
	b := wire.Records{Journal: h.journal, From: 1}
	for _, r := range h.run {
		b.Entries = append(b.Entries, wire.Entry{Body: r.Body, Hash: r.Hash, Sig: r.Sig})
	}
	return h.seal(t, to, key, wire.TypeRecords, b)
}

func (h *hostile) seal(t *testing.T, to wire.Topic, key ed25519.PrivateKey, typ wire.Type, body any) wire.Message {
	t.Helper()
	m, err := wire.NewSigner(key).Seal(to, typ, h.ids.Next(), "", body)
	if err != nil {
		t.Fatal(err)
	}
	m.QoS = to.QoS()
	return m
}

func up(kiosk string, ch wire.Channel) wire.Topic {
	return wire.Topic{Org: organisation, Kiosk: kiosk, Channel: ch}
}

// bomb is a small message that unpacks to more than any may have.
func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(make([]byte, 8*wire.MaxMessage)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if b.Len() > wire.MaxPayload {
		t.Fatalf("the bomb has %d bytes; the wire takes %d", b.Len(), wire.MaxPayload)
	}
	return b.Bytes()
}

func truncated(m wire.Message) wire.Message {
	m.Payload = m.Payload[:len(m.Payload)/2]
	return m
}

func moved(m wire.Message, to wire.Topic) wire.Message {
	m.Topic = to.String()
	return m
}

// resigned is somebody else's message whose key id and signature were replaced.
func resigned(t *testing.T, m wire.Message, change func(*wire.Envelope)) wire.Message {
	t.Helper()
	_, e, err := wire.Peek(m)
	if err != nil {
		t.Fatal(err)
	}
	change(&e)
	if m.Payload, err = json.Marshal(e); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestStolenKioskCannotSpeakForAnother: over the embedded broker, with a valid
// certificate, a kiosk tries to write into another's journal, to read what is
// meant for it, and to send central what no kiosk sends.
func TestStolenKioskCannotSpeakForAnother(t *testing.T) {
	t.Parallel()
	c := foundCentre(t)
	c.up(t, "--log-level", "debug")
	h := newHostile(t, c)
	thief, victim := h.thief.Kiosk, h.other.Kiosk
	addr := strings.TrimPrefix(h.thief.Brokers[0], "tls://")
	if u, err := url.Parse(h.thief.Brokers[0]); err != nil || u.Host != addr {
		t.Fatalf("broker address %q", h.thief.Brokers[0])
	}
	own := wire.KioskFilter(organisation, thief)
	before := h.stored(t)

	for _, filter := range []string{wire.KioskFilter(organisation, victim), "timepost/v1/#", "#", "+/+/+/+/+/+", "$SYS/#", "timepost/v1/acme/+/down/+"} {
		link, err := mqtt(t, c.keys(t), addr, thief, h.thief.Cert, filter).Dial(t.Context())
		if err == nil {
			t.Errorf("the broker let a kiosk subscribe to %s", filter)
			_ = link.Close() // the test has failed already
		}
	}
	if _, err := mqtt(t, c.keys(t), addr, victim, h.thief.Cert, wire.KioskFilter(organisation, victim)).Dial(t.Context()); err == nil {
		t.Error("the broker let a kiosk in under another's name")
	}

	link := connect(t, c.keys(t), addr, thief, h.thief.Cert, own)
	foreign := []wire.Message{
		h.batch(t, up(victim, wire.UpRecords), h.thief.RecordKey),
		h.batch(t, up(victim, wire.UpRecords), h.other.RecordKey), // not even with the right key
		h.seal(t, up(victim, wire.DownAck), c.keys(t).Message, wire.TypeAck, wire.Ack{Gen: 1, Journal: h.journal, Through: 99}),
		h.seal(t, up("nobody", wire.UpReq), h.thief.RecordKey, wire.TypeHello, wire.Hello{Versions: wire.Versions{1}}),
	}
	mine := []wire.Message{
		moved(h.batch(t, up(victim, wire.UpRecords), h.other.RecordKey), up(thief, wire.UpRecords)), // replayed across kiosks
		moved(h.batch(t, up(thief, wire.UpReq), h.thief.RecordKey), up(thief, wire.UpRecords)),      // across topics
		truncated(h.batch(t, up(thief, wire.UpRecords), h.thief.RecordKey)),
		{Topic: up(thief, wire.UpRecords).String(), Payload: bytes.Repeat([]byte("x"), wire.MaxPayload), QoS: 1},
		{Topic: up(thief, wire.UpReq).String(), Payload: []byte("{}")},
		{Topic: up(thief, wire.UpReq).String(), Payload: bomb(t)},
		h.batch(t, up(thief, wire.UpReq), h.thief.RecordKey), // a good message on the wrong channel
		resigned(t, h.batch(t, up(thief, wire.UpRecords), h.thief.RecordKey), func(e *wire.Envelope) { e.Body[0] ^= 1 }),
		resigned(t, h.batch(t, up(thief, wire.UpRecords), h.thief.RecordKey), func(e *wire.Envelope) { e.Kid = wire.KeyID(h.other.RecordKey.Public().(ed25519.PublicKey)) }),
	}
	for _, m := range append(foreign, mine...) {
		if err := link.Publish(t.Context(), m); err != nil {
			t.Fatalf("publish to %s: %v", m.Topic, err)
		}
	}
	counts := map[string]int{"reason=forged": 4, "reason=malformed": 4, "reason=misplaced": 1}
	eventually(t, 20*time.Second, "central has counted every attack", func() bool { return matches(c.proc.log, counts) == "" })
	h.silence(t, link)
	h.unharmed(t, before)
	t.Logf("%d messages to foreign topics stopped by the broker, %d to its own counted and dropped by central", len(foreign), len(mine))
}

// matches says which lines are not in the log as often as they must be.
func matches(log string, want map[string]int) string {
	b, err := os.ReadFile(log)
	if err != nil {
		return err.Error()
	}
	var wrong []string
	for text, n := range want {
		if got := bytes.Count(b, []byte(text)); got < n {
			wrong = append(wrong, text)
		}
	}
	return strings.Join(wrong, ", ")
}

// silence makes sure that central answers none of it: the answer to a request
// that comes after all of it is the only one.
func (h *hostile) silence(t *testing.T, link wire.Link) {
	t.Helper()
	ask := h.seal(t, up(h.thief.Kiosk, wire.UpReq), h.thief.RecordKey, wire.TypePull, wire.Pull{})
	if err := link.Publish(t.Context(), ask); err != nil {
		t.Fatal(err)
	}
	select {
	case m := <-link.Receive():
		if _, e, err := wire.Peek(m); err != nil || e.Type != wire.TypePage && e.Type != wire.TypeRefetch {
			t.Errorf("central answered an attack: %s %s %v", m.Topic, e.Type, err)
		}
	case <-time.After(20 * time.Second):
		t.Error("central does not answer an honest request any more")
	}
}

// stored gives how many punches central has.
func (h *hostile) stored(t *testing.T) int {
	t.Helper()
	eventually(t, 20*time.Second, "two punches at central", func() bool { return len(h.c.punches(t)) >= 2 })
	return len(h.c.punches(t))
}

// unharmed makes sure that nothing of it was stored and the victim works on.
func (h *hostile) unharmed(t *testing.T, before int) {
	t.Helper()
	page, err := h.victim.people(t)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.victim.punch(t, page[0].ID, h.victim.id+".2"); err != nil {
		t.Fatal(err)
	}
	awaitDrained(t, []*clock{h.victim})
	eventually(t, 20*time.Second, "the victim's next punch at central", func() bool { return len(h.c.punches(t)) > before })
	if got := h.c.punches(t); len(got) != before+1 || got[before].Note != h.victim.id+".2" {
		t.Errorf("central has %d punches, not %d: %+v", len(got), before+1, got[before:])
	}
	db := h.c.tables(t)
	if recs := logOf(t, db, h.other.Kiosk, h.journal); len(recs) != 0 {
		t.Errorf("%d forged records are stored", len(recs))
	}
	if recs := logOf(t, db, h.thief.Kiosk, h.journal); len(recs) != 0 {
		t.Errorf("%d records of no journal are stored", len(recs))
	}
}
