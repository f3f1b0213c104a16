package salvage_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/correct"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// From a kiosk in force a deposit is as good as a batch, once.
func TestADepositOfAKioskInForceCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := newJournal(t, keyOf("first"), 1).punches(250)
	for range 2 {
		r, err := w.hand(wire.UploadDeposit, j.key, j.chain.Journal, j.run(1, 250))
		if err != nil {
			t.Fatal(err)
		}
		if r.Ack == nil || r.Ack.Through != 250 || r.Ack.Hash != j.recs[249].Hash || r.Ack.Gen != 3 || r.Stored != 250 || r.Review != 0 {
			t.Errorf("%+v %+v", r, r.Ack)
		}
	}
	if n := w.counted(j.chain.Journal); n != 250 {
		t.Errorf("%d in the log", n)
	}
	if items := w.open(); len(items) != 0 {
		t.Errorf("%d under review", len(items))
	}
}

// What a revoked kiosk still had never counts by itself, and is never lost.
func TestWhatARevokedKioskHeldGoesToReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := newJournal(t, keyOf("first"), 1).punches(3)
	if _, err := w.hand(wire.UploadDeposit, j.key, j.chain.Journal, j.run(1, 2)); err != nil {
		t.Fatal(err)
	}
	j.add(record.Body{Type: record.Boot})
	j.add(record.Body{Type: record.Void, Person: ann, Seq: 3})
	w.revoke()
	for _, fresh := range []int{3, 0} {
		r, err := w.hand(wire.UploadDeposit, j.key, j.chain.Journal, j.run(2, 5)) // 2 is in the log
		if err != nil {
			t.Fatal(err)
		}
		if r.Ack == nil || r.Ack.Through != 5 || r.Ack.Hash != j.recs[4].Hash || r.Stored != 0 || r.Review != fresh {
			t.Errorf("%+v %+v", r, r.Ack)
		}
	}
	if n := w.counted(j.chain.Journal); n != 2 {
		t.Errorf("%d in the log", n)
	}
	items := w.open()
	if len(items) != 2 { // the boot asks nobody
		t.Fatalf("under review: %+v", items)
	}
	for _, i := range items {
		if i.Kind != centraldb.Deposited || i.KioskName != "Door" {
			t.Errorf("%+v", i)
		}
		if i.Seq == 3 && (i.Claim == nil || i.Claim.PersonName != "Ann" || i.Reason != centraldb.LateTakenBack+"5") {
			t.Errorf("the punch: %+v %+v", i, i.Claim)
		}
	}
	w.accept(items[0])
	w.accept(items[1])
	if left := w.open(); len(left) != 0 {
		t.Errorf("still under review: %+v", left)
	}
	if got := w.entries(); got != 1 {
		t.Errorf("%d punches count", got)
	}
}

func (w *world) accept(i centraldb.ReviewItem) {
	w.t.Helper()
	err := w.review.Review(w.t.Context(), "admin@acme.example", correct.Verdict{Kind: i.Kind, Subject: i.Subject, Decision: centraldb.ReviewAccept, Reason: "Ann was there"})
	if err != nil {
		w.t.Fatal(err)
	}
}

