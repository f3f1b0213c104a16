package team_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// plant writes a PIN past all rules, as a hand in the database would.
func (w *world) plant(t *testing.T, kind pin.Kind, subject, digits string, changedAt int64) {
	t.Helper()
	row, err := w.book.Row(rand.Reader, kind, subject, 9, parse(t, digits), changedAt)
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, row)
}

func (w *world) write(t *testing.T, row centraldb.PIN) {
	t.Helper()
	if err := w.db.Update(t.Context(), func(tx *centraldb.Tx) error { return tx.SetPIN(t.Context(), row) }); err != nil {
		t.Fatal(err)
	}
}

// assigns writes who is on a kiosk past all rules.
func (w *world) assigns(t *testing.T, kiosk string, a centraldb.Assignments) {
	t.Helper()
	if err := w.db.Update(t.Context(), func(tx *centraldb.Tx) error { return tx.SetAssignments(t.Context(), kiosk, a) }); err != nil {
		t.Fatal(err)
	}
}

func rulesOf(t *testing.T, found []team.Finding, err error) []string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range found {
		out = append(out, strings.TrimSpace(fmt.Sprint(f.Rule, " ", f.Kind, " ", f.Subject, " ", f.Other)))
		if strings.ContainsAny(strings.NewReplacer("P2", "", "6 digits", "").Replace(f.Text), "0123456789") {
			t.Errorf("the text tells digits: %s", f.Text)
		}
	}
	return out
}

