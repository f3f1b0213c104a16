package devicedb

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func testStamp() attendance.Stamp {
	return attendance.Stamp{Real: 1e18, Boot: 5, BootID: "1234abcd-0000", Zone: "UTC"}
}

func testIdentity(org string) Identity {
	return Identity{Org: org, Kiosk: "front", Key: ed25519.NewKeyFromSeed(make([]byte, 32))}
}

func tryOpen(path, org string, lost bool) (*Journal, error) {
	return OpenJournal(context.Background(), path, testIdentity(org), Options{Random: rand.Reader, Stamp: testStamp, Lost: lost})
}

func mustOpen(t testing.TB, path string) *Journal {
	t.Helper()
	j, err := tryOpen(path, "acme", false)
	must(t, err)
	t.Cleanup(func() { must(t, j.Close()) })
	return j
}

func appendPunch(j *Journal) error {
	return j.Update(context.Background(), func(tx *JournalTx) error {
		_, err := tx.Append(record.Body{Type: record.Punched, Person: "ann", Action: attendance.In, Note: strings.Repeat("x", 100)})
		return err
	})
}

func all(t testing.TB, j *Journal) []record.Record {
	t.Helper()
	recs, err := j.After(t.Context(), 0, 10000)
	must(t, err)
	return recs
}

func asides(t testing.TB, path, why string) []string {
	t.Helper()
	names, err := filepath.Glob(path + "." + why + "-*")
	must(t, err)
	return names
}

// opened gives the body of record 1.
func opened(t testing.TB, j *Journal) record.Body {
	t.Helper()
	b, err := record.Decode(all(t, j)[0].Body)
	must(t, err)
	return b
}

func TestAnAlteredTailIsSetAside(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]string{
		"body":           `UPDATE records SET body = '{"v":1,"type":"punch"}' WHERE seq = 5`,
		"hash":           `UPDATE records SET hash = zeroblob(32) WHERE seq = 5`,
		"last signature": `UPDATE records SET sig = zeroblob(64) WHERE seq = 7`,
		"gap":            `DELETE FROM records WHERE seq = 5`,
		"empty":          `DELETE FROM records`,
		"number":         `UPDATE records SET id = id + (1 << 40) WHERE seq = 7`,
		"last one":       `DELETE FROM records WHERE seq = 7`,
		"acked":          `UPDATE journals SET acked = 99`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "journal.db")
			j := mustOpen(t, path)
			for range 5 {
				must(t, appendPunch(j))
			}
			old, err := j.Head(t.Context())
			must(t, err)
			must(t, j.db.Write(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(alter); return err }))
			must(t, j.Close())
			j = mustOpen(t, path)
			b := opened(t, j)
			if b.Reason != ReasonCorrupt || b.PrevJournal != old.Journal || b.PrevSeq > 6 || !j.GuardsLost() {
				t.Errorf("opened = %+v", b)
			}
			if name == "body" && b.PrevSeq != 4 {
				t.Errorf("the last good record is %d, want 4", b.PrevSeq)
			}
			if n := len(asides(t, path, ReasonCorrupt)); n != 1 {
				t.Errorf("%d files set aside", n)
			}
			must(t, appendPunch(j))
		})
	}
}

// One flipped byte anywhere in the file's data: the unacknowledged records are
// either all there as they were written, or set aside with a new journal begun.
// Never does the clock stop, and never does it go on over a damaged tail.
func TestAFlippedByte(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	j := mustOpen(t, path)
	for range 60 {
		must(t, appendPunch(j))
	}
	want := all(t, j)
	must(t, j.Close())
	sound, err := os.ReadFile(path)
	must(t, err)
	random := mathrand.New(mathrand.NewPCG(7, 7))
	aside := 0
	const schemaPages = 6 * 2048 // a damaged schema is told from a newer one by nobody
	for range 60 {
		p := filepath.Join(t.TempDir(), "journal.db")
		bad := append([]byte(nil), sound...)
		at := schemaPages + random.IntN(len(bad)-schemaPages)
		bad[at] ^= 1 << random.IntN(8)
		must(t, os.WriteFile(p, bad, 0o600))
		j, err := tryOpen(p, "acme", false)
		if err != nil {
			t.Fatalf("byte %d: the clock stopped: %v", at, err)
		}
		got := all(t, j)
		if len(asides(t, p, ReasonCorrupt)) > 0 {
			aside++
		} else if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("byte %d: went on over a damaged tail", at)
		}
		must(t, appendPunch(j))
		must(t, j.Close())
	}
	if aside == 0 {
		t.Error("nothing was found: the test can't fail")
	}
}

