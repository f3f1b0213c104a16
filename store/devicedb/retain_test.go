package devicedb

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
)

func retain(t testing.TB, j *Journal, run, heard time.Duration) {
	t.Helper()
	must(t, j.Update(t.Context(), func(tx *JournalTx) error { return tx.Retain(run, heard) }))
}

// retained is a journal and what has to be in it.
type retained struct {
	*rapid.T
	t       *testing.T
	path    string
	j       *Journal
	run     time.Duration
	heard   time.Duration // when central last said what it has
	gen     uint64
	hashes  map[record.JournalID][]record.Hash
	ackedAt map[record.JournalID][]time.Duration // when central had each record at the latest
}

func (r *retained) punch() {
	n := rapid.IntRange(1, 60).Draw(r.T, "punches")
	must(r.t, r.j.Update(r.t.Context(), func(tx *JournalTx) error {
		for i := range n {
			rec, err := tx.Append(record.Body{Type: record.Punched, Person: fmt.Sprint("p", i%7), Action: attendance.In})
			if err != nil {
				return err
			}
			r.hashes[rec.Journal] = append(r.hashes[rec.Journal], rec.Hash)
		}
		return nil
	}))
}

// know takes note of records that the journal has written by itself.
func (r *retained) know() Head {
	h, err := r.j.Head(r.t.Context())
	must(r.t, err)
	if len(r.hashes[h.Journal]) == 0 {
		for _, rec := range all(r.t, r.j) {
			r.hashes[h.Journal] = append(r.hashes[h.Journal], rec.Hash)
		}
	}
	return h
}

func (r *retained) ack() {
	h := r.know()
	through := rapid.Uint64Range(h.Acked, h.Seq).Draw(r.T, "through")
	if through == 0 {
		return
	}
	if err := r.j.Release(r.t.Context(), h.Journal, through, r.hashes[h.Journal][through-1], r.gen); err != nil {
		r.Fatalf("release through %d of %+v: %v", through, h, err)
	}
	for uint64(len(r.ackedAt[h.Journal])) < through {
		r.ackedAt[h.Journal] = append(r.ackedAt[h.Journal], r.run)
	}
}

// restore lets central know less than it did.
func (r *retained) restore() {
	h := r.know()
	r.gen++
	through := rapid.Uint64Range(max(h.Oldest, 2)-1, max(h.Acked, h.Oldest, 2)-1).Draw(r.T, "restored")
	if through > h.Acked {
		return
	}
	must(r.t, r.j.Release(r.t.Context(), h.Journal, through, r.hashes[h.Journal][through-1], r.gen))
}

func (r *retained) reopen() {
	must(r.t, r.j.Reopen(r.t.Context(), "reopen"))
	r.know()
}

func (r *retained) restart() {
	before := r.know()
	must(r.t, r.j.Close())
	var err error
	r.j, err = tryOpen(r.path, "acme", false)
	must(r.t, err)
	if h := r.know(); h.Journal != before.Journal || h.Seq != before.Seq || h.Oldest != before.Oldest || h.Acked != before.Acked || h.Queue != before.Queue {
		r.Fatalf("head %+v, was %+v", h, before)
	}
}

// check: what has to be there is there, in every journal.
func (r *retained) check(t *rapid.T) {
	r.T = t
	h := r.know()
	held := map[string]map[uint64]bool{}
	rows, err := r.j.db.Reader().Query(`SELECT j.id, r.seq FROM records r JOIN journals j ON j.n = r.journal`)
	must(r.t, err)
	for rows.Next() {
		var id []byte
		var seq uint64
		must(r.t, rows.Scan(&id, &seq))
		if held[string(id)] == nil {
			held[string(id)] = map[uint64]bool{}
		}
		held[string(id)][seq] = true
	}
	must(r.t, rows.Err())
	for id, hashes := range r.hashes {
		for i := range hashes {
			seq := uint64(i + 1)
			old := i < len(r.ackedAt[id]) && r.heard-r.ackedAt[id][i] >= KeepFor
			if !held[string(id[:])][seq] && (!old || id == h.Journal && seq > h.Acked) {
				t.Fatalf("record %d of %s is gone at %v; acknowledged are %d", seq, id, r.run, h.Acked)
			}
		}
	}
	if len(held[string(h.Journal[:])]) != int(h.Seq-h.Oldest)+1 {
		t.Fatalf("%d records are held of %d to %d", len(held[string(h.Journal[:])]), h.Oldest, h.Seq)
	}
}

