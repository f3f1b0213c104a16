package ingest_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

func TestHostileMessagesAreDroppedAndCounted(t *testing.T) {
	t.Parallel()
	k, other := newKiosk("gate"), newKiosk("lobby")
	c := newCentre(t, k, other)
	k.punches(t, 20)
	good := k.send(t, 1, 20)
	moved := func(topic wire.Topic) wire.Message {
		m := good
		m.Topic = topic.String()
		return m
	}
	thief := newKiosk("gate")
	thief.key = keyFrom("thief")
	thief.punches(t, 3)
	unknown := newKiosk("nobody")
	unknown.punches(t, 1)
	foreign := wire.Topic{Org: "evil", Kiosk: k.id, Channel: wire.UpRecords}
	for name, attack := range map[string]struct {
		m     wire.Message
		event ingest.Event
	}{
		"forged by another key":       {thief.send(t, 1, 3), ingest.Forged},
		"claims the key, can't sign":  {resigned(t, k, thief.key), ingest.Forged},
		"another kiosk's topic":       {moved(other.topic(wire.UpRecords)), ingest.Forged},
		"another channel":             {moved(k.topic(wire.UpReq)), ingest.Forged},
		"another organisation":        {moved(foreign), ingest.Foreign},
		"down channel":                {moved(k.topic(wire.DownAck)), ingest.Misplaced},
		"unknown kiosk":               {unknown.send(t, 1, 1), ingest.Unknown},
		"no topic of ours":            {wire.Message{Topic: "a/b", Payload: good.Payload}, ingest.Malformed},
		"truncated":                   {wire.Message{Topic: good.Topic, Payload: good.Payload[:len(good.Payload)-9]}, ingest.Malformed},
		"empty":                       {wire.Message{Topic: good.Topic}, ingest.Malformed},
		"oversized":                   {wire.Message{Topic: good.Topic, Payload: make([]byte, wire.MaxPayload+1)}, ingest.Malformed},
		"records on the request line": {k.seal(t, wire.UpReq, wire.TypeRecords, k.batch(1, 2)), ingest.Misplaced},
		"hello on the records line":   {k.seal(t, wire.UpRecords, wire.TypeHello, k.hello()), ingest.Misplaced},
		"health on the records line":  {k.seal(t, wire.UpRecords, wire.TypeHealth, wire.Health{}), ingest.Misplaced},
		"hello on the health line":    {k.seal(t, wire.UpHealth, wire.TypeHello, k.hello()), ingest.Misplaced},
		"another's health":            {thief.seal(t, wire.UpHealth, wire.TypeHealth, wire.Health{}), ingest.Forged},
		"health below zero":           {k.seal(t, wire.UpHealth, wire.TypeHealth, wire.Health{Queue: -1}), ingest.Malformed},
		"one bit":                     {flipped(good), ingest.Malformed},
	} {
		t.Run(name, func(t *testing.T) { c.silence(attack.m, attack.event) })
	}
	if n := c.counts.Of(ingest.Failures); n != 0 {
		t.Fatalf("%d failures", n)
	}
	wantAck(t, c.ack(good), k, 20, false) // and the honest one still gets through
	sameLog(t, c, k)
}

// resigned names the kiosk's key but is signed by another.
func resigned(t *testing.T, k *kiosk, by ed25519.PrivateKey) wire.Message {
	t.Helper()
	m := k.seal(t, wire.UpReq, wire.TypePull, wire.Pull{})
	_, e, err := wire.Peek(m)
	if err != nil {
		t.Fatal(err)
	}
	e.Sig = ed25519.Sign(by, e.Body)
	if m.Payload, err = json.Marshal(e); err != nil {
		t.Fatal(err)
	}
	return m
}

func flipped(m wire.Message) wire.Message {
	m.Payload = bytes.Clone(m.Payload)
	m.Payload[len(m.Payload)/2] ^= 0x10
	return m
}

func TestSenselessBodiesAreDropped(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	k.punches(t, 2)
	batch := func(change func(*wire.Records)) wire.Message {
		b := k.batch(1, 2)
		change(&b)
		return k.seal(t, wire.UpRecords, wire.TypeRecords, b)
	}
	hello := func(change func(*wire.Hello)) wire.Message {
		h := k.hello()
		change(&h)
		return k.seal(t, wire.UpReq, wire.TypeHello, h)
	}
	many := make([]wire.Entry, wire.MaxBatch+1)
	for name, m := range map[string]wire.Message{
		"from 0":            batch(func(b *wire.Records) { b.From = 0 }),
		"from beyond":       batch(func(b *wire.Records) { b.From = math.MaxUint64 - 1 }),
		"no journal":        batch(func(b *wire.Records) { b.Journal = record.JournalID{} }),
		"no entries":        batch(func(b *wire.Records) { b.Entries = nil }),
		"too many":          batch(func(b *wire.Records) { b.Entries = many }),
		"not a batch":       k.seal(t, wire.UpRecords, wire.TypeRecords, []int{1}),
		"not a hello":       k.seal(t, wire.UpReq, wire.TypeHello, "hello"),
		"not a pull":        k.seal(t, wire.UpReq, wire.TypePull, 7),
		"hello, no journal": hello(func(h *wire.Hello) { h.Journal = record.JournalID{} }),
		"oldest > head+1":   hello(func(h *wire.Hello) { h.Oldest = 4 }),
		"acked > head":      hello(func(h *wire.Hello) { h.Acked = 3 }),
		"endless gen":       hello(func(h *wire.Hello) { h.Gen = math.MaxUint64 }),
		"endless head":      hello(func(h *wire.Hello) { h.Head = math.MaxUint64 }),
		"endless roster":    hello(func(h *wire.Hello) { h.Roster = math.MaxUint64 }),
		"negative queue":    hello(func(h *wire.Hello) { h.Queue = -1 }),
		"a novel":           hello(func(h *wire.Hello) { h.Software = string(make([]byte, 4096)) }),
	} {
		t.Run(name, func(t *testing.T) { c.silence(m, ingest.Malformed) })
	}
	// A jump is no nonsense: it is answered with where things stand, and stores nothing.
	k.punches(t, 20)
	wantAck(t, c.ack(k.send(t, 15, 22)), k, 0, false)
	sameLog(t, c)
}

