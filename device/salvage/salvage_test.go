package salvage_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/salvage"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

const org, door = "acme", "door"

func keyOf(name string) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, name)
	return ed25519.NewKeyFromSeed(seed)
}

// central answers as the real one does, but for what spoil makes of the answer.
type central struct {
	t      *testing.T
	signer *wire.Signer
	keyset wire.Keyset
	spoil  func(r *wire.Receipt, re *string)
	down   bool
	gen    uint64
	got    map[record.JournalID]map[uint64]record.Hash
	calls  map[wire.UploadKind]int
}

func (c *central) HandIn(_ context.Context, kind wire.UploadKind, header string, body []byte) (wire.UploadReply, error) {
	if c.down {
		return wire.UploadReply{}, errors.New("nobody answers")
	}
	u, err := wire.OpenUpload(header)
	if err != nil || !u.Holds(body) || u.Kind != kind || u.Kiosk != door || !bytes.Equal(u.Key, keyOf("kiosk").Public().(ed25519.PublicKey)) {
		c.t.Errorf("%+v, %v", u, err)
	}
	d, err := wire.ReadDeposit(body)
	if err != nil {
		c.t.Error(err)
	}
	if c.got[d.Journal] == nil {
		c.got[d.Journal] = map[uint64]record.Hash{}
	}
	r := wire.Receipt{Journal: d.Journal, Ack: &wire.Ack{Gen: c.gen, Journal: d.Journal}}
	for _, run := range d.Runs {
		for _, rec := range d.Records(run) {
			c.got[d.Journal][rec.Seq] = rec.Hash
			r.Ack.Through, r.Ack.Hash = rec.Seq, rec.Hash
		}
	}
	c.calls[kind]++
	re := u.SHA256.String()
	if c.spoil != nil {
		c.spoil(&r, &re)
	}
	m, err := c.signer.Seal(wire.Topic{Org: org, Kiosk: door, Channel: wire.DownAck}, wire.TypeReceipt, rand.Text(), re, r)
	return wire.UploadReply{Payload: m.Payload, Keyset: c.keyset}, err
}

