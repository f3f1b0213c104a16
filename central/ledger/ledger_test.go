package ledger_test

import (
	"crypto/ed25519"
	"fmt"
	"path/filepath"
	"strings"
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
func filled(t testing.TB) (*centraldb.DB, string) {
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
	project(t, db)
	return db, path
}

func fill(t testing.TB, log *centraldb.Records, key ed25519.PrivateKey, id byte, n int, holes bool) {
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
		r, err := record.Append(c, key, seq, prev, said(t, seq))
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

// said is a punch, and every hundredth record is none.
func said(t testing.TB, seq uint64) []byte {
	t.Helper()
	b := record.Body{
		Type: record.Punched, Stamp: attendance.Stamp{Real: at.UnixNano() + int64(seq), Zone: "Europe/Berlin"},
		Person: fmt.Sprint("p", seq%7), Action: attendance.In, Auth: attendance.AuthPersonal, Project: "roof", Note: fmt.Sprint("n", seq),
	}
	if seq%100 == 0 {
		b = record.Body{Type: record.Boot}
	}
	text, err := record.Encode(b)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// project makes punches of the records.
func project(t testing.TB, db *centraldb.DB) {
	t.Helper()
	rows, upto, err := db.Unprojected(t.Context(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	s := centraldb.Step{From: upto, To: rows[len(rows)-1].ID}
	for _, l := range rows {
		b, err := record.Decode(l.Body)
		if err != nil {
			t.Fatal(err)
		}
		if u, ok := b.Punch(l.Kiosk); ok {
			s.Punches = append(s.Punches, centraldb.Projected{ID: l.ID, Journal: l.Journal, Seq: l.Seq, Punch: u, Zone: b.Stamp.Zone})
		}
	}
	if done, err := db.Project(t.Context(), s); err != nil || !done {
		t.Fatal(done, err)
	}
}

// miss notes a gap and gives where the journal goes on.
func miss(t testing.TB, log *centraldb.Records, g centraldb.Gap) centraldb.Cursor {
	t.Helper()
	if ok, err := log.Gap(t.Context(), g); err != nil || !ok {
		t.Fatal(ok, err)
	}
	return centraldb.Cursor{Through: g.To, Known: true}
}

func TestAWholeLogHolds(t *testing.T) {
	t.Parallel()
	db, _ := filled(t)
	var done, total int64
	for _, quick := range []bool{false, true} {
		done = 0
		r, err := ledger.Verify(t.Context(), db, ledger.Options{Org: org, Quick: quick, Progress: func(d, all int64) {
			if d < done || all < d {
				t.Errorf("%d of %d after %d", d, all, done)
			}
			done, total = d, all
		}})
		if err != nil || r.Err() != nil {
			t.Fatal(err, r.Err())
		}
		if d := cmp.Diff(ledger.Report{Journals: 2, Records: 30 + 2500 - 11, Punches: 30 + 2500 - 11 - 25, Faults: []ledger.Fault{}}, r); d != "" {
			t.Error(d)
		}
	}
	if total != 2*2530 || done != total-2*11 {
		t.Errorf("told of %d of %d", done, total)
	}
	if r, err := ledger.Verify(t.Context(), db, ledger.Options{Org: "other"}); err != nil || !problem.Is(r.Err(), problem.Damaged) {
		t.Errorf("another organisation's: %v %v", err, r.Err())
	}
}

// tamper changes the file as somebody does who can write it.
func tamper(t testing.TB, path string, statements ...string) {
	t.Helper()
	raw, err := store.OpenDamaged(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	locks := []string{"records_no_update", "records_no_delete", "quarantine_no_delete", "punches_no_update", "punches_no_delete"}
	for _, name := range locks {
		statements = append([]string{"DROP TRIGGER " + name}, statements...)
	}
	for _, q := range statements {
		if _, err := raw.ExecContext(t.Context(), q); err != nil {
			t.Fatal(q, err)
		}
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whoever can write the file can do any of this; each shows, where it was done.
func TestWhatWasDoneToTheLogShows(t *testing.T) {
	t.Parallel()
	const swap = `UPDATE records SET seq = CASE seq WHEN 1500 THEN -1 ELSE 1500 END WHERE seq IN (1500, 1501) AND journal >= x'02'`
	for name, c := range map[string]struct {
		sql  string
		seq  uint64
		why  string
		many int
	}{
		"a changed body":      {`UPDATE records SET body = CAST(replace(CAST(body AS TEXT), '"in"', '"out"') AS BLOB) WHERE seq = 1501 AND journal >= x'02'`, 1501, "altered: ", 2},
		"a changed body, too": {`UPDATE records SET body = 'x' WHERE seq = 1500 AND journal >= x'02'`, 1500, "altered: ", 1},
		"a lost record":       {`DELETE FROM records WHERE seq = 1500 AND journal >= x'02'`, 1500, "missing", 1},
		"a lost end":          {`DELETE FROM records WHERE seq > 2490 AND journal >= x'02'`, 2491, "missing", 10},
		"a lost gap":          {`DELETE FROM gaps`, 21, "missing", 1},
		"a lost aside":        {`DELETE FROM quarantine`, 11, "missing", 1},
		"another's record":    {`UPDATE records SET hash = randomblob(32) WHERE seq = 2500`, 2500, "altered: ", 2},
		"a moved end":         {`UPDATE cursors SET hash = randomblob(32) WHERE through = 2500`, 2500, "the log ends otherwise", 1},
		"no signatures":       {`UPDATE records SET sig = zeroblob(64) WHERE journal >= x'02'`, 1, "its signature is not the kiosk's", 2489},
		"a forged signature":  {`UPDATE records SET sig = (SELECT sig FROM records WHERE seq = 1502) WHERE seq = 1501`, 1501, "its signature is not the kiosk's", 1},
		"a lost key":          {`DELETE FROM kiosk_identities WHERE until > 0`, 1, "altered: ", 30},
		"swapped records":     {swap + `; UPDATE records SET seq = 1501 WHERE seq = -1`, 1500, "altered: ", 4},
		"a changed punch":     {`UPDATE punches SET at = at + 3600000000000, person = 'p9' WHERE seq = 1501`, 1501, "the punch that was made of it says something else: person, time", 1},
		"a lost punch":        {`DELETE FROM punches WHERE seq = 1501`, 1501, "it is a punch, and there is none of it", 1},
		"a made-up punch": {`INSERT INTO punches SELECT id + 100000, kiosk, journal, 7777, person, action, at, zone, project, note, auth FROM punches WHERE seq = 1501`,
			7777, "there is a punch, and no record of it", 1},
		"a punch of what is none": {`INSERT INTO punches SELECT (SELECT id FROM records WHERE seq = 1500), kiosk, journal, 1500, person, action, at, zone, project, note, auth FROM punches WHERE seq = 1501`,
			1500, "there is a punch, and no record of it", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, path := filled(t)
			tamper(t, path, c.sql)
			r, err := ledger.Verify(t.Context(), db, ledger.Options{Org: org})
			if err != nil || !problem.Is(r.Err(), problem.Damaged) {
				t.Fatal(err, r.Err())
			}
			f := r.Faults[0]
			if f.Kiosk != door || f.Seq != c.seq || !strings.HasPrefix(f.Why, c.why) || r.Broken != c.many || len(r.Faults) > 20 || f.Next == "" {
				t.Errorf("%+v", r)
			}
		})
	}
}

// A large log is read page by page; a signature costs many times what a hash does.
func BenchmarkVerify(b *testing.B) {
	db, _ := filled(b)
	for name, quick := range map[string]bool{"each": false, "quick": true} {
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				r, err := ledger.Verify(b.Context(), db, ledger.Options{Org: org, Quick: quick})
				if err != nil {
					b.Fatal(err)
				}
				n += r.Records
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