func TestAMissingJournalIsALoss(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := tryOpen(path, "acme", true)
	must(t, err)
	if b := opened(t, j); b.Reason != ReasonLost || !j.GuardsLost() {
		t.Errorf("opened = %+v", b)
	}
	must(t, j.Close())
	if j = mustOpen(t, path); !j.GuardsLost() {
		t.Error("the loss was forgotten")
	}
}

// The power fails between setting aside and beginning anew.
func TestAPowerCutAfterSettingAside(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	j := mustOpen(t, path)
	must(t, j.Close())
	_, err := setAside(path, ReasonCorrupt, "boot")
	must(t, err)
	if j = mustOpen(t, path); opened(t, j).Reason != ReasonCorrupt || !j.GuardsLost() {
		t.Errorf("opened = %+v", opened(t, j))
	}
}

// The power may fail between the renames: the newest records are in the -wal then.
func TestAPowerCutWhileSettingAsideKeepsTheNewestRecords(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	must(t, os.WriteFile(path+".corrupt-1234abcd", []byte("the file was renamed"), 0o600))
	must(t, os.WriteFile(path+"-wal", []byte("the newest records"), 0o600))
	if b := opened(t, mustOpen(t, path)); b.Reason != ReasonCorrupt {
		t.Errorf("opened because of %q", b.Reason)
	}
	for _, name := range asides(t, path, ReasonCorrupt) {
		if b, err := os.ReadFile(name); err == nil && string(b) == "the newest records" {
			return
		}
	}
	t.Error("the newest records are gone")
}

// damagedWhileOpen gives an open journal of which every page from the given
// quarter of the file to the next one is destroyed.
func damagedWhileOpen(t *testing.T, quarter int64) (*Journal, record.JournalID) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.db")
	j := mustOpen(t, path)
	must(t, j.Update(t.Context(), func(tx *JournalTx) error { // more than SQLite keeps in memory
		for range 2000 {
			if _, err := tx.Append(record.Body{Type: record.Punched, Person: "ann", Action: attendance.In, Note: strings.Repeat("x", 3000)}); err != nil {
				return err
			}
		}
		return nil
	}))
	head, err := j.Head(t.Context())
	must(t, err)
	must(t, j.Close()) // everything is in the file now
	j = mustOpen(t, path)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	info, err := f.Stat()
	must(t, err)
	_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, int(info.Size()/4)), info.Size()/4*quarter)
	must(t, errors.Join(err, f.Close()))
	return j, head.Journal
}

// wantBegunAnew fails unless punches are taken and sent again, in a new journal.
func wantBegunAnew(t *testing.T, j *Journal, before record.JournalID) {
	t.Helper()
	must(t, appendPunch(j))
	recs, err := j.After(t.Context(), 0, 5000)
	must(t, err)
	if b := opened(t, j); b.Reason != ReasonCorrupt || recs[0].Journal == before {
		t.Errorf("%d records, opened because of %q", len(recs), b.Reason)
	}
}

// Damage that is found while records are read for sending is mended with the next
// write, not only after a restart: nothing would go up until then.
func TestDamageFoundWhileSendingIsMended(t *testing.T) {
	t.Parallel()
	j, before := damagedWhileOpen(t, 1)
	if _, err := j.After(t.Context(), 0, 5000); problem.CodeOf(err) != problem.Damaged {
		t.Fatalf("err = %v", err)
	}
	wantBegunAnew(t, j, before)
}

