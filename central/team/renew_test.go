package team_test

import (
	"fmt"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Under a key that opens nothing old everybody gets a PIN again, and all rules hold.
func TestRenewedPINsKeepAllRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ctx := t.Context()
	kiosks := []string{"k-0", "k-1"}
	people := make([]string, 120)
	for _, k := range kiosks {
		w.kiosk(t, k)
	}
	for i := range people {
		role := attendance.Regular
		if i%10 == 0 {
			role = attendance.Admin
		}
		p, _ := w.person(t, fmt.Sprint("Person ", i), role, fmt.Sprint("team-", i%4))
		people[i] = p.ID
	}
	if _, err := w.team.Assign(ctx, actor, "k-0", centraldb.Assignments{Teams: []string{"team-1"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.team.Assign(ctx, actor, "k-1", centraldb.Assignments{Everyone: true}); err != nil {
		t.Fatal(err)
	}
	var before centraldb.PIN
	before, err := w.db.PIN(ctx, pin.Personal, people[0])
	if err != nil {
		t.Fatal(err)
	}
	if w.book, err = team.NewBook("acme", [32]byte{8}); err != nil {
		t.Fatal(err)
	}
	w.team = team.New(team.Config{Store: w.db, Book: w.book, Audit: w.audit, Rosters: w.rosters, Now: w.clock})
	var issued []team.Issued
	err = w.db.Update(ctx, func(tx *centraldb.Tx) error {
		issued, err = w.team.Renew(ctx, tx, 4)
		return err
	})
	if err != nil || len(issued) < len(people)+len(kiosks) {
		t.Fatal(len(issued), err)
	}
	good, bad, err := w.book.VerifyPINs(ctx, w.db)
	if err != nil || good != len(people)+len(kiosks) || len(bad) > 0 {
		t.Fatal(good, bad, err)
	}
	if err := w.facts(t, people, kiosks).broken(); err != nil {
		t.Fatal(err)
	}
	after, err := w.db.PIN(ctx, pin.Personal, people[0])
	if err != nil || after.Version <= before.Version || after.Hash != nil {
		t.Fatal(after.Version, err)
	}
}

func TestHoldsFindsWhatOpenDoesNotSee(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	p, _ := w.person(t, "Ann", attendance.Regular, "")
	row, err := w.db.PIN(t.Context(), pin.Personal, p.ID)
	if err != nil || w.book.Holds(row) != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*centraldb.PIN){
		"length": func(r *centraldb.PIN) { r.Len++ },
		"tag":    func(r *centraldb.PIN) { r.Tag = make([]byte, len(r.Tag)) },
		"hash":   func(r *centraldb.PIN) { r.Hash = make([]byte, 80) },
		"digits": func(r *centraldb.PIN) { r.Sealed = r.Sealed[1:] },
	} {
		spoilt := row
		spoil(&spoilt)
		if err := w.book.Holds(spoilt); !problem.Is(err, problem.Damaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
