package devicedb_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// clock is a machine's clocks under the test's control.
type clock struct {
	boot string
	real int64
}

func (c *clock) stamp() attendance.Stamp {
	c.real += 1e9
	return attendance.Stamp{Real: c.real, Boot: c.real, Mono: c.real, Raw: c.real, BootID: c.boot, Zone: "Europe/Berlin"}
}

func newIdentity(seed byte) devicedb.Identity {
	return devicedb.Identity{Org: "acme", Kiosk: "front", Key: ed25519.NewKeyFromSeed(append(make([]byte, 31), seed))}
}

func openJournal(t *testing.T, path string, c *clock) *devicedb.Journal {
	t.Helper()
	j, err := devicedb.OpenJournal(t.Context(), path, newIdentity(1), devicedb.Options{Random: rand.Reader, Stamp: c.stamp})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeJournal(t, j) })
	return j
}

func closeJournal(t *testing.T, j *devicedb.Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

func punch(t *testing.T, j *devicedb.Journal, person string, a attendance.Action) record.Record {
	t.Helper()
	var rec record.Record
	err := j.Update(t.Context(), func(tx *devicedb.JournalTx) (err error) {
		rec, err = tx.Append(record.Body{Type: record.Punched, Person: person, Action: a, Auth: attendance.AuthPersonal})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func headOf(t *testing.T, j *devicedb.Journal) devicedb.Head {
	t.Helper()
	h, err := j.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func records(t *testing.T, j *devicedb.Journal, after uint64) []record.Record {
	t.Helper()
	out, err := j.After(t.Context(), after, 10000)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func bodies(t *testing.T, recs []record.Record) []record.Body {
	t.Helper()
	var out []record.Body
	for _, r := range recs {
		b, err := record.Decode(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

func types(bs []record.Body) []record.Type {
	var out []record.Type
	for _, b := range bs {
		out = append(out, b.Type)
	}
	return out
}

func TestAJournalBeginsWithOpenedAndBoot(t *testing.T) {
	t.Parallel()
	j := openJournal(t, filepath.Join(t.TempDir(), "journal.db"), &clock{boot: "a"})
	recs := records(t, j, 0)
	bs := bodies(t, recs)
	if diff := cmp.Diff([]record.Type{record.Opened, record.Boot}, types(bs)); diff != "" {
		t.Fatal(diff)
	}
	if bs[0].Reason != devicedb.ReasonEnrolled || bs[0].Stamp.BootSeq != 1 {
		t.Errorf("opened = %+v", bs[0])
	}
	h := headOf(t, j)
	chain := record.Chain{Org: "acme", Kiosk: "front", Journal: h.Journal}
	key := newIdentity(1).Key.Public().(ed25519.PublicKey)
	for i, f := range record.Verify(chain, key, chain.Genesis(key), recs) {
		if f != record.Good {
			t.Errorf("record %d is %s", i+1, f)
		}
	}
	want := devicedb.Head{Journal: h.Journal, Seq: 2, Hash: recs[1].Hash, Oldest: 1, Queue: 2}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Error(diff)
	}
}

func TestAJournalGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	c := &clock{boot: "a"}
	j := openJournal(t, path, c)
	punch(t, j, "ann", attendance.In)
	before := headOf(t, j)
	closeJournal(t, j)

	j = openJournal(t, path, c) // the same boot: no record
	if diff := cmp.Diff(before, headOf(t, j)); diff != "" {
		t.Fatal(diff)
	}
	closeJournal(t, j)

	c.boot = "b"
	j = openJournal(t, path, c)
	punch(t, j, "ann", attendance.Out)
	bs := bodies(t, records(t, j, before.Seq))
	if diff := cmp.Diff([]record.Type{record.Boot, record.Punched}, types(bs)); diff != "" {
		t.Fatal(diff)
	}
	for _, b := range bs {
		if b.Stamp.BootSeq != 2 {
			t.Errorf("boot seq of %s = %d, want 2", b.Type, b.Stamp.BootSeq)
		}
	}
}

func TestAFailedUpdateHasDoneNothing(t *testing.T) {
	t.Parallel()
	j := openJournal(t, filepath.Join(t.TempDir(), "journal.db"), &clock{boot: "a"})
	before := headOf(t, j)
	boom := errors.New("boom")
	err := j.Update(t.Context(), func(tx *devicedb.JournalTx) error {
		if _, err := tx.Append(record.Body{Type: record.Punched, Person: "ann", Action: attendance.In}); err != nil {
			return err
		}
		if err := tx.PutGuard("k", []byte("1")); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("err = %v", err)
	}
	if diff := cmp.Diff(before, headOf(t, j)); diff != "" {
		t.Error(diff)
	}
	rec := punch(t, j, "ann", attendance.In)
	if rec.Seq != before.Seq+1 {
		t.Errorf("seq = %d", rec.Seq)
	}
	err = j.Update(t.Context(), func(tx *devicedb.JournalTx) error {
		state, err := tx.Guard("k")
		if state != nil {
			t.Errorf("guard = %q", state)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRelease(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	c := &clock{boot: "a"}
	j := openJournal(t, path, c)
	for range 5 {
		punch(t, j, "ann", attendance.In)
	}
	recs := records(t, j, 0)
	h := headOf(t, j)
	genesis := record.Chain{Org: "acme", Kiosk: "front", Journal: h.Journal}.Genesis(newIdentity(1).Key.Public().(ed25519.PublicKey))
	hashAt := func(seq uint64) record.Hash {
		if seq == 0 {
			return genesis
		}
		return recs[seq-1].Hash
	}
	for _, s := range []struct {
		name    string
		journal record.JournalID
		through uint64
		hash    record.Hash
		gen     uint64
		code    problem.Code
		acked   uint64
	}{
		{"forward", h.Journal, 3, hashAt(3), 1, "", 3},
		{"again", h.Journal, 3, hashAt(3), 1, "", 3},
		{"back", h.Journal, 2, hashAt(2), 1, "", 3},
		{"wrong hash", h.Journal, 4, hashAt(3), 1, problem.Untrusted, 3},
		{"beyond", h.Journal, 8, hashAt(7), 1, problem.Untrusted, 3},
		{"far beyond", h.Journal, 1 << 63, hashAt(7), 1, problem.Untrusted, 3},
		{"far generation", h.Journal, 3, hashAt(3), 1 << 63, problem.Untrusted, 3},
		{"other journal", record.JournalID{9}, 4, hashAt(4), 1, problem.NotFound, 3},
		{"older generation", h.Journal, 4, hashAt(4), 0, "", 3},
		{"back under a newer generation", h.Journal, 0, hashAt(0), 2, "", 0},
		{"all", h.Journal, 7, hashAt(7), 2, "", 7},
	} {
		err := j.Release(t.Context(), s.journal, s.through, s.hash, s.gen)
		if problem.CodeOf(err) != s.code {
			t.Errorf("%s: err = %v, want %q", s.name, err, s.code)
		}
		if got := headOf(t, j); got.Acked != s.acked || got.Queue != int(got.Seq-s.acked) {
			t.Errorf("%s: head = %+v, want acked %d", s.name, got, s.acked)
		}
	}
	closeJournal(t, j)
	j = openJournal(t, path, c)
	if got := headOf(t, j); got.Acked != 7 || got.Queue != 0 {
		t.Errorf("after reopening: %+v", got)
	}
}

func TestReopenNamesThePrevious(t *testing.T) {
	t.Parallel()
	j := openJournal(t, filepath.Join(t.TempDir(), "journal.db"), &clock{boot: "a"})
	punch(t, j, "ann", attendance.In)
	old := headOf(t, j)
	if err := j.Reopen(t.Context(), "reopen"); err != nil {
		t.Fatal(err)
	}
	now := headOf(t, j)
	if now.Journal == old.Journal || now.Seq != 1 || now.Acked != 0 {
		t.Fatalf("head = %+v", now)
	}
	b := bodies(t, records(t, j, 0))[0]
	if b.Reason != "reopen" || b.PrevJournal != old.Journal || b.PrevSeq != old.Seq || b.PrevHash != old.Hash {
		t.Errorf("opened = %+v", b)
	}
	punch(t, j, "ann", attendance.Out)
	ps, err := j.PunchesAfter(t.Context(), "ann", old.Journal, 0)
	if err != nil || len(ps) != 2 || ps[0].Action != attendance.In || ps[1].Action != attendance.Out {
		t.Errorf("punches over both journals = %+v, %v", ps, err)
	}
	ps, err = j.PunchesAfter(t.Context(), "ann", old.Journal, old.Seq)
	if err != nil || len(ps) != 1 || ps[0].Action != attendance.Out || ps[0].Journal != now.Journal {
		t.Errorf("punches after the old head = %+v, %v", ps, err)
	}
}

func TestChangedTicksAfterTheCommit(t *testing.T) {
	t.Parallel()
	j := openJournal(t, filepath.Join(t.TempDir(), "journal.db"), &clock{boot: "a"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	follow := j.Follow(ctx)
	punch(t, j, "ann", attendance.In)
	punch(t, j, "ann", attendance.Out)
	for name, ch := range map[string]<-chan struct{}{"changed": j.Changed(), "follow": follow} {
		select {
		case <-ch:
		default:
			t.Errorf("%s: no tick", name)
		}
		select {
		case <-ch:
			t.Errorf("%s: two ticks for a reader that did not look", name)
		default:
		}
	}
}
