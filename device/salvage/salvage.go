package salvage

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// Central posts a body with the header that says whose it is.
type Central interface {
	HandIn(ctx context.Context, kind wire.UploadKind, header string, body []byte) (wire.UploadReply, error)
}

// Journal is the kiosk's own log: see devicedb.Journal.
type Journal interface {
	Head(ctx context.Context) (devicedb.Head, error)
	After(ctx context.Context, seq uint64, limit int) ([]record.Record, error)
	Closed(ctx context.Context, limit int) (devicedb.Unsent, bool, error)
	Release(ctx context.Context, journal record.JournalID, through uint64, hash record.Hash, gen uint64) error
	Reopen(ctx context.Context, reason string) error
}

// Config is what a Sender stands on. All fields are needed.
type Config struct {
	Org, Kiosk string
	Key        ed25519.PrivateKey                     // the record key
	Trust      func() (*ecdsa.PublicKey, wire.Keyset) // the pinned authority, which vouches for a newer keyset, and the one in force
	Central    Central
	Journal    Journal
	Gen        func(ctx context.Context) (uint64, error) // central's newest generation that is known: what was handed in under an older one it may lack
	Path       string                                    // of the journal's database: what was set aside lies beside it
	Now        func() time.Time                          // with the monotonic clock, by which a file's time is counted
	Logger     *slog.Logger
}

// Sender hands in.
type Sender struct {
	cfg  Config
	most int64 // KeepMost

	// Salvage's own.
	swept      bool
	unreadable map[string]time.Time     // files set aside that nothing could be read of, and when
	unsaved    map[string]time.Duration // how long files were kept since their notes were written
	looked     time.Time
}

// New gives a Sender. Left may be called beside Deposit and Salvage, these not beside
// each other.
func New(cfg Config) *Sender {
	return &Sender{cfg: cfg, most: KeepMost, unreadable: map[string]time.Time{}, unsaved: map[string]time.Duration{}}
}

// Deposit hands in everything of the present journal that central has not
// acknowledged, and gives how many records it took. It is for a kiosk whose broker
// refuses it; a repetition hands in nothing twice.
func (s *Sender) Deposit(ctx context.Context) (n int, err error) {
	for {
		head, err := s.cfg.Journal.Head(ctx)
		if err != nil || head.Queue == 0 {
			return n, err
		}
		recs, err := s.cfg.Journal.After(ctx, max(head.Acked, 1)-1, wire.MaxDeposit)
		if err != nil {
			return n, err
		}
		prev := head.AckedHash
		if len(recs) > 0 && recs[0].Seq == head.Acked {
			prev, recs = recs[0].Hash, recs[1:]
		}
		if len(recs) == 0 {
			return n, nil
		}
		ack, err := s.hand(ctx, wire.UploadDeposit, wire.Deposit{Journal: head.Journal, Runs: []wire.Run{runOf(prev, recs)}})
		if err != nil {
			return n, err
		}
		if ack.Reopen {
			return n, s.cfg.Journal.Reopen(ctx, "reopen") // the tail of the old one is a salvage then
		}
		if ack.Through <= head.Acked {
			return n, problem.New(problem.Conflict, "The server did not take the records.", "Tell your operator; they stay on this kiosk.")
		}
		if err := s.cfg.Journal.Release(ctx, ack.Journal, ack.Through, ack.Hash, ack.Gen); err != nil {
			return n, err
		}
		n += int(ack.Through - head.Acked)
	}
}

// hand posts one deposit and gives central's signed answer to exactly it.
func (s *Sender) hand(ctx context.Context, kind wire.UploadKind, d wire.Deposit) (wire.Ack, error) {
	body, err := json.Marshal(d)
	if err != nil {
		return wire.Ack{}, fmt.Errorf("encode %s: %w", kind, err)
	}
	header, err := wire.SignUpload(s.cfg.Key, s.cfg.Org, s.cfg.Kiosk, kind, body, s.cfg.Now())
	if err != nil {
		return wire.Ack{}, err
	}
	reply, err := s.cfg.Central.HandIn(ctx, kind, header, body)
	if err != nil {
		return wire.Ack{}, err
	}
	sum := record.Hash(sha256.Sum256(body))
	return s.open(d.Journal, sum.String(), reply)
}

