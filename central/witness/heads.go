package witness

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// Store is the tables. HeadsNow gives the last record of every journal, by kiosk and
// journal, and the last record of all; HeadsAfter all records in that order, in pages.
type Store interface {
	Generation(ctx context.Context) (uint64, error)
	HeadsNow(ctx context.Context) ([]centraldb.JournalHead, int64, error)
	HeadsAfter(ctx context.Context, after centraldb.JournalHead, limit int) ([]centraldb.JournalHead, error)
	AuditEnd(ctx context.Context) (centraldb.AuditRow, error)
	Audit(ctx context.Context, after int64, limit int) ([]centraldb.AuditRow, error)
}

// digest is over the heads of all journals of an organisation, in order of kiosk and
// journal: SHA-256("timepost/heads/v1\0" + lp(org) + each: lp(kiosk) + journal +
// be64(seq) + hash).
type digest struct {
	h hash.Hash
	n int
}

func newDigest(org string) *digest {
	d := &digest{h: sha256.New()}
	d.write(append([]byte("timepost/heads/v1\x00"), lp(org)...))
	return d
}

func (d *digest) write(b []byte) { _, _ = d.h.Write(b) } // a hash never fails

func (d *digest) add(h centraldb.JournalHead) {
	d.n++
	d.write(lp(h.Kiosk))
	d.write(h.Journal[:])
	d.write(binary.BigEndian.AppendUint64(nil, h.Seq))
	d.write(h.Hash[:])
}

func (d *digest) sum() (out record.Hash) {
	copy(out[:], d.h.Sum(nil))
	return out
}

func lp(s string) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...) }

// Now gives the line of this moment, not signed yet.
func Now(ctx context.Context, s Store, org string, now time.Time) (Line, error) {
	l := Line{At: now, Org: org}
	var err error
	if l.Gen, err = s.Generation(ctx); err != nil {
		return l, err
	}
	heads, upto, err := s.HeadsNow(ctx)
	if err != nil {
		return l, err
	}
	d := newDigest(org)
	for _, h := range heads {
		d.add(h)
	}
	l.UpTo, l.Journals, l.Heads = upto, d.n, d.sum()
	end, err := s.AuditEnd(ctx)
	if problem.Is(err, problem.NotFound) {
		return l, nil
	}
	l.AuditRows = end.ID
	copy(l.AuditHash[:], end.Hash)
	return l, err
}
