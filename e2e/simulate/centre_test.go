package simulate

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/central/roster"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// centre is central's taking-in and its rosters, stepped.
type centre struct {
	w         *world
	db        *centraldb.DB
	ca        *ecdsa.PrivateKey
	key       ed25519.PrivateKey
	keyset    wire.Keyset
	ids       *wire.IDs
	counts    *ingest.Counts
	ingest    *ingest.Ingest
	rosters   *roster.Rosters
	projector *ingest.Projector
	log       *centraldb.Records
	saved     bool // there is a backup
	savedAt   time.Time
	plug      *plug
	acked     map[record.JournalID]acknowledged // the newest of each journal
	restored  int
}

func newCentre(w *world) *centre {
	key := ed25519.NewKeyFromSeed(bytesOf(w, ed25519.SeedSize))
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // it signs the keyset alone, which is no part of the trace
	w.must(err)
	c := centreOf(w, ca, key)
	w.must(c.db.Create(w.ctx, centraldb.Organisation{ID: org, Name: "Acme", Zone: "UTC", Gen: 1, PINLen: 4}))
	c.start()
	return c
}

// centreOf opens what is on disk with these keys, or an empty database.
func centreOf(w *world, ca *ecdsa.PrivateKey, key ed25519.PrivateKey) *centre {
	c := &centre{w: w, ca: ca, key: key, counts: ingest.NewCounts(), plug: newPlug(w, w.dir), acked: map[record.JournalID]acknowledged{}}
	public := key.Public().(ed25519.PublicKey)
	var err error
	c.keyset, err = wire.SignKeyset(ca, org, wire.Keyset{Version: 1, Keys: []wire.Key{{Kid: wire.KeyID(public), Public: public}}})
	w.must(err)
	c.ids, err = wire.NewIDs(w.random())
	w.must(err)
	c.db, err = centraldb.Open(w.ctx, c.path())
	w.must(err)
	return c
}

func bytesOf(w *world, n int) []byte {
	b := make([]byte, n)
	_, err := w.random().Read(b)
	w.must(err)
	return b
}

func (c *centre) path() string { return filepath.Join(c.w.dir, "central.db") }

// start makes everything anew that is not in the tables.
func (c *centre) start() {
	quiet, signer := slog.New(slog.DiscardHandler), wire.NewSigner(c.key)
	var err error
	c.log, err = c.db.Records(c.w.ctx)
	c.w.must(err)
	c.rosters = roster.New(roster.Config{
		Org: org, Signer: signer, NewID: c.ids.Next, Source: c.db, Rows: c.db, Publisher: c, Logger: quiet, Now: c.w.clock,
		OpenHash: func(_ pin.Kind, _ string, _ uint64, sealed []byte) ([]byte, error) { return sealed, nil },
	})
	c.projector = ingest.NewProjector(c.db, c.counts, quiet, nil)
	var into ingest.Log = c.log
	if c.w.broken == "acknowledges what it has not stored" {
		into = forgetful{c.log, c.w}
	}
	c.ingest = ingest.New(ingest.Config{
		Org: org, Signer: signer, NewID: c.ids.Next, Keyset: func() wire.Keyset { return c.keyset }, Now: c.w.clock,
		Log: into, Fleet: c.db, Rosters: c.rosters, Counts: c.counts, Logger: quiet,
	})
}

// forgetful says of some batches that they are stored, and stores them not.
type forgetful struct {
	ingest.Log
	w *world
}

func (f forgetful) Append(ctx context.Context, batches []centraldb.Batch) ([]bool, error) {
	if f.w.chance(10) {
		out := make([]bool, len(batches))
		for i := range out {
			out[i] = true
		}
		return out, nil
	}
	return f.Log.Append(ctx, batches)
}

func (c *centre) close() { c.w.must(c.db.Close()) }

// Publish sends what is pushed.
func (c *centre) Publish(_ context.Context, m wire.Message) error {
	c.send(m)
	return nil
}

func (c *centre) send(m wire.Message) {
	t, err := wire.ParseTopic(m.Topic)
	c.w.must(err)
	c.w.net.put("", t.Kiosk, m)
}

// take takes a message in and answers. What an answer acknowledges has to be stored.
func (c *centre) take(m wire.Message) {
	answers := c.ingest.Handle(c.w.ctx, m)
	for _, a := range answers {
		c.acknowledges(a)
		c.send(a)
	}
	c.w.note("central took %s, %d answers", m.Topic, len(answers))
}

// acknowledges checks that what an answer acknowledges is stored.
func (c *centre) acknowledges(m wire.Message) {
	_, e, err := wire.Open(m, func(wire.Topic, string) (ed25519.PublicKey, error) { return c.key.Public().(ed25519.PublicKey), nil })
	c.w.must(err)
	if e.Type != wire.TypeAck {
		return
	}
	var a wire.Ack
	c.w.must(e.Decode(&a))
	t, err := wire.ParseTopic(m.Topic)
	c.w.must(err)
	if a.Through == 0 || a.Reopen {
		return
	}
	hashes, err := c.log.Hashes(c.w.ctx, t.Kiosk, a.Journal, a.Through, a.Through)
	c.w.must(err)
	if h, ok := hashes[a.Through]; !ok || h != a.Hash {
		c.w.broke("acknowledged is stored", "%s: record %d is acknowledged and not there", t.Kiosk, a.Through)
	}
	c.acked[a.Journal] = acknowledged{t.Kiosk, a.Through, a.Hash}
}