// Each rule that is broken behind Timepost's back is found, and nothing else is.
func TestInvariantsFindWhatWasPlanted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ctx := t.Context()
	ann, _ := w.person(t, "Ann", attendance.Admin, "")
	bo, _ := w.person(t, "Bo", attendance.Regular, "Bakery")
	cy, _ := w.person(t, "Cy", attendance.Regular, "Shop")
	w.kiosk(t, "door")
	w.kiosk(t, "yard")
	if _, err := w.team.Assign(ctx, actor, "door", centraldb.Assignments{Teams: []string{"Bakery"}}); err != nil {
		t.Fatal(err)
	}
	erased := func(kind pin.Kind, subject string) centraldb.PIN {
		return centraldb.PIN{Kind: kind, Subject: subject, Version: 9, Sealed: []byte{}, Tag: []byte{}, Hash: []byte{}}
	}
	clean := func() {
		t.Helper()
		for subject, digits := range map[string]string{ann.ID: "9001", bo.ID: "9002", cy.ID: "9002", "door": "9003", "yard": "9004"} {
			kind := pin.Personal
			if subject == "door" || subject == "yard" {
				kind = pin.Universal
			}
			w.plant(t, kind, subject, digits, 1)
		}
		w.assigns(t, "door", centraldb.Assignments{Teams: []string{"Bakery"}})
		for _, key := range []centraldb.PINKey{{Kind: pin.Personal, Subject: "p-nobody"}, {Kind: pin.Universal, Subject: "nowhere"}} {
			w.write(t, erased(key.Kind, key.Subject))
		}
		found, err := w.team.Invariants(ctx)
		if got := rulesOf(t, found, err); len(got) > 0 {
			t.Fatalf("found where nothing was planted: %v", got)
		}
	}
	for _, c := range []struct {
		plant func()
		want  []string
	}{
		{func() { w.write(t, erased(pin.Personal, bo.ID)) }, []string{"P2 personal " + bo.ID}},
		{func() { w.plant(t, pin.Universal, "yard", "9003", 1) }, []string{"P3 universal yard door"}},
		{func() { w.write(t, erased(pin.Universal, "yard")) }, []string{"P3 universal yard"}},
		{func() { w.plant(t, pin.Personal, ann.ID, "9002", 1) }, []string{"P4", "P4"}},
		{func() { w.plant(t, pin.Universal, "yard", "9001", 1) }, []string{"P5 universal yard " + ann.ID}},
		{func() { w.plant(t, pin.Personal, cy.ID, "7777", 1) }, []string{"P6 personal " + cy.ID}},
		{func() { w.plant(t, pin.Universal, "door", "9002", 1) }, []string{"P10 universal door " + bo.ID}},
		{func() { w.plant(t, pin.Universal, "yard", "9002", 1) }, nil}, // nobody there has it
		{func() { w.assigns(t, "door", centraldb.Assignments{Teams: []string{"Bakery", "Nowhere"}}) }, []string{"assigned universal door"}},
		{func() { w.assigns(t, "door", centraldb.Assignments{People: []string{"p-nobody"}}) }, []string{"assigned universal door"}},
		{func() { w.assigns(t, "door", centraldb.Assignments{Teams: []string{"Bakery"}}) }, nil},
		{func() { w.plant(t, pin.Personal, "p-nobody", "9005", 1) }, []string{"orphan personal p-nobody"}},
		{func() { w.plant(t, pin.Universal, "nowhere", "9005", 1) }, []string{"orphan universal nowhere"}},
		{func() { w.spoil(t, bo.ID, func(r *centraldb.PIN) { r.Tag[0] ^= 1 }) }, []string{"sealed personal " + bo.ID}},
		{func() { w.spoil(t, bo.ID, func(r *centraldb.PIN) { r.Sealed[0] ^= 1 }) }, []string{"sealed personal " + bo.ID}},
	} {
		clean()
		c.plant()
		found, err := w.team.Invariants(ctx)
		got := rulesOf(t, found, err)
		if len(c.want) == 2 { // which of two people is named first is their ids' order
			got = []string{strings.Fields(got[0])[0], strings.Fields(got[len(got)-1])[0]}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func (w *world) spoil(t *testing.T, person string, f func(*centraldb.PIN)) {
	t.Helper()
	row, err := w.db.PIN(t.Context(), pin.Personal, person)
	if err != nil {
		t.Fatal(err)
	}
	f(&row)
	w.write(t, row)
}

// Where a rule is broken, the check notes it, the log has a row and the owners are
// told, once a day; none of these tells whose PIN it is but the server's log.
func TestTheNightlyCheckTellsTheOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ctx := t.Context()
	ann, _ := w.person(t, "Ann", attendance.Admin, "")
	var log bytes.Buffer
	watch := team.NewWatch(w.team, w.db, time.UTC, slog.New(slog.NewTextHandler(&log, nil)))
	if c, err := team.LastCheck(ctx, w.db); err != nil || c.At != 0 {
		t.Fatal(c, err)
	}
	watch.Once(ctx)
	if c, err := team.LastCheck(ctx, w.db); err != nil || c.Findings != 0 || c.At != w.clock().UnixNano() {
		t.Fatal(c, err)
	}
	if n := w.notices(t, "pins.broken"); n != 0 {
		t.Fatal(n, "notices where all is well")
	}
	w.plant(t, pin.Personal, ann.ID, "7777", 1)
	watch.Once(ctx)
	watch.Once(ctx) // the same day
	if n := w.notices(t, "pins.broken"); n != 1 {
		t.Fatal(n, "notices on one day")
	}
	w.pass(24 * time.Hour)
	watch.Once(ctx)
	if n := w.notices(t, "pins.broken"); n != 2 {
		t.Fatal(n, "notices on two days")
	}
	c, err := team.LastCheck(ctx, w.db)
	if diff := cmp.Diff(team.Checked{At: w.clock().UnixNano(), Findings: 1, Rules: map[string]int{"P6": 1}}, c); diff != "" || err != nil {
		t.Error(diff, err)
	}
	rows, err := w.db.AuditLatest(ctx, centraldb.AuditFilter{Action: "pins.broken", Limit: 9})
	if err != nil || len(rows) != 3 || strings.Contains(rows[0].Detail, ann.ID) {
		t.Errorf("%+v, %v", rows, err)
	}
	if !strings.Contains(log.String(), ann.ID) || strings.Contains(log.String(), "7777") {
		t.Errorf("the server's log: %s", log.String())
	}
}

func (w *world) notices(t *testing.T, kind string) int {
	t.Helper()
	n, err := w.db.CountNotices(t.Context(), kind, 0)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The check runs at three in the organisation's night. A server that was off then
// makes up for it when it starts; one that was only restarted does not.
func TestTheCheckRunsEveryNight(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) { // begins at midnight in UTC
		berlin, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, dir)
		w.team = team.New(team.Config{Store: w.db, Book: w.book, Audit: w.audit, Rosters: w.rosters})
		watch := team.NewWatch(w.team, w.db, berlin, slog.New(slog.DiscardHandler))
		runFor := func(d time.Duration) string {
			ctx, cancel := context.WithTimeout(t.Context(), d)
			defer cancel()
			if err := watch.Run(ctx); err != nil {
				t.Fatal(err)
			}
			c, err := team.LastCheck(t.Context(), w.db)
			if err != nil {
				t.Fatal(err)
			}
			return time.Unix(0, c.At).In(berlin).Format("02 15:04")
		}
		for i, c := range []struct {
			run  time.Duration
			off  time.Duration
			want string
		}{
			{time.Hour, 0, "01 01:00"},                // there has been none
			{26 * time.Hour, 0, "02 03:00"},           // at night
			{time.Minute, 48 * time.Hour, "02 03:00"}, // a restart
			{time.Minute, 0, "04 04:01"},              // it was off
		} {
			if got := runFor(c.run); got != c.want {
				t.Errorf("%d: checked at %s, not %s", i, got, c.want)
			}
			time.Sleep(c.off)
		}
	})
}

func TestFiveRefusalsTellTheOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	a, _ := w.person(t, "Ann", attendance.Regular, "")
	for i := range 8 {
		want := problem.Conflict
		if i >= 5 {
			want = problem.Limited
		}
		if err := w.team.SetPIN(t.Context(), actor, a.ID, parse(t, "7777")); !problem.Is(err, want) {
			t.Fatal(i, err)
		}
		if n := w.notices(t, "pin.refusals"); (n == 1) != (i >= 4) {
			t.Fatalf("%d notices after %d refusals", n, i+1)
		}
	}
	if n := w.notices(t, "pin.refusals"); n != 1 {
		t.Fatal(n, "notices")
	}
}
