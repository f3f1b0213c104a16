package salvage_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/correct"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/central/salvage"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

const (
	org  = "acme"
	door = "door"
	ann  = "p-0001"
)

var start = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)

func keyOf(name string) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, name)
	return ed25519.NewKeyFromSeed(seed)
}

// world is central with the real log, the real review and a kiosk at the door.
type world struct {
	t       *testing.T
	db      *centraldb.DB
	log     *centraldb.Records
	in      *ingest.Ingest
	salvage *salvage.Salvage
	review  *correct.Correct
	message ed25519.PrivateKey
}

func newWorld(t *testing.T) *world {
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
	if err := db.Create(t.Context(), centraldb.Organisation{ID: org, Name: "Acme", Zone: "UTC", Gen: 3, PINLen: 4}); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, message: keyOf("central")}
	if w.log, err = db.Records(t.Context()); err != nil {
		t.Fatal(err)
	}
	now, quiet := func() time.Time { return start.Add(24 * time.Hour) }, slog.New(slog.DiscardHandler)
	signer, keyset := wire.NewSigner(w.message), func() wire.Keyset { return wire.Keyset{Version: 5} }
	w.in = ingest.New(ingest.Config{
		Org: org, Signer: signer, NewID: rand.Text, Keyset: keyset, Now: now, Log: w.log, Fleet: db, Rosters: nil, Counts: ingest.NewCounts(), Logger: quiet,
	})
	w.salvage = salvage.New(salvage.Config{
		Org: org, Store: db, Log: w.in, Signer: signer, Keyset: keyset, NewID: rand.Text, Now: now, Logger: quiet,
	})
	w.review = correct.New(correct.Config{Store: db, Audit: audit.New(db, now), Now: now, Changed: func([]string) {}})
	w.update(func(ctx context.Context, tx *centraldb.Tx) error {
		if err := tx.AddPeople(ctx, []attendance.Person{{ID: ann, Name: "Ann", Role: attendance.Regular, Active: true}}, 1); err != nil {
			return err
		}
		return tx.AddKiosk(ctx, attendance.Kiosk{ID: door, Name: "Door", Zone: "UTC"}, 1)
	})
	w.enrol(keyOf("first"), 10)
	return w
}

func (w *world) update(f func(context.Context, *centraldb.Tx) error) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), func(tx *centraldb.Tx) error { return f(w.t.Context(), tx) }); err != nil {
		w.t.Fatal(err)
	}
}

// enrol gives the kiosk a key.
func (w *world) enrol(key ed25519.PrivateKey, at int64) {
	w.t.Helper()
	w.update(func(ctx context.Context, tx *centraldb.Tx) error {
		return tx.SetKioskIdentity(ctx, centraldb.Kiosk{
			Kiosk: attendance.Kiosk{ID: door}, Status: centraldb.KioskEnrolled, RecordKey: key.Public().(ed25519.PublicKey), SealKey: make([]byte, 32), EnrolledAt: at,
		})
	})
	w.in.Forget(door)
}

// revoke takes the key away.
func (w *world) revoke() {
	w.t.Helper()
	w.update(func(ctx context.Context, tx *centraldb.Tx) error {
		k, err := tx.Kiosk(ctx, door)
		if err != nil {
			return err
		}
		k.Status = centraldb.KioskRevoked
		if err := tx.SetKioskIdentity(ctx, k); err != nil {
			return err
		}
		return tx.EndIdentity(ctx, door, 20, centraldb.IdentityRevoked)
	})
	w.in.Forget(door)
}

// journal writes and signs records as a kiosk does.
type journal struct {
	t     *testing.T
	key   ed25519.PrivateKey
	chain record.Chain
	recs  []record.Record
}

func newJournal(t *testing.T, key ed25519.PrivateKey, id byte) *journal {
	return &journal{t: t, key: key, chain: record.Chain{Org: org, Kiosk: door, Journal: record.JournalID{id}}}
}

func (j *journal) prev(seq int) record.Hash {
	if seq == 0 {
		return j.chain.Genesis(j.key.Public().(ed25519.PublicKey))
	}
	return j.recs[seq-1].Hash
}

func (j *journal) add(b record.Body) {
	j.t.Helper()
	b.Stamp.Zone, b.Stamp.Real = "UTC", start.Add(time.Duration(len(j.recs))*time.Minute).UnixNano()
	body, err := record.Encode(b)
	if err != nil {
		j.t.Fatal(err)
	}
	r, err := record.Append(j.chain, j.key, uint64(len(j.recs)+1), j.prev(len(j.recs)), body)
	if err != nil {
		j.t.Fatal(err)
	}
	j.recs = append(j.recs, r)
}

func (j *journal) punches(n int) *journal {
	j.t.Helper()
	for len(j.recs) < n {
		j.add(record.Body{Type: record.Punched, Person: ann, Action: attendance.In, Auth: attendance.AuthPersonal})
	}
	return j
}

// run gives the records from..to.
func (j *journal) run(from, to int) wire.Run {
	r := wire.Run{From: uint64(from), Prev: j.prev(from - 1)}
	for _, rec := range j.recs[from-1 : to] {
		r.Entries = append(r.Entries, wire.Entry{Body: rec.Body, Hash: rec.Hash, Sig: rec.Sig})
	}
	return r
}

// hand hands runs in as the kiosk with this key does, and opens the receipt.
func (w *world) hand(kind wire.UploadKind, key ed25519.PrivateKey, j record.JournalID, runs ...wire.Run) (wire.Receipt, error) {
	w.t.Helper()
	body, err := json.Marshal(wire.Deposit{Journal: j, Runs: runs})
	if err != nil {
		w.t.Fatal(err)
	}
	header, err := wire.SignUpload(key, org, door, kind, body, start)
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := wire.OpenUpload(header)
	if err != nil {
		w.t.Fatal(err)
	}
	reply, err := w.salvage.HandIn(w.t.Context(), u, body)
	if err != nil {
		return wire.Receipt{}, err
	}
	topic := wire.Topic{Org: org, Kiosk: door, Channel: wire.DownAck}
	_, e, err := wire.Open(wire.Message{Topic: topic.String(), Payload: reply.Payload}, func(wire.Topic, string) (ed25519.PublicKey, error) {
		return w.message.Public().(ed25519.PublicKey), nil
	})
	if err != nil || e.Re != u.SHA256.String() || !bytes.Equal([]byte(e.Type), []byte(wire.TypeReceipt)) {
		w.t.Fatalf("%+v, %v", e, err)
	}
	var r wire.Receipt
	if err := e.Decode(&r); err != nil {
		w.t.Fatal(err)
	}
	return r, nil
}

func (w *world) counted(j record.JournalID) int {
	w.t.Helper()
	recs, err := w.log.Of(w.t.Context(), door, j)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(recs)
}

func (w *world) open() []centraldb.ReviewItem {
	w.t.Helper()
	items, err := w.db.OpenReviews(w.t.Context(), 0, 2000)
	if err != nil {
		w.t.Fatal(err)
	}
	return items
}