// open verifies an answer: signed by a key of central's, for this kiosk, to the
// upload with this digest, about this journal.
func (s *Sender) open(j record.JournalID, digest string, reply wire.UploadReply) (wire.Ack, error) {
	topic := wire.Topic{Org: s.cfg.Org, Kiosk: s.cfg.Kiosk, Channel: wire.DownAck}
	_, e, err := wire.Open(wire.Message{Topic: topic.String(), Payload: reply.Payload}, func(_ wire.Topic, kid string) (ed25519.PublicKey, error) {
		return s.keyOf(kid, reply.Keyset)
	})
	if err != nil {
		return wire.Ack{}, err
	}
	var r wire.Receipt
	if err := e.Decode(&r); err != nil {
		return wire.Ack{}, err
	}
	if e.Type != wire.TypeReceipt || e.Re != digest || r.Ack == nil || r.Ack.Journal != j {
		return wire.Ack{}, problem.New(problem.Untrusted, "The server's answer is to something else.", "Tell your operator.")
	}
	return *r.Ack, nil
}

// keyOf gives a message key of central's: of the keyset we have, or of a newer one
// that the authority vouches for.
func (s *Sender) keyOf(kid string, newer wire.Keyset) (ed25519.PublicKey, error) {
	ca, keyset := s.cfg.Trust()
	key, err := keyset.Public(kid)
	if err == nil || newer.Version <= keyset.Version {
		return key, err
	}
	if _, err := keyset.Follow(ca, newer, s.cfg.Org); err != nil {
		return nil, err
	}
	return newer.Public(kid)
}

func runOf(prev record.Hash, recs []record.Record) wire.Run {
	r := wire.Run{From: recs[0].Seq, Prev: prev, Entries: make([]wire.Entry, len(recs))}
	for n, rec := range recs {
		r.Entries[n] = wire.Entry{Body: rec.Body, Hash: rec.Hash, Sig: rec.Sig}
	}
	return r
}

// runsOf cuts records at the holes between their numbers.
func runsOf(recs []record.Record) []wire.Run {
	var out []wire.Run
	from := 0
	for n := range recs {
		if n+1 == len(recs) || recs[n+1].Seq != recs[n].Seq+1 {
			out = append(out, runOf(record.Hash{}, recs[from:n+1]))
			from = n + 1
		}
	}
	return out
}

// Salvage hands in the unsent tails of journals that are over, and gives how many
// records central has answered for. What could not be handed in is tried again with
// the next call; one file that can't be read holds up no other.
func (s *Sender) Salvage(ctx context.Context) (n int, err error) {
	n, err = s.closed(ctx)
	m, ferr := s.files(ctx)
	return n + m, errors.Join(err, ferr)
}

// Left says whether something waits for Salvage, or can't be read by it.
func (s *Sender) Left(ctx context.Context) (bool, error) {
	_, found, err := s.cfg.Journal.Closed(ctx, 1)
	if err != nil || found {
		return found, err
	}
	files, err := devicedb.SetAsides(s.cfg.Path)
	if err != nil || len(files) == 0 {
		return false, err
	}
	gen, err := s.cfg.Gen(ctx)
	if err != nil {
		return false, err
	}
	for _, file := range files {
		n, found, err := noteOf(file)
		if err != nil {
			return false, err
		}
		if !found || n.Gen < gen {
			return true, nil
		}
	}
	return false, nil
}

// closed hands in what is left of journals that were reopened.
func (s *Sender) closed(ctx context.Context) (n int, err error) {
	var before devicedb.Unsent
	for {
		u, found, err := s.cfg.Journal.Closed(ctx, wire.MaxDeposit)
		if err != nil || !found {
			return n, err
		}
		if n > 0 && u.Journal == before.Journal && u.Acked <= before.Acked { // of a generation that is over
			return n, problem.New(problem.Conflict, "The server's answer was not the newest.", "It is tried again later.")
		}
		before = u
		ack, err := s.hand(ctx, wire.UploadSalvage, wire.Deposit{Journal: u.Journal, Reason: "closed", Runs: runsOf(u.Records)})
		if err != nil {
			return n, err
		}
		if ack.Through <= u.Acked {
			return n, problem.New(problem.Conflict, "The server did not take the records.", "Tell your operator; they stay on this kiosk.")
		}
		if err := s.cfg.Journal.Release(ctx, ack.Journal, ack.Through, ack.Hash, ack.Gen); err != nil {
			return n, err
		}
		n += len(u.Records)
	}
}
