package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// compareLogs stops everything and holds central's log against each kiosk's
// journal, record by record and byte by byte: all types, from 1 on, no gap.
func compareLogs(t *testing.T, c *centre, clocks []*clock) {
	t.Helper()
	db := c.tables(t)
	total := 0
	for _, w := range clocks {
		w.proc.stop(syscall.SIGTERM, 10*time.Second)
		w.journal(t, func(j *devicedb.Journal) { total += sameRecords(t, w.id, j, db) })
	}
	t.Logf("%d records of %d kiosks are the same in journal and log, from 1 on without a gap", total, len(clocks))
}

// tables stops central and opens its database.
func (c *centre) tables(t *testing.T) *centraldb.DB {
	t.Helper()
	c.proc.stop(syscall.SIGTERM, 10*time.Second)
	db, err := centraldb.Open(t.Context(), filepath.Join(c.data, "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// journal opens the journal of a kiosk whose daemon has ended, and closes it again.
func (w *clock) journal(t *testing.T, read func(*devicedb.Journal)) {
	t.Helper()
	id := w.identity(t)
	clocks, err := hw.OpenClocks()
	if err != nil {
		t.Fatal(err)
	}
	j, err := devicedb.OpenJournal(t.Context(), filepath.Join(w.data(), "journal.db"),
		devicedb.Identity{Org: id.Org, Kiosk: id.Kiosk, Key: id.RecordKey}, devicedb.Options{
			Random: rand.Reader, Stamp: func() attendance.Stamp { return clocks.Stamp(id.Settings.Zone) },
		})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}()
	read(j)
}

// identity reads what enrolment gave the kiosk, its keys included.
func (w *clock) identity(t *testing.T) *enrol.Identity {
	t.Helper()
	id, err := enrol.Load(w.data())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// sameRecords fails the test unless central has exactly what the journal has,
// and gives how many records that are.
func sameRecords(t *testing.T, kiosk string, j *devicedb.Journal, db *centraldb.DB) int {
	t.Helper()
	head, err := j.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mine, err := j.After(t.Context(), 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	theirs := logOf(t, db, kiosk, head.Journal)
	if len(mine) != len(theirs) || uint64(len(mine)) != head.Seq {
		t.Errorf("kiosk %s: %d records in the journal up to %d, %d at central", kiosk, len(mine), head.Seq, len(theirs))
		return 0
	}
	for i, r := range theirs {
		if r.Seq != uint64(i+1) || r.Hash != mine[i].Hash || !bytes.Equal(r.Body, mine[i].Body) {
			t.Errorf("kiosk %s: record %d at central is %d, or another one", kiosk, i+1, r.Seq)
		}
	}
	return len(theirs)
}

func logOf(t *testing.T, db *centraldb.DB, kiosk string, journal record.JournalID) []record.Record {
	t.Helper()
	log, err := db.Records(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	recs, err := log.Of(t.Context(), kiosk, journal)
	if err != nil {
		t.Fatalf("log of %s %s: %v", kiosk, hex.EncodeToString(journal[:]), err)
	}
	return recs
}

// holds fails the test unless the journal of a dead daemon has the note at seq.
func (w *clock) holds(t *testing.T, seq uint64, note string) {
	t.Helper()
	var recs []record.Record
	var err error
	w.journal(t, func(j *devicedb.Journal) { recs, err = j.After(t.Context(), seq-1, 1) })
	if err != nil {
		t.Fatal(err)
	}
	if len(recs) != 1 || recs[0].Seq != seq {
		t.Fatalf("record %d, shown as recorded, is not in the journal: %v", seq, recs)
	}
	if b, err := record.Decode(recs[0].Body); err != nil || b.Note != note {
		t.Errorf("record %d tells of %q, not of %q: %v", seq, b.Note, note, err)
	}
}
