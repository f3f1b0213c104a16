package ingest_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

const org = "acme"

// start is when every test begins.
var start = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func keyFrom(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func newIDs(t testing.TB, seed string) func() string {
	t.Helper()
	ids, err := wire.NewIDs(bytes.NewReader([]byte(seed + "........")))
	if err != nil {
		t.Fatal(err)
	}
	return ids.Next
}

// centre is a central over a real database, without a network.
type centre struct {
	t       testing.TB
	db      *centraldb.DB
	log     *centraldb.Records
	counts  *ingest.Counts
	ingest  *ingest.Ingest
	project *ingest.Projector
	rosters *fakeRosters
	fleet   *countedFleet
	now     time.Time
	key     ed25519.PrivateKey
	healths []string
}

type fakeRosters struct{ version uint64 }

func (f *fakeRosters) Version(context.Context, string) (uint64, error) { return f.version, nil }

func (f *fakeRosters) Pages(context.Context, string, string, wire.Pull) ([]wire.Message, error) {
	return []wire.Message{{Topic: "page"}}, nil
}

// countedFleet counts how often a key is looked up.
type countedFleet struct {
	ingest.Fleet
	lookups atomic.Int64
}

func (f *countedFleet) KioskKey(ctx context.Context, kiosk string) (ed25519.PublicKey, error) {
	f.lookups.Add(1)
	return f.Fleet.KioskKey(ctx, kiosk)
}

func newCentre(t testing.TB, kiosks ...*kiosk) *centre {
	t.Helper()
	db, err := centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return centreOver(t, db, kiosks...)
}

// centreOver sets up a database that was just made.
func centreOver(t testing.TB, db *centraldb.DB, kiosks ...*kiosk) *centre {
	t.Helper()
	if err := db.Create(t.Context(), centraldb.Organisation{ID: org, Name: "Acme", Zone: "UTC", Gen: 3, PINLen: 4}); err != nil {
		t.Fatal(err)
	}
	log, err := db.Records(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := &centre{t: t, db: db, log: log, counts: ingest.NewCounts(), rosters: &fakeRosters{version: 7}, fleet: &countedFleet{Fleet: db}, now: start, key: keyFrom("central")}
	c.project = ingest.NewProjector(db, c.counts, quiet(), nil)
	c.ingest = c.newIngest(log)
	for _, k := range kiosks {
		c.enrol(k)
	}
	return c
}

// newIngest gives another process's view of the same database.
func (c *centre) newIngest(log ingest.Log) *ingest.Ingest {
	return ingest.New(c.config(log))
}

func (c *centre) config(log ingest.Log) ingest.Config {
	return ingest.Config{
		Org: org, Signer: wire.NewSigner(c.key), NewID: newIDs(c.t, "central"),
		Brokers: func() []string { return []string{"tls://b:8883"} },
		Keyset:  func() wire.Keyset { return wire.Keyset{Version: 5} },
		Now:     func() time.Time { return c.now },
		Log:     log, Fleet: c.fleet, Rosters: c.rosters, Counts: c.counts, Logger: quiet(),
		Stored: c.project.Wake,
		Health: func(kiosk string, h wire.Health) { c.healths = append(c.healths, kiosk+" "+h.Software) },
	}
}

func (c *centre) enrol(k *kiosk) {
	c.t.Helper()
	err := c.db.Update(c.t.Context(), func(tx *centraldb.Tx) error {
		a := attendance.Kiosk{ID: k.id, Name: k.id, Zone: "UTC"}
		if err := tx.AddKiosk(c.t.Context(), a, 1); err != nil {
			return err
		}
		return tx.SetKioskIdentity(c.t.Context(), centraldb.Kiosk{
			Kiosk: a, Status: centraldb.KioskEnrolled, RecordKey: k.key.Public().(ed25519.PublicKey), SealKey: make([]byte, 32),
		})
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// send gives m to central and the answers' types and, where there is one, the ack.
func (c *centre) send(m wire.Message) []answer {
	c.t.Helper()
	var out []answer
	for _, r := range c.ingest.Handle(c.t.Context(), m) {
		out = append(out, c.open(r))
	}
	return out
}

type answer struct {
	topic wire.Topic
	env   wire.Envelope
}

func (c *centre) open(m wire.Message) answer {
	c.t.Helper()
	t, e, err := wire.Open(m, func(wire.Topic, string) (ed25519.PublicKey, error) {
		return c.key.Public().(ed25519.PublicKey), nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{t, e}
}

// ack sends m and wants exactly one answer, an ack to it.
func (c *centre) ack(m wire.Message) wire.Ack {
	c.t.Helper()
	out := c.send(m)
	if len(out) != 1 || out[0].env.Type != wire.TypeAck || out[0].topic.Channel != wire.DownAck {
		c.t.Fatalf("answers: %+v", out)
	}
	var a wire.Ack
	if err := out[0].env.Decode(&a); err != nil {
		c.t.Fatal(err)
	}
	return a
}

// silence sends m and wants no answer, nothing stored and event counted once more.
func (c *centre) silence(m wire.Message, event ingest.Event) {
	c.t.Helper()
	before, rows := c.counts.Of(event), len(c.stored())
	if out := c.send(m); len(out) != 0 {
		c.t.Fatalf("answered: %+v", out)
	}
	if got := c.counts.Of(event); got != before+1 {
		c.t.Fatalf("%s counted %d times", event, got-before)
	}
	if got := len(c.stored()); got != rows {
		c.t.Fatalf("%d rows stored", got-rows)
	}
}

// stored gives the whole log.
func (c *centre) stored() []centraldb.Logged {
	c.t.Helper()
	rows, upto, err := c.db.Unprojected(c.t.Context(), 1<<20)
	if err != nil {
		c.t.Fatal(err)
	}
	if upto != 0 {
		c.t.Fatal("stored is for tests that do not project")
	}
	return rows
}

// kiosk writes and signs records as a real one does.
type kiosk struct {
	id      string
	key     ed25519.PrivateKey
	journal record.JournalID
	recs    []record.Record
	ids     int
}

func newKiosk(id string) *kiosk {
	return &kiosk{id: id, key: keyFrom(id), journal: record.JournalID{1, byte(len(id))}}
}

func (k *kiosk) chain() record.Chain {
	return record.Chain{Org: org, Kiosk: k.id, Journal: k.journal}
}

// hashAt gives the hash at seq, 0 being the beginning.
func (k *kiosk) hashAt(seq int) record.Hash {
	if seq == 0 {
		return k.chain().Genesis(k.key.Public().(ed25519.PublicKey))
	}
	return k.recs[seq-1].Hash
}

func (k *kiosk) write(t testing.TB, body []byte) {
	t.Helper()
	r, err := record.Append(k.chain(), k.key, uint64(len(k.recs)+1), k.hashAt(len(k.recs)), body)
	if err != nil {
		t.Fatal(err)
	}
	k.recs = append(k.recs, r)
}

func (k *kiosk) punch(t testing.TB, person string, a attendance.Action, at time.Time) {
	t.Helper()
	b, err := record.Encode(record.Body{
		Type: record.Punched, Stamp: attendance.Stamp{Real: at.UnixNano(), Zone: "Europe/Berlin"},
		Person: person, Action: a, Auth: attendance.AuthPersonal,
	})
	if err != nil {
		t.Fatal(err)
	}
	k.write(t, b)
}

// punches writes n punches of changing people.
func (k *kiosk) punches(t testing.TB, n int) {
	t.Helper()
	for range n {
		i := len(k.recs)
		a := attendance.In
		if i%2 == 1 {
			a = attendance.Out
		}
		k.punch(t, fmt.Sprintf("p%d", i/2%5), a, start.Add(time.Duration(i)*time.Second))
	}
}

func (k *kiosk) topic(ch wire.Channel) wire.Topic {
	return wire.Topic{Org: org, Kiosk: k.id, Channel: ch}
}

func (k *kiosk) batch(from, to int) wire.Records {
	b := wire.Records{Journal: k.journal, From: uint64(from)}
	for _, r := range k.recs[from-1 : to] {
		b.Entries = append(b.Entries, wire.Entry{Body: r.Body, Hash: r.Hash, Sig: r.Sig})
	}
	return b
}

func (k *kiosk) seal(t testing.TB, ch wire.Channel, typ wire.Type, body any) wire.Message {
	t.Helper()
	k.ids++
	m, err := wire.NewSigner(k.key).Seal(k.topic(ch), typ, fmt.Sprintf("%s-%d", k.id, k.ids), "", body)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// send gives the message that carries records from..to.
func (k *kiosk) send(t testing.TB, from, to int) wire.Message {
	t.Helper()
	return k.seal(t, wire.UpRecords, wire.TypeRecords, k.batch(from, to))
}

func (k *kiosk) hello() wire.Hello {
	return wire.Hello{
		Versions: wire.Versions{1}, Software: "test", Journal: k.journal,
		Head: uint64(len(k.recs)), HeadHash: k.hashAt(len(k.recs)), Oldest: 1, Gen: 3, Roster: 7, Keyset: 5,
	}
}

// wantAck compares what an ack says about the journal.
func wantAck(t testing.TB, a wire.Ack, k *kiosk, through int, reopen bool) {
	t.Helper()
	if a.Journal != k.journal || a.Through != uint64(through) || a.Hash != k.hashAt(through) || a.Reopen != reopen || a.Gen != 3 {
		t.Fatalf("ack %+v, want through %d (%s) reopen %v", a, through, k.hashAt(through), reopen)
	}
}