func (c *centre) project() {
	for {
		n, err := c.projector.Once(c.w.ctx)
		c.w.must(err)
		if n == 0 {
			return
		}
		c.w.note("central projected %d", n)
	}
}

// refresh makes the rosters follow the tables, and keeps what they say.
func (c *centre) refresh() {
	c.w.must(c.rosters.RefreshAll(c.w.ctx))
	c.remember()
}

// remember keeps what the newest roster of each kiosk says of people.
func (c *centre) remember() {
	for _, k := range c.w.kiosks {
		at := c.at(k.id)
		if k.said[at] == nil {
			k.said[at] = c.w.snapshot()
		}
	}
}

// at gives the newest roster of a kiosk.
func (c *centre) at(kiosk string) roll {
	gen, err := c.db.Generation(c.w.ctx)
	c.w.must(err)
	return roll{gen, c.version(kiosk)}
}

func (c *centre) version(kiosk string) uint64 {
	v, err := c.db.RosterVersion(c.w.ctx, kiosk)
	c.w.must(err)
	return v
}

func (c *centre) update(f func(ctx context.Context, tx *centraldb.Tx) error) {
	c.w.must(c.db.Update(c.w.ctx, func(tx *centraldb.Tx) error { return f(c.w.ctx, tx) }))
}

// restart kills central and starts it again.
func (c *centre) restart() {
	c.reopen(func() {})
	c.w.note("central restarted")
}

func (c *centre) reopen(meanwhile func()) {
	c.close()
	meanwhile()
	c.reopened()
}

// reopened opens what is on disk.
func (c *centre) reopened() {
	var err error
	c.db, err = centraldb.Open(c.w.ctx, c.path())
	c.w.must(err)
	c.start()
}

// save backs central up.
func (c *centre) save() {
	c.reopen(func() { copyFile(c.w, c.path(), c.path()+".saved") })
	for _, p := range c.w.people {
		p.kept = p.state
	}
	c.saved, c.savedAt = true, c.w.now
	c.w.note("central saved")
}

// restore brings the backup back under a new generation; kiosks that were set up anew
// since are taken back by their certificates. What an older backup lacks kiosks may have
// let go of; an hour is for what is on its way.
func (c *centre) restore() {
	if !c.saved || c.w.now.Sub(c.savedAt) >= keepFor-time.Hour {
		return
	}
	gen, err := c.db.Generation(c.w.ctx)
	c.w.must(err)
	c.reopen(func() {
		copyFile(c.w, c.path()+".saved", c.path())
		c.w.must(c.plug.disk.Settle())
	})
	clear(c.acked)
	_, err = c.db.RaiseGeneration(c.w.ctx, gen+1)
	c.w.must(err)
	c.start()
	for _, p := range c.w.people {
		p.state = p.kept // the zero state: nobody had hired them yet
	}
	for _, k := range c.w.kiosks {
		c.admit(k)
	}
	c.restored++
	c.refresh()
	c.w.note("central restored")
}

// admit makes a kiosk's keys those of its slot.
func (c *centre) admit(k *kiosk) {
	c.update(func(ctx context.Context, tx *centraldb.Tx) error {
		status := centraldb.KioskEnrolled
		if k.revoked {
			status = centraldb.KioskRevoked
		}
		return tx.SetKioskIdentity(ctx, centraldb.Kiosk{
			Kiosk: attendance.Kiosk{ID: k.id, Name: k.id, Zone: "UTC"}, Status: status,
			RecordKey: k.key.Public().(ed25519.PublicKey), SealKey: k.seal.PublicKey().Bytes(),
			CertSHA256: fmt.Sprint(k.id, k.life), EnrolledAt: c.w.now.UnixNano(),
		})
	})
	c.ingest.Forget(k.id)
}

func copyFile(w *world, from, to string) {
	b, err := os.ReadFile(from)
	w.must(err)
	w.must(os.WriteFile(to, b, 0o600))
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(to + suffix); err != nil && !os.IsNotExist(err) {
			w.must(err)
		}
	}
}

func (w *world) clock() time.Time { return w.now }

// counted gives how often each note is in central's punches, and checks their order.
func (c *centre) counted() map[string]int {
	lines, err := c.db.PunchLines(c.w.ctx, centraldb.PunchFilter{Limit: 1 << 20})
	c.w.must(err)
	out, last := map[string]int{}, map[string]uint64{}
	if c.w.broken == "reorders" && len(lines) > 3 {
		lines[1], lines[len(lines)-1] = lines[len(lines)-1], lines[1]
	}
	for _, l := range lines {
		if c.w.broken == "counts too little" && c.w.chance(10) {
			continue
		}
		out[l.Note]++
		journal := record.JournalID(l.Journal).String()
		if l.Seq <= last[journal] {
			c.w.broke("order", "record %d of %s came after %d", l.Seq, l.Kiosk, last[journal])
		}
		last[journal] = l.Seq
	}
	return out
}
