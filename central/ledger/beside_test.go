package ledger_test

import (
	"crypto/ed25519"
	"sync"
	"testing"

	"github.com/timepost/timepost/central/ledger"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// The server goes on meanwhile: records come in, some are set aside, some are missing,
// and punches are made of them. None of it looks like damage.
func TestVerifiesBesideTheServer(t *testing.T) {
	t.Parallel()
	db, _ := filled(t)
	log, err := db.Records(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var server sync.WaitGroup
	done := make(chan struct{})
	server.Go(func() {
		defer close(done)
		for n := range byte(25) {
			busy(t, db, log, n)
		}
	})
	runs := 0
	for ended := false; !ended; runs++ {
		select {
		case <-done:
			ended = true // and once more, over all of it
		default:
		}
		r, err := ledger.Verify(t.Context(), db, ledger.Options{Org: org, Quick: runs%2 == 0})
		if err != nil || r.Err() != nil {
			t.Errorf("%v %+v", err, r)
			break
		}
	}
	server.Wait()
	if runs < 2 {
		t.Errorf("it ran %d times", runs)
	}
}

// busy has the kiosk write a journal of its own: forty records, of which the fifth is
// set aside and ten are missing.
func busy(t *testing.T, db *centraldb.DB, log *centraldb.Records, n byte) {
	key := keyOf("now")
	c := record.Chain{Org: org, Kiosk: door, Journal: record.JournalID{0x80, n}}
	prev := c.Genesis(key.Public().(ed25519.PublicKey))
	var before centraldb.Cursor
	for seq := uint64(1); seq <= 40; seq++ {
		r, err := record.Append(c, key, seq, prev, said(t, seq))
		if err != nil {
			t.Error(err)
			return
		}
		prev = r.Hash
		if seq > 20 && seq <= 30 {
			if seq == 30 {
				before = miss(t, log, centraldb.Gap{Kiosk: door, Journal: c.Journal, Before: before, To: 30, NoticedAt: at})
			}
			continue
		}
		b := centraldb.Batch{Kiosk: door, Journal: c.Journal, Before: before, Good: []record.Record{r}, Through: seq, Hash: r.Hash, ReceivedAt: at}
		if seq == 5 {
			b.Good, b.Asides = nil, []centraldb.Aside{{Kind: centraldb.Fault, Reason: "altered", Record: r}}
		}
		if ok, err := log.Append(t.Context(), []centraldb.Batch{b}); err != nil || !ok[0] {
			t.Error(ok, err)
			return
		}
		before = centraldb.Cursor{Through: seq, Hash: r.Hash, Known: true}
	}
	project(t, db)
}
