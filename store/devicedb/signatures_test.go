package devicedb

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
)

// A start looks at the chain, not at each signature; what is sent has its own all
// the same. Central may keep any of a batch as the last that it has.
func TestADamagedSignatureIsMadeAgainBeforeItIsSent(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	j := mustOpen(t, path)
	for range 8 {
		must(t, appendPunch(j))
	}
	want := all(t, j)
	must(t, j.db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE records SET sig = zeroblob(64) WHERE seq IN (4, 6)`)
		return err
	}))
	must(t, j.Close())
	j = mustOpen(t, path)
	for seq := uint64(0); seq < 9; seq += 3 { // as it is sent: a few at a time, with punches between
		got, err := j.After(t.Context(), seq, 3)
		must(t, err)
		if fmt.Sprint(got) != fmt.Sprint(want[seq:seq+3]) {
			t.Errorf("above %d: %v", seq, got)
		}
		must(t, appendPunch(j))
	}
	run, err := readRecords(t.Context(), j.db.Reader(), j.head.Journal, j.head.n, 0, 100)
	must(t, err)
	for _, r := range run {
		if !record.Signed(j.id.public(), r.Hash, r.Sig) {
			t.Errorf("record %d is still damaged in the file", r.Seq)
		}
	}
	if len(run) != len(want)+3 {
		t.Errorf("%d records", len(run))
	}
}

// Between the start and the sending somebody writes into the file: a signature is
// never made for what was not chained.
func TestNothingIsSignedThatWasAlteredSinceTheStart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	j := mustOpen(t, path)
	for range 8 {
		must(t, appendPunch(j))
	}
	must(t, j.Close())
	j = mustOpen(t, path)
	must(t, j.db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE records SET body = '{"v":1,"type":"punch"}', hash = zeroblob(32), sig = zeroblob(64) WHERE seq = 5`)
		return err
	}))
	if got, err := j.After(t.Context(), 0, 100); problem.CodeOf(err) != problem.Damaged {
		t.Fatalf("%d records, %v", len(got), err)
	}
	if b := opened(t, j); b.Reason != ReasonCorrupt || b.PrevSeq != 4 || len(asides(t, path, ReasonCorrupt)) != 1 {
		t.Errorf("opened = %+v", b)
	}
	must(t, appendPunch(j))
}
