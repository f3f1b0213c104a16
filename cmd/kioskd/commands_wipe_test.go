package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"path/filepath"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/salvage"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// A wipe waits for all that central has not got, also where the journal was begun anew
// while it waited: what the one before holds is not in the queue any more.
func TestAWipeWaitsForWhatIsOver(t *testing.T) {
	t.Parallel()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := devicedb.OpenJournal(t.Context(), path, devicedb.Identity{Org: "acme", Kiosk: "door", Key: key}, devicedb.Options{
		Random: rand.Reader, Stamp: func() attendance.Stamp { return attendance.Stamp{BootID: "b", Zone: "UTC", Real: 1e18} },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}()
	sender := salvage.New(salvage.Config{Journal: j, Path: path, Gen: func(context.Context) (uint64, error) { return 1, nil }})
	o := &orders{keep: &upkeep{store: store{journal: j}}, owed: sender.Left}
	released := func() {
		h, err := j.Head(t.Context())
		if err == nil {
			err = j.Release(t.Context(), h.Journal, h.Seq, h.Hash, 1)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	punch := func(tx *devicedb.JournalTx) error {
		_, err := tx.Append(record.Body{Type: record.Punched, Person: "ann", Action: attendance.In})
		return err
	}
	if err := j.Update(t.Context(), punch); err != nil {
		t.Fatal(err)
	}
	if o.sent(t.Context()) {
		t.Error("a punch waits")
	}
	released()
	if !o.sent(t.Context()) {
		t.Error("nothing waits")
	}
	if err := j.Update(t.Context(), punch); err != nil {
		t.Fatal(err)
	}
	if err := j.Reopen(t.Context(), "reopen"); err != nil {
		t.Fatal(err)
	}
	released()
	if !o.empty(t.Context()) || o.sent(t.Context()) {
		t.Error("a punch of the journal before waits")
	}
}
