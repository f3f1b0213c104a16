package devicedb

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/timepost/timepost/sync/record"
)

// What lies around a damaged page can be read, and the file stays as it was found.
func TestRescueReadsAroundDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.db")
	j := mustOpen(t, path)
	for range 300 {
		must(t, appendPunch(j))
	}
	want := all(t, j)
	must(t, j.Release(t.Context(), want[0].Journal, 20, want[19].Hash, 1))
	must(t, j.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	const leaf, size = 0x0d, 2048 // a page of a table with its rows, and its length
	page := 0
	for n := 150; page == 0; n++ {
		at := bytes.Index(b, want[n].Hash[:])
		if at < 0 {
			t.Fatalf("record %d is not in the file", n+1)
		}
		if b[at-at%size] == leaf {
			page = at - at%size
		}
	}
	copy(b[page:page+8], bytes.Repeat([]byte{0xff}, 8)) // the header of its page
	must(t, os.WriteFile(path+".corrupt-1234abcd", b, 0o600))
	must(t, os.Remove(path))
	names, err := SetAsides(path)
	must(t, err)
	if len(names) != 1 {
		t.Fatalf("set aside: %v", names)
	}
	found, err := Rescue(t.Context(), names[0], dir)
	must(t, err)
	if len(found) != 1 || found[0].Journal != want[0].Journal || found[0].Acked != 20 {
		t.Fatalf("%d journals, acked %d", len(found), found[0].Acked)
	}
	recs := found[0].Records
	if len(recs) < 250 || len(recs) >= len(want)-20 {
		t.Errorf("%d of %d records", len(recs), len(want)-20)
	}
	for _, r := range recs {
		if w := want[r.Seq-1]; r.Hash != w.Hash || !bytes.Equal(r.Body, w.Body) || !bytes.Equal(r.Sig, w.Sig) {
			t.Fatalf("record %d is not what was written", r.Seq)
		}
	}
	if last := recs[len(recs)-1].Seq; last != want[len(want)-1].Seq {
		t.Errorf("the last one read is %d", last)
	}
	after, err := os.ReadFile(names[0])
	must(t, err)
	if !bytes.Equal(after, b) {
		t.Error("the file was changed")
	}
	left, err := os.ReadDir(dir)
	must(t, err)
	if len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// A journal that was set aside before its format changed is nobody's to bring up to date,
// and is read as it is.
func TestRescueOfAFormerFormat(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db.corrupt-1234abcd")
	in, err := os.Open("../../e2e/simulate/testdata/frozen/journal-0004/kiosk-1/journal.db.gz")
	must(t, err)
	defer func() { must(t, in.Close()) }()
	z, err := gzip.NewReader(in)
	must(t, err)
	data, err := io.ReadAll(z)
	must(t, err)
	must(t, os.WriteFile(path, data, 0o600))
	found, err := Rescue(t.Context(), path, t.TempDir())
	must(t, err)
	last := found[len(found)-1]
	if n := len(last.Records); n < 30 || last.Records[0].Seq != last.Acked+1 || last.Records[n-1].Seq != last.Acked+uint64(n) {
		t.Errorf("%d records after %d", n, last.Acked)
	}
}

// An acknowledged number that the file does not have proves nothing.
func TestRescueOfAFileThatClaimsTooMuch(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	j := mustOpen(t, path)
	for range 5 {
		must(t, appendPunch(j))
	}
	want := all(t, j)
	must(t, j.db.Write(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(`UPDATE journals SET acked = 99`); return err }))
	must(t, j.Close())
	found, err := Rescue(t.Context(), path, t.TempDir())
	must(t, err)
	if len(found) != 1 || len(found[0].Records) != len(want) {
		t.Errorf("%+v", found)
	}
}

func TestRescueOfWhatIsNoDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	must(t, os.WriteFile(path, bytes.Repeat([]byte("no database "), 1000), 0o600))
	if found, err := Rescue(t.Context(), path, t.TempDir()); err == nil {
		t.Errorf("%+v", found)
	}
}

// The tail of a journal that was closed is there until central has it.
func TestClosedJournals(t *testing.T) {
	t.Parallel()
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	for range 4 {
		must(t, appendPunch(j))
	}
	first := all(t, j)
	must(t, j.Release(t.Context(), first[0].Journal, 2, first[1].Hash, 1))
	if _, found, err := j.Closed(t.Context(), 10); err != nil || found {
		t.Fatal("the current journal is not closed", err)
	}
	must(t, j.Reopen(t.Context(), "reopen"))
	must(t, appendPunch(j))
	var got []uint64
	for {
		u, found, err := j.Closed(t.Context(), 2)
		must(t, err)
		if !found {
			break
		}
		last := u.Records[len(u.Records)-1]
		for _, r := range u.Records {
			if r.Journal != first[0].Journal {
				t.Fatalf("record %d of %s", r.Seq, r.Journal)
			}
			got = append(got, r.Seq)
		}
		must(t, j.Release(t.Context(), u.Journal, last.Seq, last.Hash, 1))
	}
	if len(got) != len(first)-2 || got[0] != 3 || got[len(got)-1] != first[len(first)-1].Seq {
		t.Errorf("read %v", got)
	}
	var none record.JournalID
	if u, _, _ := j.Closed(t.Context(), 1); u.Journal != none {
		t.Errorf("%+v", u)
	}
}

// A server that was restored from a backup may lack records of closed journals that it has
// acknowledged since: they are handed in again, or they would be at the kiosk alone.
func TestARestoredServerIsHandedClosedJournalsAgain(t *testing.T) {
	t.Parallel()
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	newest := func() record.Record {
		t.Helper()
		must(t, appendPunch(j))
		recs := all(t, j)
		return recs[len(recs)-1]
	}
	release := func(r record.Record, gen uint64) {
		t.Helper()
		must(t, j.Release(t.Context(), r.Journal, r.Seq, r.Hash, gen))
	}
	closed := func(want bool) {
		t.Helper()
		if u, found, err := j.Closed(t.Context(), 10); err != nil || found != want {
			t.Errorf("%+v, %t, %v", u, found, err)
		}
	}
	old := newest()
	release(old, 3)
	must(t, j.Reopen(t.Context(), "reopen"))
	last := newest()
	release(last, 3)
	closed(false)
	release(last, 4)
	closed(true)
	release(old, 4)
	closed(false)
}