func TestAnswersDoNotFitAnotherKiosk(t *testing.T) {
	t.Parallel()
	k, other := newKiosk("gate"), newKiosk("lobby")
	c := newCentre(t, k, other)
	k.punches(t, 1)
	out := c.ingest.Handle(t.Context(), k.send(t, 1, 1))
	a := c.open(out[0])
	if a.topic.Kiosk != k.id || a.env.Re == "" {
		t.Fatalf("answer %+v", a)
	}
	out[0].Topic = other.topic(wire.DownAck).String()
	_, e, err := wire.Peek(out[0])
	if err != nil {
		t.Fatal(err)
	}
	if e.SignedBy(out[0].Topic, c.key.Public().(ed25519.PublicKey)) {
		t.Fatal("the ack holds for another kiosk")
	}
}

func TestRevokedAndEnrolledAnew(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	k.punches(t, 2)
	wantAck(t, c.ack(k.send(t, 1, 1)), k, 1, false)
	c.identity(k, centraldb.KioskRevoked)
	c.ingest.Forget(k.id)
	c.silence(k.send(t, 2, 2), ingest.Revoked)

	anew := newKiosk("gate")
	anew.key, anew.journal = keyFrom("gate anew"), record.JournalID{2}
	anew.punches(t, 2)
	c.identity(anew, centraldb.KioskEnrolled)
	c.ingest.Forget(k.id)
	c.silence(k.send(t, 2, 2), ingest.Forged)
	wantAck(t, c.ack(anew.send(t, 1, 2)), anew, 2, false)

	// Without Forget, as in another process, it is seen within moments.
	c.identity(k, centraldb.KioskRevoked)
	c.now = c.now.Add(time.Minute)
	c.silence(anew.send(t, 1, 2), ingest.Revoked)
}

func TestAFloodOfMessagesIsNoFloodOfQueries(t *testing.T) {
	t.Parallel()
	k, nobody := newKiosk("gate"), newKiosk("nobody")
	thief := newKiosk("gate")
	thief.key = keyFrom("thief")
	c := newCentre(t, k)
	for _, each := range []*kiosk{k, nobody, thief} {
		each.punches(t, 1)
		m := each.send(t, 1, 1)
		for range 50 {
			c.send(m)
		}
	}
	if n := c.fleet.lookups.Load(); n != 2 {
		t.Fatalf("%d lookups for two names", n)
	}
}

func (c *centre) identity(k *kiosk, status string) {
	c.t.Helper()
	err := c.db.Update(c.t.Context(), func(tx *centraldb.Tx) error {
		return tx.SetKioskIdentity(c.t.Context(), centraldb.Kiosk{
			Kiosk: attendance.Kiosk{ID: k.id}, Status: status,
			RecordKey: k.key.Public().(ed25519.PublicKey), SealKey: make([]byte, 32),
		})
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

func TestUnknownTypesAreAnsweredUnsupported(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	old := k.hello()
	old.Versions = wire.Versions{2}
	for _, m := range []wire.Message{
		k.seal(t, wire.UpReq, "time", 1),
		k.seal(t, wire.UpReq, wire.TypeHello, old),
	} {
		out := c.send(m)
		if len(out) != 1 || out[0].env.Type != wire.TypeUnsupported || out[0].topic.Channel != wire.DownRes {
			t.Fatalf("answers %+v", out)
		}
		var u wire.Unsupported
		if err := out[0].env.Decode(&u); err != nil || len(u.Versions) != 1 || u.Versions[0] != 1 {
			t.Fatalf("%+v, %v", u, err)
		}
	}
}

func FuzzHandle(f *testing.F) {
	k := newKiosk("gate")
	c := newCentre(f, k)
	k.punches(f, 3)
	for _, m := range []wire.Message{
		k.send(f, 1, 3), k.seal(f, wire.UpReq, wire.TypeHello, k.hello()), {Topic: "x", Payload: []byte("{}")},
	} {
		f.Add(m.Topic, m.Payload)
	}
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		out := c.ingest.Handle(t.Context(), wire.Message{Topic: topic, Payload: payload})
		if len(out) > 1 {
			t.Fatalf("%d answers", len(out))
		}
		if n := c.counts.Of(ingest.Failures); n != 0 {
			t.Fatal("input made it fail")
		}
	})
}
