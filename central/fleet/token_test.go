package fleet_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
)

func (w *world) token(t *testing.T, uses int, names string) fleet.Token {
	t.Helper()
	k, err := w.MakeToken(t.Context(), actor, fleet.NewToken{Uses: uses, NewKiosk: fleet.NewKiosk{Name: names, RequiresPIN: true}})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (w *world) names(t *testing.T) []string {
	t.Helper()
	all, err := w.db.Kiosks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, k := range all {
		out = append(out, k.Name)
	}
	slices.Sort(out)
	return out
}

// Each machine becomes a kiosk of its own, once: an answer that was lost is given
// again, and counts once.
func TestATokenMakesKiosks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.token(t, 3, "Gate {nn}")
	var ids []string
	for range 3 {
		m := newMachine(t)
		first, err := w.Enrol(t.Context(), home, m.request(t, k.Text))
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.Enrol(t.Context(), home, m.request(t, k.Text))
		if err != nil || !cmp.Equal(first, again) {
			t.Errorf("asked again: %v", err)
		}
		if first.Settings.Zone != "Europe/Berlin" || !first.Settings.RequiresPIN || !w.admits(t, first.Cert) {
			t.Errorf("reply %+v", first)
		}
		ids = append(ids, first.Kiosk)
	}
	if d := cmp.Diff([]string{"Gate 01", "Gate 02", "Gate 03"}, w.names(t)); d != "" {
		t.Error(d)
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 3 {
		t.Errorf("ids %v", ids)
	}
	if _, err := w.Enrol(t.Context(), home, newMachine(t).request(t, k.Text)); !problem.Is(err, problem.Used) {
		t.Errorf("a fourth: %v", err)
	}
	all, err := w.db.FleetTokens(t.Context())
	if err != nil || len(all) != 1 || all[0].Used != 3 {
		t.Errorf("%+v, %v", all, err)
	}
}

// A name that is taken is passed over.
func TestATokenPassesOverNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"Gate 1", "Gate 3"} {
		if _, _, err := w.Create(t.Context(), actor, fleet.NewKiosk{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	k := w.token(t, 2, "Gate {n}")
	for range 2 {
		if _, err := w.Enrol(t.Context(), home, newMachine(t).request(t, k.Text)); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([]string{"Gate 1", "Gate 2", "Gate 3", "Gate 4"}, w.names(t)); d != "" {
		t.Error(d)
	}
}

func TestATokenEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old, gone := w.token(t, 5, ""), w.token(t, 5, "")
	if err := w.RevokeToken(t.Context(), actor, gone.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Enrol(t.Context(), home, newMachine(t).request(t, gone.Text)); !problem.Is(err, problem.Expired) {
		t.Errorf("revoked: %v", err)
	}
	w.pass(fleet.TokenLife - time.Second)
	if _, err := w.Enrol(t.Context(), home, newMachine(t).request(t, old.Text)); err != nil {
		t.Errorf("on its last day: %v", err)
	}
	w.pass(time.Second)
	if _, err := w.Enrol(t.Context(), home, newMachine(t).request(t, old.Text)); !problem.Is(err, problem.Expired) {
		t.Errorf("expired: %v", err)
	}
	if err := w.RevokeToken(t.Context(), actor, "none"); !problem.Is(err, problem.NotFound) {
		t.Errorf("%v", err)
	}
}

// Guessing a token is limited as guessing a code is.
func TestGuessedTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := newMachine(t)
	for range 5 {
		if _, err := w.Enrol(t.Context(), home, m.request(t, "00000-00000-00000-00000")); !problem.Is(err, problem.NotFound) {
			t.Fatal(err)
		}
	}
	if _, err := w.Enrol(t.Context(), home, m.request(t, "00000-00000-00000-00000")); !problem.Is(err, problem.Limited) {
		t.Errorf("%v", err)
	}
}