// entries counts the punches that count because somebody added them.
func (w *world) entries() int {
	w.t.Helper()
	items, err := w.db.DecidedReviews(w.t.Context(), 0, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, i := range items {
		if i.Decided.Entry != 0 {
			n++
		}
	}
	return n
}

// After a kiosk was enrolled anew, what the keys before have signed is still known.
func TestASalvageUnderAnOlderKeyIsVerified(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := newJournal(t, keyOf("first"), 1).punches(4)
	w.enrol(keyOf("second"), 50)
	r, err := w.hand(wire.UploadSalvage, keyOf("second"), old.chain.Journal, wire.Run{From: 2, Entries: old.run(2, 4).Entries})
	if err != nil || r.Ack == nil || r.Ack.Through != 4 || r.Review != 3 {
		t.Fatalf("%+v %v", r, err)
	}
	for _, i := range w.open() {
		if i.Kind != centraldb.Salvaged || i.Reason != "" || i.Claim == nil {
			t.Errorf("%+v", i)
		}
	}
	// A deposit by the older key is one of a kiosk that is no longer in force.
	if r, err = w.hand(wire.UploadDeposit, keyOf("first"), old.chain.Journal, old.run(1, 4)); err != nil || r.Review != 1 || r.Stored != 0 {
		t.Errorf("%+v %v", r, err)
	}
}

// Somebody who means harm gets nothing counted, and nothing of others is touched.
func TestHostileDeposits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := newJournal(t, keyOf("first"), 1).punches(3)
	if _, err := w.hand(wire.UploadDeposit, good.key, good.chain.Journal, good.run(1, 3)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.hand(wire.UploadDeposit, keyOf("thief"), good.chain.Journal, good.run(1, 3)); !problem.Is(err, problem.Untrusted) {
		t.Errorf("a key of nobody: %v", err)
	}
	foreign := newJournal(t, keyOf("thief"), 9).punches(2)
	foreign.chain.Kiosk = "gate"
	if _, err := w.hand(wire.UploadDeposit, good.key, foreign.chain.Journal, foreign.run(1, 2)); err != nil {
		t.Fatal(err)
	}
	if n := w.counted(foreign.chain.Journal); n != 0 {
		t.Errorf("%d records of another kiosk count", n)
	}
	fork := newJournal(t, keyOf("first"), 1)
	fork.add(record.Body{Type: record.Punched, Person: ann, Action: attendance.Out, Auth: attendance.AuthPersonal})
	r, err := w.hand(wire.UploadDeposit, fork.key, fork.chain.Journal, fork.run(1, 1))
	if err != nil || r.Ack == nil || !r.Ack.Reopen {
		t.Errorf("a fork: %+v %v", r, err)
	}
	if n := w.counted(good.chain.Journal); n != 3 {
		t.Errorf("%d records of the good journal", n)
	}
	w.revoke()
	forged := newJournal(t, keyOf("thief"), 8).punches(1)
	if r, err = w.hand(wire.UploadDeposit, good.key, forged.chain.Journal, forged.run(1, 1)); err != nil || r.Stored != 0 || r.Review != 1 {
		t.Errorf("forged: %+v %v", r, err)
	}
	said := false
	for _, i := range w.open() {
		said = said || i.Kind == centraldb.Deposited && i.Reason == string(record.Unsigned) || strings.HasPrefix(i.Reason, string(record.Altered))
	}
	if !said {
		t.Error("nobody says that it is forged")
	}
	if _, err := w.salvage.HandIn(t.Context(), wire.SignedUpload{Org: "other", Kiosk: door, Key: good.key.Public().(ed25519.PublicKey), Kind: wire.UploadDeposit}, []byte(`{}`)); err == nil {
		t.Error("an empty body was taken")
	}
}

// What is there already takes no place a second time: a kiosk that hands in all of a
// journal again is not refused because much of it has come in before.
func TestOnlyWhatIsNewTakesAPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.salvage.SetMost(5)
	j := newJournal(t, keyOf("first"), 1).punches(10)
	if _, err := w.hand(wire.UploadDeposit, j.key, j.chain.Journal, j.run(1, 5)); err != nil {
		t.Fatal(err)
	}
	for _, fresh := range []int{4, 0} {
		if r, err := w.hand(wire.UploadSalvage, j.key, j.chain.Journal, j.run(1, 9)); err != nil || r.Review != fresh {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	k := newJournal(t, keyOf("first"), 2).punches(2)
	if _, err := w.hand(wire.UploadSalvage, j.key, k.chain.Journal, k.run(1, 2)); !problem.Is(err, problem.Limited) {
		t.Errorf("more than is kept: %v", err)
	}
	if items := w.open(); len(items) != 4 {
		t.Errorf("%d under review", len(items))
	}
	if _, err := w.hand(wire.UploadSalvage, j.key, k.chain.Journal, k.run(1, 1)); err != nil {
		t.Errorf("there is room for one: %v", err)
	}
}
