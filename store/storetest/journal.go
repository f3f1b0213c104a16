package storetest

import (
	"context"
	"crypto/ed25519"
	"testing"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// Journal is a journal as the one who sends it sees it.
type Journal interface {
	Head(ctx context.Context) (devicedb.Head, error)
	After(ctx context.Context, seq uint64, limit int) ([]record.Record, error)
	Release(ctx context.Context, journal record.JournalID, through uint64, hash record.Hash, gen uint64) error
	Reopen(ctx context.Context, reason string) error
}

// Subject is a journal under test, with what the contract needs beside it.
type Subject struct {
	Journal
	Org, Kiosk string
	Key        ed25519.PublicKey
	Append     func(t *testing.T) // appends one record
}

func (s Subject) head(t *testing.T) devicedb.Head {
	t.Helper()
	h, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (s Subject) after(t *testing.T, seq uint64, limit int) []record.Record {
	t.Helper()
	out, err := s.After(t.Context(), seq, limit)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// hashAt gives the journal's own hash at seq.
func (s Subject) hashAt(t *testing.T, h devicedb.Head, seq uint64) record.Hash {
	t.Helper()
	if seq == 0 {
		return record.Chain{Org: s.Org, Kiosk: s.Kiosk, Journal: h.Journal}.Genesis(s.Key)
	}
	return s.after(t, seq-1, 1)[0].Hash
}

// RunJournal holds the journals that open gives to the contract. Each is fresh,
// and may hold records of its own already.
func RunJournal(t *testing.T, open func(t *testing.T) Subject) {
	for name, check := range map[string]func(t *testing.T, s Subject){
		"records follow each other":   recordsFollow,
		"after gives what was asked":  afterGives,
		"release needs our own hash":  releaseNeedsHash,
		"release only goes on":        releaseGoesOn,
		"reopen begins a new journal": reopenBegins,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, open(t))
		})
	}
}

func recordsFollow(t *testing.T, s Subject) {
	first := s.head(t)
	for range 5 {
		s.Append(t)
	}
	h := s.head(t)
	if h.Journal != first.Journal || h.Seq != first.Seq+5 || h.Queue != int(h.Seq-h.Acked) || h.Oldest != 1 {
		t.Errorf("head %+v became %+v", first, h)
	}
	recs := s.after(t, 0, 1000)
	if uint64(len(recs)) != h.Seq || recs[len(recs)-1].Hash != h.Hash {
		t.Fatalf("%d records under head %+v", len(recs), h)
	}
	chain := record.Chain{Org: s.Org, Kiosk: s.Kiosk, Journal: h.Journal}
	for i, fault := range record.Verify(chain, s.Key, chain.Genesis(s.Key), recs) {
		if fault != record.Good || recs[i].Seq != uint64(i+1) || recs[i].Journal != h.Journal || !record.Signed(s.Key, recs[i].Hash, recs[i].Sig) {
			t.Errorf("record %d: %q, %+v", i+1, fault, recs[i])
		}
	}
}

func afterGives(t *testing.T, s Subject) {
	for range 5 {
		s.Append(t)
	}
	h := s.head(t)
	if got := s.after(t, h.Seq-3, 2); len(got) != 2 || got[0].Seq != h.Seq-2 || got[1].Seq != h.Seq-1 {
		t.Errorf("two after %d: %+v", h.Seq-3, got)
	}
	for _, seq := range []uint64{h.Seq, h.Seq + 1, h.Seq + 1000} {
		if got := s.after(t, seq, 10); len(got) != 0 {
			t.Errorf("after the end: %+v", got)
		}
	}
}

func releaseNeedsHash(t *testing.T, s Subject) {
	s.Append(t)
	s.Append(t)
	h := s.head(t)
	for name, c := range map[string]struct {
		through uint64
		hash    record.Hash
	}{
		"another record's": {h.Seq - 1, h.Hash},
		"nobody's":         {h.Seq, record.Hash{1}},
		"beyond the end":   {h.Seq + 1, h.Hash},
		"none at zero":     {0, record.Hash{}},
	} {
		err := s.Release(t.Context(), h.Journal, c.through, c.hash, 1)
		if !problem.Is(err, problem.Untrusted) {
			t.Errorf("%s hash: %v", name, err)
		}
	}
	if got := s.head(t); got != h {
		t.Errorf("head %+v became %+v", h, got)
	}
	if err := s.Release(t.Context(), h.Journal, h.Seq, h.Hash, 1); err != nil {
		t.Error(err)
	}
	if got := s.head(t); got.Acked != h.Seq || got.Queue != 0 {
		t.Errorf("head = %+v", got)
	}
}

func releaseGoesOn(t *testing.T, s Subject) {
	for range 5 {
		s.Append(t)
	}
	h := s.head(t)
	for i, c := range []struct{ through, gen, want uint64 }{
		{3, 1, 3}, {2, 1, 3}, {4, 1, 4}, {1, 2, 1}, {5, 1, 1}, {0, 3, 0}, {5, 3, 5},
	} {
		if err := s.Release(t.Context(), h.Journal, c.through, s.hashAt(t, h, c.through), c.gen); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if got := s.head(t).Acked; got != c.want {
			t.Errorf("step %d: acked %d, want %d", i, got, c.want)
		}
	}
}

func reopenBegins(t *testing.T, s Subject) {
	s.Append(t)
	old := s.head(t)
	if err := s.Reopen(t.Context(), "reopen"); err != nil {
		t.Fatal(err)
	}
	h := s.head(t)
	if h.Journal == old.Journal || h.Acked != 0 || h.Seq == 0 {
		t.Fatalf("head %+v became %+v", old, h)
	}
	b, err := record.Decode(s.after(t, 0, 1)[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	if b.Type != record.Opened || b.Reason != "reopen" || b.PrevJournal != old.Journal || b.PrevSeq != old.Seq || b.PrevHash != old.Hash {
		t.Errorf("record 1 says %+v", b)
	}
}