// Records go when central has had them for long enough, never before, and never those
// that it does not have; whatever is opened anew, restored and restarted meanwhile.
func TestRetain(t *testing.T) {
	t.Parallel()
	pruned := 0
	rapid.Check(t, func(rt *rapid.T) {
		dir := memoryDir(t)
		r := &retained{T: rt, t: t, path: filepath.Join(dir, "journal.db"), gen: 1, hashes: map[record.JournalID][]record.Hash{}, ackedAt: map[record.JournalID][]time.Duration{}}
		var err error
		r.j, err = tryOpen(r.path, "acme", false)
		must(t, err)
		defer func() { must(t, r.j.Close()) }()
		r.know()
		step := func(f func()) func(*rapid.T) { return func(t *rapid.T) { r.T = t; f() } }
		rt.Repeat(map[string]func(*rapid.T){
			"":        r.check,
			"punch":   step(r.punch),
			"ack":     step(r.ack),
			"restore": step(r.restore),
			"reopen":  step(r.reopen),
			"restart": step(r.restart),
			"days": step(func() {
				r.run += time.Duration(rapid.IntRange(1, 20*24).Draw(r.T, "hours")) * time.Hour
				retain(t, r.j, r.run, r.heard)
			}),
			"hear": step(func() {
				r.run += time.Hour
				r.heard = r.run
				retain(t, r.j, r.run, r.heard)
			}),
		})
		pruned += r.goesAtLast()
	})
	if pruned == 0 {
		t.Error("nothing was ever removed")
	}
}

// goesAtLast: what is acknowledged is gone in the end, but for the last.
func (r *retained) goesAtLast() int {
	r.run += markEvery + time.Hour
	retain(r.t, r.j, r.run, r.heard)
	r.run += KeepFor
	r.heard = r.run
	for range 60 {
		retain(r.t, r.j, r.run, r.heard)
	}
	h := r.know()
	if h.Oldest < h.Acked {
		r.Fatalf("records %d to %d are acknowledged and kept", h.Oldest, h.Acked)
	}
	r.check(r.T)
	var punches int
	must(r.t, r.j.db.Reader().QueryRow(`SELECT count(*) FROM punches p WHERE NOT EXISTS (SELECT 1 FROM records r WHERE r.journal = p.journal AND r.seq = p.seq)`).Scan(&punches))
	if punches > 7 {
		r.Fatalf("%d punches without a record are indexed, of 7 people", punches)
	}
	return int(h.Oldest) - 1
}

// A restored server that has everything up to right before the oldest record says so by
// its hash, and is believed if that record was chained to it.
func TestARestoredServerEndsRightBeforeTheOldest(t *testing.T) {
	t.Parallel()
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	for range 10 {
		must(t, appendPunch(j))
	}
	recs := all(t, j)
	must(t, j.Release(t.Context(), recs[0].Journal, 8, recs[7].Hash, 1))
	retain(t, j, time.Hour, time.Hour)
	retain(t, j, time.Hour+KeepFor, time.Hour+KeepFor)
	if h, _ := j.Head(t.Context()); h.Oldest != 8 {
		t.Fatalf("head %+v", h)
	}
	if err := j.Release(t.Context(), recs[0].Journal, 7, recs[5].Hash, 2); !problem.Is(err, problem.Untrusted) {
		t.Errorf("another hash is believed: %v", err)
	}
	must(t, j.Release(t.Context(), recs[0].Journal, 7, recs[6].Hash, 2))
	if h, _ := j.Head(t.Context()); h.Acked != 7 || h.AckedHash != recs[6].Hash || h.Queue != int(h.Seq)-7 {
		t.Errorf("head %+v", h)
	}
	if got := all(t, j); len(got) != len(recs)-7 || got[0].Seq != 8 {
		t.Errorf("%d records from %d", len(got), got[0].Seq)
	}
}

// Whoever has not punched for long is where they were.
func TestTheNewestPunchStays(t *testing.T) {
	t.Parallel()
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	for _, who := range []string{"ann", "ann", "bob", "ann", "ann"} {
		must(t, j.Update(t.Context(), func(tx *JournalTx) error {
			_, err := tx.Append(record.Body{Type: record.Punched, Person: who, Action: attendance.In})
			return err
		}))
	}
	h, err := j.Head(t.Context())
	must(t, err)
	must(t, j.Release(t.Context(), h.Journal, h.Seq, h.Hash, 1))
	retain(t, j, time.Hour, time.Hour)
	retain(t, j, time.Hour+KeepFor, time.Hour+KeepFor)
	for who, want := range map[string][]uint64{"ann": {h.Seq}, "bob": {h.Seq - 2}} {
		got, err := j.Punches(t.Context(), who, 0)
		must(t, err)
		if len(got) != 1 || got[0].Seq != want[0] {
			t.Errorf("%s: %+v", who, got)
		}
	}
}

// memoryDir is a folder in memory where there is one: what is durable is not the question.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "retain-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	return dir
}
