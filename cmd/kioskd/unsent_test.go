package main

import (
	"bytes"
	"crypto/ed25519"
	"path/filepath"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// Enrolling a machine anew sets its journal aside: punches that the server does
// not have must be noticed before.
func TestUnsentPunchesAreCountedBeforeEnrollingAnew(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	id := devicedb.Identity{Org: "acme", Kiosk: "front", Key: ed25519.NewKeyFromSeed(make([]byte, 32))}
	stamp := func() attendance.Stamp { return attendance.Stamp{Real: 1, BootID: "b"} }
	want := func(want int) {
		t.Helper()
		if n, err := unsentPunches(t.Context(), path, id, stamp); n != want || err != nil {
			t.Errorf("%d unsent, %v; want %d", n, err, want)
		}
	}
	want(0) // no journal
	j, err := devicedb.OpenJournal(t.Context(), path, id, devicedb.Options{Random: bytes.NewReader(make([]byte, 64)), Stamp: stamp})
	if err != nil {
		t.Fatal(err)
	}
	var first record.Record
	for i := range 700 {
		err := j.Update(t.Context(), func(tx *devicedb.JournalTx) error {
			r, err := tx.Append(record.Body{Type: record.Punched, Person: "ann", Action: attendance.In, Auth: attendance.AuthNone})
			if i == 0 {
				first = r
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Release(t.Context(), first.Journal, first.Seq, first.Hash, 1); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	want(699)
}