type world struct {
	t       *testing.T
	central *central
	journal *devicedb.Journal
	path    string
	now     time.Time
	sender  *salvage.Sender
	config  salvage.Config
	gen     uint64 // as the kiosk knows it
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	message := keyOf("message")
	keyset, err := wire.SignKeyset(ca, org, wire.Keyset{Version: 2, Keys: []wire.Key{{
		Kid: wire.KeyID(message.Public().(ed25519.PublicKey)), Public: message.Public().(ed25519.PublicKey), Until: 1 << 60,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, path: filepath.Join(t.TempDir(), "journal.db"), now: time.Unix(1_800_000_000, 0), gen: 4}
	w.central = &central{
		t: t, gen: 4, signer: wire.NewSigner(message), keyset: keyset, got: map[record.JournalID]map[uint64]record.Hash{}, calls: map[wire.UploadKind]int{},
	}
	w.open()
	w.config = salvage.Config{
		Org: org, Kiosk: door, Key: keyOf("kiosk"), Trust: func() (*ecdsa.PublicKey, wire.Keyset) { return &ca.PublicKey, keyset }, Central: w.central, Journal: w.journal, Path: w.path,
		Gen: func(context.Context) (uint64, error) { return w.gen, nil },
		Now: func() time.Time { return w.now }, Logger: slog.New(slog.DiscardHandler),
	}
	w.sender = salvage.New(w.config)
	return w
}

func (w *world) open() {
	w.t.Helper()
	var err error
	w.journal, err = devicedb.OpenJournal(w.t.Context(), w.path, devicedb.Identity{Org: org, Kiosk: door, Key: keyOf("kiosk")}, devicedb.Options{
		Random: rand.Reader, Stamp: func() attendance.Stamp { return attendance.Stamp{BootID: "b00t", Zone: "UTC", Real: 1e18} },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	j := w.journal
	w.t.Cleanup(func() {
		if err := j.Close(); err != nil {
			w.t.Error(err)
		}
	})
}

func (w *world) punch(n int) {
	w.t.Helper()
	for range n {
		err := w.journal.Update(w.t.Context(), func(tx *devicedb.JournalTx) error {
			_, err := tx.Append(record.Body{Type: record.Punched, Person: "ann", Action: attendance.In})
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) head() devicedb.Head {
	w.t.Helper()
	h, err := w.journal.Head(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

func TestDepositHandsInEverythingOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.punch(3)
	first := w.head()
	if n, err := w.sender.Deposit(t.Context()); err != nil || n != int(first.Seq) {
		t.Fatal(n, err)
	}
	w.punch(2)
	if n, err := w.sender.Deposit(t.Context()); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	if h := w.head(); h.Queue != 0 || len(w.central.got[h.Journal]) != int(h.Seq) {
		t.Errorf("%+v, central has %d", h, len(w.central.got[h.Journal]))
	}
	calls := w.central.calls[wire.UploadDeposit]
	if n, err := w.sender.Deposit(t.Context()); err != nil || n != 0 || w.central.calls[wire.UploadDeposit] != calls {
		t.Errorf("nothing to hand in: %d, %v", n, err)
	}
}

// Only an answer to exactly this, signed by central, releases anything.
func TestNothingIsReleasedOnAFalseAnswer(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(w *world){
		"nobody":            func(w *world) { w.central.down = true },
		"another's key":     func(w *world) { w.central.signer = wire.NewSigner(keyOf("thief")) },
		"to something else": func(w *world) { w.central.spoil = func(_ *wire.Receipt, re *string) { *re = "00" } },
		"another journal":   func(w *world) { w.central.spoil = func(r *wire.Receipt, _ *string) { r.Ack.Journal[0]++ } },
		"another hash":      func(w *world) { w.central.spoil = func(r *wire.Receipt, _ *string) { r.Ack.Hash[0]++ } },
		"too far":           func(w *world) { w.central.spoil = func(r *wire.Receipt, _ *string) { r.Ack.Through++ } },
		"no place":          func(w *world) { w.central.spoil = func(r *wire.Receipt, _ *string) { r.Ack = nil } },
		"nothing taken":     func(w *world) { w.central.spoil = func(r *wire.Receipt, _ *string) { r.Ack.Through = 0 } },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.punch(3)
			before := w.head()
			spoil(w)
			if n, err := w.sender.Deposit(t.Context()); err == nil || n != 0 {
				t.Errorf("%d handed in", n)
			}
			if h := w.head(); h.Acked != before.Acked {
				t.Errorf("released through %d", h.Acked)
			}
		})
	}
}

// A kiosk that was away while central's message key was replaced believes the new
// one because its authority vouches for it.
func TestANewerKeysetIsBelieved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.punch(1)
	older := w.config
	older.Trust = func() (*ecdsa.PublicKey, wire.Keyset) {
		ca, _ := w.config.Trust()
		return ca, wire.Keyset{Version: 1}
	}
	if n, err := salvage.New(older).Deposit(t.Context()); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	w.punch(1)
	w.central.keyset.Sig = bytes.Clone(w.central.keyset.Sig)
	w.central.keyset.Sig[8] ^= 1
	if n, err := salvage.New(older).Deposit(t.Context()); err == nil {
		t.Errorf("%d under a keyset nobody vouched for", n)
	}
}

// After a fork the closed journal's tail goes up, and then no more.
func TestAClosedJournalIsSalvaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.punch(4)
	was := w.head()
	w.central.spoil = func(r *wire.Receipt, _ *string) { r.Ack.Reopen = true }
	if _, err := w.sender.Deposit(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.central.spoil, w.central.got = nil, map[record.JournalID]map[uint64]record.Hash{}
	if now := w.head(); now.Journal == was.Journal {
		t.Fatal("no new journal")
	}
	for _, want := range []int{int(was.Seq), 0} {
		if n, err := w.sender.Salvage(t.Context()); err != nil || n != want {
			t.Fatal(n, err)
		}
	}
	if got := w.central.got[was.Journal]; len(got) != int(was.Seq) || got[was.Seq] != was.Hash {
		t.Errorf("central has %d", len(got))
	}
}
