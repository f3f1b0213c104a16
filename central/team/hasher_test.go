package team_test

import (
	"context"
	"slices"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/lifecycle/lifecycletest"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

func (w *world) hasher(t *testing.T) *team.Hasher {
	t.Helper()
	h, err := pin.NewHasher(4)
	if err != nil {
		t.Fatal(err)
	}
	return team.NewHasher(team.HasherConfig{Store: w.db, Book: w.book, Rosters: w.rosters, Hasher: h, Workers: 2})
}

func TestHashesAreMadeSealedAndTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ctx := t.Context()
	universal := w.kiosk(t, "door")
	w.kiosk(t, "yard")
	a, mine := w.person(t, "Ann", attendance.Regular, "Bakery")
	b, _ := w.person(t, "Bo", attendance.Regular, "")
	if _, err := w.team.Assign(ctx, actor, "door", centraldb.Assignments{Teams: []string{"Bakery"}}); err != nil {
		t.Fatal(err)
	}
	todo, err := w.db.Unhashed(ctx, 10)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, p := range todo {
		order = append(order, p.Subject)
	}
	if len(order) != 4 || order[2] != a.ID || order[3] != b.ID {
		t.Fatalf("kiosks first, then the assigned, then the rest: %v", order)
	}
	w.rosters.kiosks = nil
	if err := w.hasher(t).Once(ctx); err != nil {
		t.Fatal(err)
	}
	if pending, total, err := w.db.Hashing(ctx); pending != 0 || total != 4 || err != nil {
		t.Fatalf("%d of %d, %v", pending, total, err)
	}
	for _, c := range []struct {
		kind    pin.Kind
		subject string
		pin     pin.PIN
	}{{pin.Personal, a.ID, mine}, {pin.Universal, "door", universal}} {
		row, err := w.db.PIN(ctx, c.kind, c.subject)
		if err != nil {
			t.Fatal(err)
		}
		hash, err := w.book.OpenHash(c.kind, c.subject, row.Version, row.Hash)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := pin.Matches(hash, c.kind, c.subject, c.pin); !ok || err != nil {
			t.Fatalf("%s: %v %v", c.subject, ok, err)
		}
		if _, err := w.book.OpenHash(c.kind, c.subject, row.Version+1, row.Hash); !problem.Is(err, problem.Damaged) {
			t.Fatalf("opens under another version: %v", err)
		}
	}
	if told := w.rosters.told(); !slices.Contains(told, "door") || !slices.Contains(told, "yard") {
		t.Fatalf("told %v", told)
	}
}

func TestANewPINWhileHashingIsHashedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ctx := t.Context()
	a, _ := w.person(t, "Ann", attendance.Regular, "")
	old, err := w.db.PIN(ctx, pin.Personal, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.team.GeneratePIN(ctx, actor, a.ID); err != nil {
		t.Fatal(err)
	}
	old.Hash = []byte("late")
	if err := w.db.SetHashes(ctx, []centraldb.PIN{old}); err != nil {
		t.Fatal(err)
	}
	if pending, _, err := w.db.Hashing(ctx); pending != 1 || err != nil {
		t.Fatalf("a late hash of the old PIN was taken: %d, %v", pending, err)
	}
}

func TestADamagedPINDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ctx := t.Context()
	a, _ := w.person(t, "Ann", attendance.Regular, "")
	w.person(t, "Bo", attendance.Regular, "")
	row, err := w.db.PIN(ctx, pin.Personal, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	row.Sealed[len(row.Sealed)-1] ^= 1
	if err := w.db.Update(ctx, func(tx *centraldb.Tx) error { return tx.SetPIN(ctx, row) }); err != nil {
		t.Fatal(err)
	}
	if err := w.hasher(t).Once(ctx); err != nil {
		t.Fatal(err)
	}
	if pending, total, err := w.db.Hashing(ctx); pending != 1 || total != 2 || err != nil {
		t.Fatalf("%d of %d, %v", pending, total, err)
	}
}

func TestHasherStartsAndStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	for range 20 {
		w.person(t, "Somebody", attendance.Regular, "")
	}
	lifecycletest.StartStop(t, func() lifecycle.Service { return w.hasher(t) })
}

func TestPokeWakesTheHasher(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.kiosk(t, "door")
	h := w.hasher(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	w.person(t, "Ann", attendance.Regular, "")
	h.Poke()
	for {
		pending, _, err := w.db.Hashing(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if pending == 0 {
			break
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

func TestAnImportIsFollowedInTheBackground(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	h := w.hasher(t)
	woken := 0
	w.team = team.New(team.Config{
		Store: w.db, Book: w.book, Audit: w.audit, Rosters: w.rosters, Now: w.clock,
		Wake: func() { woken++ }, RefreshAll: h.RefreshAll,
	})
	w.imported(t, "name,staff_no,role\nAnn,1,\n")
	if woken != 1 || w.rosters.all != 0 {
		t.Fatalf("woken %d times, and the caller waited for %d refreshes", woken, w.rosters.all)
	}
	for range 2 {
		if err := h.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if pending, _, err := w.db.Hashing(t.Context()); w.rosters.all != 1 || pending != 0 || err != nil {
		t.Fatalf("%d refreshes, %d to hash, %v", w.rosters.all, pending, err)
	}
}
