package ledger_test

import (
	"crypto/ed25519"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/ledger"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

const org, door = "acme", "door"

var at = time.Unix(1_800_000_000, 0)

func keyOf(name string) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, name)
	return ed25519.NewKeyFromSeed(seed)
}

// filled is a database with a journal of 2,500 records, of which 11 was set aside and
// 21 to 30 are written down as missing, and one of an earlier machine.
func filled(t *testing.T) (*centraldb.DB, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "central.db")
	db, err := centraldb.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	enrol := func(key string, since int64) error {
		return db.Update(t.Context(), func(tx *centraldb.Tx) error {
			k, err := tx.Kiosk(t.Context(), door)
			if problem.Is(err, problem.NotFound) {
				k.Kiosk = attendance.Kiosk{ID: door, Name: "Door", Zone: "UTC"}
				err = tx.AddKiosk(t.Context(), k.Kiosk, 1)
			}
			if err != nil {
				return err
			}
			k.Status, k.RecordKey, k.EnrolledAt = centraldb.KioskEnrolled, keyOf(key).Public().(ed25519.PublicKey), since
			return tx.SetKioskIdentity(t.Context(), k)
		})
	}
	log, err := db.Records(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for n, key := range []string{"old", "now"} {
		if err := enrol(key, int64(n+1)); err != nil {
			t.Fatal(err)
		}
		fill(t, log, keyOf(key), byte(n+1), []int{30, 2500}[n], n == 1)
	}
	return db, path
}

func fill(t *testing.T, log *centraldb.Records, key ed25519.PrivateKey, id byte, n int, holes bool) {
	t.Helper()
	c := record.Chain{Org: org, Kiosk: door, Journal: record.JournalID{id}}
	prev := c.Genesis(key.Public().(ed25519.PublicKey))
	var before centraldb.Cursor
	flush := func(b centraldb.Batch) {
		t.Helper()
		b.Kiosk, b.Journal, b.Before, b.ReceivedAt = door, c.Journal, before, at
		if ok, err := log.Append(t.Context(), []centraldb.Batch{b}); err != nil || !ok[0] {
			t.Fatal(ok, err)
		}
		before = centraldb.Cursor{Through: b.Through, Hash: b.Hash, Known: true}
	}
	var b centraldb.Batch
	for seq := uint64(1); seq <= uint64(n); seq++ {
		r, err := record.Append(c, key, seq, prev, fmt.Appendf(nil, `{"n":%d}`, seq))
		if err != nil {
			t.Fatal(err)
		}
		prev = r.Hash
		switch {
		case holes && seq == 11:
			b.Asides = append(b.Asides, centraldb.Aside{Kind: centraldb.Fault, Reason: "altered", Record: r})
		case holes && seq > 20 && seq <= 30:
			if seq == 21 {
				flush(b)
				b = centraldb.Batch{}
			}
			if seq == 30 {
				before = miss(t, log, centraldb.Gap{Kiosk: door, Journal: c.Journal, Before: before, To: 30, NoticedAt: at})
			}
			continue
		default:
			b.Good = append(b.Good, r)
		}
		b.Through, b.Hash = seq, r.Hash
	}
	flush(b)
}

// miss notes a gap and gives where the journal goes on.
func miss(t *testing.T, log *centraldb.Records, g centraldb.Gap) centraldb.Cursor {
	t.Helper()
	if ok, err := log.Gap(t.Context(), g); err != nil || !ok {
		t.Fatal(ok, err)
	}
	return centraldb.Cursor{Through: g.To, Known: true}
}

func TestAWholeLogHolds(t *testing.T) {
	t.Parallel()
	db, _ := filled(t)
	r, err := ledger.Verify(t.Context(), db, org)
	if err != nil || r.Err() != nil {
		t.Fatal(err, r.Err())
	}
	if d := cmp.Diff(ledger.Report{Journals: 2, Records: 30 + 2500 - 11, Faults: []ledger.Fault{}}, r); d != "" {
		t.Error(d)
	}
	if r, err := ledger.Verify(t.Context(), db, "other"); err != nil || !problem.Is(r.Err(), problem.Damaged) {
		t.Errorf("another organisation's: %v %v", err, r.Err())
	}
}

// Whoever can write the file can do any of this; each shows, where it was done.
func TestWhatWasDoneToTheLogShows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql  string
		seq  uint64
		why  string
		many int
	}{
		"a changed body":   {`UPDATE records SET body = '{"n":77}' WHERE seq = 1500 AND journal >= x'02'`, 1500, "altered", 1},
		"a lost record":    {`DELETE FROM records WHERE seq = 1500 AND journal >= x'02'`, 1500, "missing", 1},
		"a lost end":       {`DELETE FROM records WHERE seq > 2490 AND journal >= x'02'`, 2491, "missing", 1},
		"a lost gap":       {`DELETE FROM gaps`, 21, "missing", 1},
		"a lost aside":     {`DELETE FROM quarantine`, 11, "missing", 1},
		"another's record": {`UPDATE records SET hash = randomblob(32) WHERE seq = 2500`, 2500, "altered", 2},
		"a moved end":      {`UPDATE cursors SET hash = randomblob(32) WHERE through = 2500`, 2500, "the log ends otherwise than it was acknowledged", 1},
		"no signatures":    {`UPDATE records SET sig = zeroblob(64) WHERE journal >= x'02'`, 1, "unsigned", 2489},
		"a lost key":       {`DELETE FROM kiosk_identities WHERE until > 0`, 1, "altered", 30},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, path := filled(t)
			raw, err := store.OpenDamaged(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range []string{
				`DROP TRIGGER records_no_update`, `DROP TRIGGER records_no_delete`, `DROP TRIGGER quarantine_no_delete`, c.sql,
			} {
				if _, err := raw.ExecContext(t.Context(), q); err != nil {
					t.Fatal(err)
				}
			}
			if err := raw.Close(); err != nil {
				t.Fatal(err)
			}
			r, err := ledger.Verify(t.Context(), db, org)
			if err != nil || !problem.Is(r.Err(), problem.Damaged) {
				t.Fatal(err, r.Err())
			}
			if f := r.Faults[0]; f.Kiosk != door || f.Seq != c.seq || f.Why != c.why || r.Broken != c.many || len(r.Faults) > 20 {
				t.Errorf("%+v", r)
			}
		})
	}
}
