package salvage

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// mostLate is how many late records are kept of one kiosk: years of work. A stolen
// key can't fill the disk.
const mostLate = 500_000

// Store is the tables. Identities gives every set of keys a kiosk has had.
type Store interface {
	Update(ctx context.Context, f func(*centraldb.Tx) error) error
	Identities(ctx context.Context, kiosk string) ([]centraldb.Identity, error)
	Generation(ctx context.Context) (uint64, error)
}

// Log takes in records of a kiosk in force as if they had come over the broker.
type Log interface {
	Deposit(ctx context.Context, kiosk string, key ed25519.PublicKey, b wire.Records) (wire.Ack, error)
}

// Config is what a Salvage stands on. All fields are needed.
type Config struct {
	Org    string
	Store  Store
	Log    Log
	Signer *wire.Signer
	Keyset func() wire.Keyset
	NewID  func() string // gives message ids
	Now    func() time.Time
	Logger *slog.Logger
}

// Salvage takes in what kiosks hand in. It is safe for concurrent use.
type Salvage struct {
	cfg  Config
	most int // mostLate
}

// New gives a Salvage.
func New(cfg Config) *Salvage { return &Salvage{cfg: cfg, most: mostLate} }

// Admit says whether u is signed by a key that its kiosk has or has had; else
// problem.Untrusted.
func (s *Salvage) Admit(ctx context.Context, u wire.SignedUpload) error {
	if u.Org != s.cfg.Org {
		return stranger()
	}
	ids, err := s.cfg.Store.Identities(ctx, u.Kiosk)
	if err != nil {
		return err
	}
	if ownerOf(ids, u.Key) == nil {
		return stranger()
	}
	return nil
}

// HandIn takes in a deposit or a salvage: body is what u was signed for, which the
// caller has checked, as it has u's signature. What the answer names is committed.
//
// Errors: problem.Invalid (no such body), problem.Untrusted (not a key that this
// kiosk has ever had), problem.Limited.
func (s *Salvage) HandIn(ctx context.Context, u wire.SignedUpload, body []byte) (wire.UploadReply, error) {
	d, err := wire.ReadDeposit(body)
	if err != nil {
		return wire.UploadReply{}, err
	}
	if u.Org != s.cfg.Org || u.Kind != wire.UploadDeposit && u.Kind != wire.UploadSalvage {
		return wire.UploadReply{}, stranger()
	}
	ids, err := s.cfg.Store.Identities(ctx, u.Kiosk)
	if err != nil {
		return wire.UploadReply{}, err
	}
	own := ownerOf(ids, u.Key)
	if own == nil {
		return wire.UploadReply{}, stranger()
	}
	var r wire.Receipt
	if u.Kind == wire.UploadDeposit && own.Until == 0 {
		r, err = s.deposit(ctx, u, d)
	} else {
		r, err = s.keep(ctx, u, d, ids)
	}
	if err != nil {
		return wire.UploadReply{}, err
	}
	return s.answer(u, r)
}

// ownerOf gives the identity with this record key, nil where there is none.
func ownerOf(ids []centraldb.Identity, key []byte) *centraldb.Identity {
	for n := range ids {
		if ed25519.PublicKey(ids[n].RecordKey).Equal(ed25519.PublicKey(key)) {
			return &ids[n]
		}
	}
	return nil
}

func stranger() error {
	return problem.New(problem.Untrusted, "This server does not know this kiosk's key.", "Ask your operator; what is on the kiosk stays there.")
}

// deposit hands the runs of a kiosk in force to the log.
func (s *Salvage) deposit(ctx context.Context, u wire.SignedUpload, d wire.Deposit) (wire.Receipt, error) {
	r := wire.Receipt{Journal: d.Journal}
	for _, run := range d.Runs {
		ack, err := s.cfg.Log.Deposit(ctx, u.Kiosk, u.Key, wire.Records{Journal: d.Journal, From: run.From, Entries: run.Entries})
		if err != nil {
			return r, err
		}
		r.Ack, r.Stored = &ack, r.Stored+len(run.Entries)
	}
	return r, nil
}

// answer seals the receipt for the kiosk, as the answer to its upload.
func (s *Salvage) answer(u wire.SignedUpload, r wire.Receipt) (wire.UploadReply, error) {
	topic := wire.Topic{Org: u.Org, Kiosk: u.Kiosk, Channel: wire.DownAck}
	m, err := s.cfg.Signer.Seal(topic, wire.TypeReceipt, s.cfg.NewID(), u.SHA256.String(), r)
	if err != nil {
		return wire.UploadReply{}, err
	}
	return wire.UploadReply{Payload: m.Payload, Keyset: s.cfg.Keyset()}, nil
}