// The punch that finds the damage is refused; the next one must not be.
func TestDamageFoundWhileWritingIsMended(t *testing.T) {
	t.Parallel()
	j, before := damagedWhileOpen(t, 3)
	if err := appendPunch(j); problem.CodeOf(err) != problem.Damaged {
		t.Fatalf("err = %v", err)
	}
	wantBegunAnew(t, j, before)
}

func TestAnotherIdentityBeginsAnew(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	j := mustOpen(t, path)
	must(t, j.Close())
	j, err := tryOpen(path, "other", false)
	must(t, err)
	defer func() { must(t, j.Close()) }()
	if b := opened(t, j); b.Reason != ReasonEnrolled || !b.PrevJournal.IsZero() || j.GuardsLost() {
		t.Errorf("opened = %+v", b)
	}
	if n := len(asides(t, path, asideFormer)); n != 1 {
		t.Errorf("%d files set aside", n)
	}
}

func TestAFullDiskIsSaidAndHeals(t *testing.T) {
	t.Parallel()
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	must(t, j.db.Write(t.Context(), func(tx *sql.Tx) error { // the disk is as full as it can be
		var pages int
		if err := tx.QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
			return err
		}
		_, err := tx.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages))
		return err
	}))
	var err error
	taken := 0
	for ; err == nil && taken < 1000; taken++ {
		err = appendPunch(j)
	}
	if !problem.Is(err, problem.OutOfOrder) {
		t.Fatalf("after %d punches: %v", taken, err)
	}
	before := all(t, j)
	if len(before) != taken-1+2 {
		t.Fatalf("%d records for %d punches that were taken", len(before), taken-1)
	}
	must(t, appendPunch(j)) // there is room again: reopened, verified, appended
	after := all(t, j)
	chain := j.chain(after[0].Journal)
	for i, f := range record.Verify(chain, j.id.public(), chain.Genesis(j.id.public()), after) {
		if f != record.Good || after[i].Seq != uint64(i+1) {
			t.Errorf("record %d is %q", i+1, f)
		}
	}
	if len(after) != len(before)+1 {
		t.Errorf("%d records, want %d", len(after), len(before)+1)
	}
}

func TestACorruptCacheIsBegunAnew(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(t *testing.T, path string, c *Cache){
		"file": func(t *testing.T, path string, _ *Cache) {
			must(t, os.WriteFile(path, []byte(strings.Repeat("not a database ", 500)), 0o600))
		},
		"row": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "cache.db")
			c, err := OpenCache(t.Context(), path, CacheOptions{BootID: "b"})
			must(t, err)
			must(t, c.Apply(t.Context(), []wire.Page{{Gen: 1, To: 4, Parts: 1, Rows: []wire.Row{
				{Kind: wire.KindPerson, ID: "ann", Put: []byte(`{"id":"ann","name":"Ann","role":"regular","active":true,"listed":true}`)},
			}}}))
			if damage == nil {
				must(t, c.db.Write(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(`UPDATE rows SET put = '{"id'`); return err }))
			}
			must(t, c.Close())
			if damage != nil {
				damage(t, path, c)
			}
			c, err = OpenCache(t.Context(), path, CacheOptions{BootID: "b"})
			must(t, err)
			defer func() { must(t, c.Close()) }()
			if gen, v, err := c.Version(t.Context()); gen != 0 || v != 0 || err != nil || c.Count() != 0 {
				t.Errorf("version %d/%d, %d people, %v", gen, v, c.Count(), err)
			}
			if n := len(asides(t, path, ReasonCorrupt)); n != 1 {
				t.Errorf("%d files set aside", n)
			}
		})
	}
}

func TestACloseIsNotACrash(t *testing.T) {
	t.Parallel()
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	must(t, j.Close())
	if err := appendPunch(j); err == nil {
		t.Error("a closed journal took a punch")
	}
	if _, err := j.After(t.Context(), 0, 1); !problem.Is(err, problem.OutOfOrder) {
		t.Errorf("err = %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := j.Update(ctx, func(*JournalTx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}
