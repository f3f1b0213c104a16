package storetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// CentralDB is a fresh, empty central database to test.
type CentralDB struct {
	DB   *centraldb.DB
	Exec func(ctx context.Context, query string) error // runs any statement, past the package
}

// Central is the contract of central's log: what is in it stays as it is, a
// batch is stored whole or not at all, and only behind the cursor it was judged
// against. open gives a new database for each test and closes it.
func Central(t *testing.T, open func(t *testing.T) CentralDB) {
	for name, test := range map[string]func(*testing.T, CentralDB){
		"a batch is stored whole":              batchIsWhole,
		"a stale batch is not stored":          staleBatch,
		"a failed group leaves nothing":        failedGroup,
		"asides are kept and repeat":           asidesRepeat,
		"a fork closes the journal":            forkCloses,
		"a gap moves the cursor once":          gapOnce,
		"the log is insert-only":               insertOnly,
		"a step is projected once":             projectOnce,
		"presence contains what is counted":    countedSeq,
		"the generation only goes up":          generationUp,
		"a roster step is conditional":         rosterStep,
		"deletes come first and not from zero": rosterDeletes,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// received is when every record of this suite came in.
var received = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// journal is the one every kiosk of this suite writes.
func journal() record.JournalID { return record.JournalID{7} }

func openLog(t *testing.T, c CentralDB) *centraldb.Records {
	t.Helper()
	log, err := c.DB.Records(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// run gives records from..to; their proofs are no proofs, which is the caller's
// business.
func run(from, to uint64) []record.Record {
	var out []record.Record
	for seq := from; seq <= to; seq++ {
		out = append(out, record.Record{
			Journal: journal(), Seq: seq, Body: []byte{'{', byte(seq), '<', 0, 0xff}, Hash: record.Hash{byte(seq), byte(seq >> 8), 1}, Sig: []byte{byte(seq)},
		})
	}
	return out
}

// batch gives the batch of from..to behind the cursor that such batches leave.
func batch(kiosk string, from, to uint64) centraldb.Batch {
	b := centraldb.Batch{
		Kiosk: kiosk, Journal: journal(), Good: run(from, to), Through: to, Hash: record.Hash{byte(to), byte(to >> 8), 1}, ReceivedAt: received,
	}
	if before := from - 1; before > 0 {
		b.Before = centraldb.Cursor{Through: before, Hash: record.Hash{byte(before), byte(before >> 8), 1}, Known: true}
	}
	return b
}

func mustAppend(t *testing.T, log *centraldb.Records, want []bool, batches ...centraldb.Batch) {
	t.Helper()
	got, err := log.Append(t.Context(), batches)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

func wantLog(t *testing.T, log *centraldb.Records, kiosk string, want []record.Record) {
	t.Helper()
	got, err := log.Of(t.Context(), kiosk, journal())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

func wantCursor(t *testing.T, log *centraldb.Records, kiosk string, want centraldb.Cursor) {
	t.Helper()
	got, err := log.Cursor(t.Context(), kiosk, journal())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

func batchIsWhole(t *testing.T, c CentralDB) {
	log := openLog(t, c)
	wantCursor(t, log, "gate", centraldb.Cursor{})
	mustAppend(t, log, []bool{true, true}, batch("gate", 1, 100), batch("lobby", 1, 3))
	mustAppend(t, log, []bool{true}, batch("gate", 101, 350)) // more than one statement's worth
	wantLog(t, log, "gate", run(1, 350))
	wantLog(t, log, "lobby", run(1, 3))
	wantCursor(t, log, "gate", centraldb.Cursor{Through: 350, Hash: run(350, 350)[0].Hash, Known: true})
	hashes, err := log.Hashes(t.Context(), "gate", journal(), 349, 400)
	if err != nil {
		t.Fatal(err)
	}
	want := map[uint64]record.Hash{349: run(349, 349)[0].Hash, 350: run(350, 350)[0].Hash}
	if d := cmp.Diff(want, hashes); d != "" {
		t.Fatal(d)
	}
}

func staleBatch(t *testing.T, c CentralDB) {
	log := openLog(t, c)
	mustAppend(t, log, []bool{true}, batch("gate", 1, 5))
	mustAppend(t, log, []bool{false, true}, batch("gate", 1, 5), batch("lobby", 1, 1))
	mustAppend(t, log, []bool{false}, batch("gate", 4, 9))
	other := batch("gate", 6, 7)
	other.Before.Hash = record.Hash{99}
	mustAppend(t, log, []bool{false}, other)
	mustAppend(t, log, []bool{true, true}, batch("gate", 6, 7), batch("gate", 8, 8)) // in one commit, one after the other
	wantLog(t, log, "gate", run(1, 8))
}

func failedGroup(t *testing.T, c CentralDB) {
	log := openLog(t, c)
	broken := batch("lobby", 1, 2)
	broken.Good[1].Seq = 1
	if _, err := log.Append(t.Context(), []centraldb.Batch{batch("gate", 1, 5), broken}); err == nil {
		t.Fatal("the same place twice was stored")
	}
	wantLog(t, log, "gate", nil)
	wantCursor(t, log, "gate", centraldb.Cursor{})
}

func asidesRepeat(t *testing.T, c CentralDB) {
	log := openLog(t, c)
	b := batch("gate", 1, 3)
	bad := b.Good[1]
	bad.Body, bad.Sig = nil, nil
	b.Good = append(b.Good[:1:1], b.Good[2])
	b.Asides = []centraldb.Aside{{Kind: centraldb.Fault, Reason: "malformed", Record: bad}}
	mustAppend(t, log, []bool{true}, b)
	bad.Body, bad.Sig = []byte{}, []byte{}
	for range 2 {
		if err := log.Divert(t.Context(), "gate", journal(), received, b.Asides); err != nil {
			t.Fatal(err)
		}
		got, err := log.Asides(t.Context(), "gate", journal())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]centraldb.Aside{{Kind: centraldb.Fault, Reason: "malformed", Record: bad}}, got); d != "" {
			t.Fatal(d)
		}
	}
	hashes, err := log.Hashes(t.Context(), "gate", journal(), 1, 3)
	if err != nil || len(hashes) != 3 || hashes[2] != bad.Hash {
		t.Fatalf("hashes %v, %v", hashes, err)
	}
}

func forkCloses(t *testing.T, c CentralDB) {
	log := openLog(t, c)
	mustAppend(t, log, []bool{true}, batch("gate", 1, 3))
	fork := run(2, 2)[0]
	fork.Hash = record.Hash{42}
	err := log.Divert(t.Context(), "gate", journal(), received, []centraldb.Aside{{Kind: centraldb.Fork, Reason: "other", Record: fork}})
	if err != nil {
		t.Fatal(err)
	}
	wantCursor(t, log, "gate", centraldb.Cursor{Through: 3, Hash: run(3, 3)[0].Hash, Closed: true, Known: true})
	mustAppend(t, log, []bool{false}, batch("gate", 4, 4))
	wantLog(t, log, "gate", run(1, 3))
}

func gapOnce(t *testing.T, c CentralDB) {
	log := openLog(t, c)
	mustAppend(t, log, []bool{true}, batch("gate", 1, 3))
	g := centraldb.Gap{Kiosk: "gate", Journal: journal(), Before: batch("gate", 4, 4).Before, To: 9, NoticedAt: received}
	for _, want := range []bool{true, false} {
		if moved, err := log.Gap(t.Context(), g); err != nil || moved != want {
			t.Fatal(moved, err)
		}
	}
	wantCursor(t, log, "gate", centraldb.Cursor{Through: 9, Known: true})
	gaps, err := log.Gaps(t.Context(), "gate")
	if err != nil {
		t.Fatal(err)
	}
	g.Before = centraldb.Cursor{Through: 3}
	if d := cmp.Diff([]centraldb.Gap{g}, gaps); d != "" {
		t.Fatal(d)
	}
	// A journal that is unknown may begin with one.
	first := centraldb.Gap{Kiosk: "lobby", Journal: journal(), To: 4, NoticedAt: received}
	if moved, err := log.Gap(t.Context(), first); err != nil || !moved {
		t.Fatal(moved, err)
	}
}

func insertOnly(t *testing.T, c CentralDB) {
	log := openLog(t, c)
	b := batch("gate", 1, 2)
	b.Asides = []centraldb.Aside{{Kind: centraldb.Fault, Reason: "altered", Record: run(9, 9)[0]}}
	mustAppend(t, log, []bool{true}, b)
	step := centraldb.Step{To: 1, Punches: []centraldb.Projected{{ID: 1, Journal: journal(), Seq: 1, Punch: attendance.Punch{Person: "ada", Kiosk: "gate", Action: attendance.In, At: received}}}}
	if done, err := c.DB.Project(t.Context(), step); err != nil || !done {
		t.Fatal(done, err)
	}
	for _, table := range []string{"records", "quarantine", "punches"} {
		for _, query := range []string{"UPDATE " + table + " SET seq = 77", "DELETE FROM " + table} {
			if err := c.Exec(t.Context(), query); err == nil || !strings.Contains(err.Error(), "insert-only") {
				t.Errorf("%s: %v", query, err)
			}
		}
	}
	wantLog(t, log, "gate", run(1, 2))
}
