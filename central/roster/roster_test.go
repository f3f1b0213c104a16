package roster_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/roster"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// small gives a centre with one kiosk and five people, of whom ada and eve are
// assigned, eve by her team.
func small(t testing.TB) *centre {
	c := newCentre(t)
	c.enrol("gate", "gate")
	archived := person("zoe", attendance.Owner)
	archived.Active = false
	c.addPeople(person("ada", attendance.Regular), person("bob", attendance.Regular), person("eve", attendance.Manager),
		person("own", attendance.Owner), archived)
	for _, id := range []string{"ada", "bob", "eve", "own", "zoe"} {
		c.setPIN(pin.Personal, id, 1, true)
	}
	c.setPIN(pin.Universal, "gate", 1, true)
	c.assign("gate", centraldb.Assignments{People: []string{"ada", "zoe"}, Teams: []string{"team-e"}})
	return c
}

func TestWhoIsOnARoster(t *testing.T) {
	t.Parallel()
	c := small(t)
	k := newCopy()
	c.pull("gate", k) // the first pull makes the first version
	want := []string{"person/ada", "person/eve", "person/own", "settings/kiosk", "universal/gate"}
	if d := cmp.Diff(want, slices.Sorted(maps.Keys(k.rows))); d != "" {
		t.Fatal(d)
	}
	if k.gen != 3 || k.version != 1 {
		t.Fatalf("gen %d version %d", k.gen, k.version)
	}
	for id, listed := range map[string]bool{"ada": true, "eve": true, "own": false} {
		row := k.person(t, id)
		if row.Listed != listed || row.Name != "Name of "+id || row.PIN == nil {
			t.Errorf("%s: %+v", id, row)
			continue
		}
		if got := c.hash("gate", pin.Personal, id, row.Role, row.PIN); !bytes.Equal(got, hashOf(id, 1)) {
			t.Errorf("%s: hash %q", id, got)
		}
	}
	var u wire.UniversalRow
	var s wire.SettingsRow
	if err := json.Unmarshal(k.rows["universal/gate"], &u); err != nil {
		t.Fatal(err)
	}
	if got := c.hash("gate", pin.Universal, "gate", "", &u.PIN); !bytes.Equal(got, hashOf("gate", 1)) {
		t.Errorf("universal: %q", got)
	}
	if err := json.Unmarshal(k.rows["settings/kiosk"], &s); err != nil {
		t.Fatal(err)
	}
	wantSettings := wire.SettingsRow{OrgName: "Acme", KioskName: "Kiosk gate", Zone: "Europe/Berlin", RequiresPIN: true, Mode: "live"}
	if d := cmp.Diff(wantSettings, s); d != "" {
		t.Error(d)
	}
	c.assign("gate", centraldb.Assignments{Everyone: true})
	c.refresh("gate")
	c.pull("gate", k)
	if k.person(t, "bob") == nil || !k.person(t, "own").Listed || k.person(t, "zoe") != nil {
		t.Errorf("everyone: %v", slices.Sorted(maps.Keys(k.rows)))
	}
}

func TestAChangeIsOneVersionAndIsPushed(t *testing.T) {
	t.Parallel()
	c := small(t)
	k := newCopy()
	c.refresh("gate")
	c.pull("gate", k)
	c.pushed, c.opened, c.added = nil, 0, nil

	c.refresh("gate") // nothing has changed
	if len(c.pushed) != 0 || c.opened != 0 {
		t.Fatalf("%d pushed, %d opened", len(c.pushed), c.opened)
	}
	before := k.person(t, "eve").PIN.Sealed
	c.change(func(ctx context.Context, tx *centraldb.Tx) error {
		eve := person("eve", attendance.Manager)
		eve.Name = "Eve <& Sons>"
		if err := tx.SetPerson(ctx, eve); err != nil {
			return err
		}
		gone := person("own", attendance.Owner)
		gone.Active = false
		return tx.SetPerson(ctx, gone)
	})
	c.setPIN(pin.Personal, "ada", 2, false)
	c.assign("gate", centraldb.Assignments{People: []string{"ada", "bob"}, Teams: []string{"team-e"}})
	c.refresh("gate")
	var page wire.Page
	if len(c.pushed) != 1 || c.open(c.pushed[0], wire.TypePage, &page).Channel != wire.DownPush {
		t.Fatalf("pushed %v", c.pushed)
	}
	if page.From != 1 || page.To != 2 || len(page.Rows) != 4 {
		t.Fatalf("page %+v", page)
	}
	k.apply(t, []wire.Page{page})
	if k.person(t, "own") != nil || k.person(t, "bob") == nil || k.person(t, "ada").PIN != nil || k.person(t, "eve").Name != "Eve <& Sons>" {
		t.Fatalf("%s", k.rows)
	}
	if !bytes.Equal(k.person(t, "eve").PIN.Sealed, before) || c.opened != 1 {
		t.Fatalf("eve's PIN was sealed again; %d opened", c.opened)
	}
	if d := cmp.Diff([]string{"bob"}, c.added); d != "" {
		t.Fatal(d)
	}
	// The hash is ready: one row, one version.
	c.setPIN(pin.Personal, "ada", 2, true)
	c.refresh("gate")
	c.pull("gate", k)
	if got := c.hash("gate", pin.Personal, "ada", attendance.Regular, k.person(t, "ada").PIN); !bytes.Equal(got, hashOf("ada", 2)) || k.version != 3 {
		t.Fatalf("version %d, hash %q", k.version, got)
	}
	c.refresh("gate") // who is gone stays gone, without a new version
	if v, err := c.rosters.Version(t.Context(), "gate"); v != 3 || err != nil {
		t.Fatal(v, err)
	}
}

func TestANewRoleOrSealKeySealsAgain(t *testing.T) {
	t.Parallel()
	c := small(t)
	k := newCopy()
	c.pull("gate", k)
	c.change(func(ctx context.Context, tx *centraldb.Tx) error {
		return tx.SetPerson(ctx, person("ada", attendance.Admin))
	})
	c.refresh("gate")
	c.pull("gate", k)
	c.hash("gate", pin.Personal, "ada", attendance.Admin, k.person(t, "ada").PIN)
	c.enrol("gate", "another card")
	c.refresh("gate")
	c.pull("gate", k)
	for _, id := range []string{"ada", "eve", "own"} {
		c.hash("gate", pin.Personal, id, k.person(t, id).Role, k.person(t, id).PIN)
	}
	if k.version != 3 {
		t.Fatalf("version %d", k.version)
	}
}

func TestADeltaFromAnyVersionLeadsToTheSame(t *testing.T) {
	t.Parallel()
	c := small(t)
	var copies []*copyOf
	for i := range 6 {
		k := newCopy()
		c.pull("gate", k)
		copies = append(copies, k)
		a := centraldb.Assignments{People: []string{"ada"}}
		if i%2 == 0 {
			a.People = []string{"bob"}
		}
		c.assign("gate", a)
		c.setPIN(pin.Personal, "eve", uint64(i+2), true)
		c.refresh("gate")
	}
	fresh := newCopy()
	c.pull("gate", fresh)
	for i, k := range copies {
		if c.pull("gate", k) {
			t.Errorf("copy %d had to refetch", i)
		}
		if d := cmp.Diff(fresh.rows, k.rows); d != "" || k.version != fresh.version {
			t.Errorf("copy %d: %s", i, d)
		}
		if k.person(t, "zoe") != nil {
			t.Error("an archived person came back")
		}
	}
}

func TestKioskAheadOrOfAnotherGenerationRefetches(t *testing.T) {
	t.Parallel()
	c := small(t)
	k := newCopy()
	c.pull("gate", k)
	for name, at := range map[string][2]uint64{"ahead": {3, 9}, "older generation": {2, 1}, "newer generation": {4, 1}} {
		other := &copyOf{gen: at[0], version: at[1], rows: map[string]json.RawMessage{"person/ghost": nil}}
		if !c.pull("gate", other) {
			t.Errorf("%s: no refetch", name)
		}
		if d := cmp.Diff(k.rows, other.rows); d != "" || other.gen != 3 {
			t.Errorf("%s: %s", name, d)
		}
	}
	if c.pull("gate", k) || k.version != 1 {
		t.Errorf("up to date, yet version %d", k.version)
	}
}

func TestUnenrolledKiosksHaveNoRoster(t *testing.T) {
	t.Parallel()
	c := small(t)
	c.change(func(ctx context.Context, tx *centraldb.Tx) error {
		return tx.AddKiosk(ctx, attendance.Kiosk{ID: "new", Name: "New", Zone: "UTC"}, 1)
	})
	c.refresh("new", "no such kiosk")
	if v, err := c.rosters.Version(t.Context(), "new"); v != 0 || err != nil {
		t.Fatal(v, err)
	}
	if err := c.rosters.RefreshAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v, err := c.rosters.Version(t.Context(), "gate"); v != 1 || err != nil {
		t.Fatal(v, err)
	}
}

func TestRefreshesAtTheSameTime(t *testing.T) {
	t.Parallel()
	c := small(t)
	other := c.newRosters(c.db) // another process: no lock in common
	var all sync.WaitGroup
	for i := range 12 {
		c.setPIN(pin.Personal, "ada", uint64(i+2), true)
		r := c.rosters
		if i%2 == 0 {
			r = other
		}
		all.Go(func() {
			if err := r.Refresh(t.Context(), "gate"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	k := newCopy()
	c.pull("gate", k)
	if got := k.person(t, "ada").PIN.Version; got != 13 {
		t.Fatalf("PIN version %d", got)
	}
}

// rivalRows lets somebody else change the roster right before the first write.
type rivalRows struct {
	roster.Rows
	rival func()
}

func (r *rivalRows) PutRoster(ctx context.Context, kiosk string, from uint64, at int64, rows []centraldb.RosterRow) (bool, error) {
	if rival := r.rival; rival != nil {
		r.rival = nil
		rival()
	}
	return r.Rows.PutRoster(ctx, kiosk, from, at, rows)
}

func TestARivalsVersionIsTakenIntoAccount(t *testing.T) {
	t.Parallel()
	c := small(t)
	c.refresh("gate")
	c.setPIN(pin.Personal, "eve", 2, true)
	rosters := c.newRosters(&rivalRows{c.db, func() {
		c.setPIN(pin.Personal, "ada", 2, true) // comes too late for the first attempt
		c.refresh("gate")
		c.setPIN(pin.Personal, "eve", 3, true)
	}})
	if err := rosters.Refresh(t.Context(), "gate"); err != nil {
		t.Fatal(err)
	}
	k := newCopy()
	c.pull("gate", k)
	if k.version != 3 || k.person(t, "ada").PIN.Version != 2 || k.person(t, "eve").PIN.Version != 3 {
		t.Fatalf("version %d, %+v, %+v", k.version, k.person(t, "ada").PIN, k.person(t, "eve").PIN)
	}
}

func TestTenThousandPeople(t *testing.T) {
	t.Parallel()
	const n = 10_000
	c := newCentre(t)
	c.enrol("gate", "gate")
	people := make([]attendance.Person, n)
	pins := make([]centraldb.PIN, n)
	for i := range people {
		people[i] = person(fmt.Sprintf("p%05d-abcdef", i), attendance.Regular)
		pins[i] = pinOf(pin.Personal, people[i].ID, 1, true)
	}
	c.addPeople(people...)
	c.change(func(ctx context.Context, tx *centraldb.Tx) error {
		for _, p := range pins {
			if err := tx.SetPIN(ctx, p); err != nil {
				return err
			}
		}
		return tx.SetAssignments(ctx, "gate", centraldb.Assignments{Everyone: true})
	})
	c.refresh("gate")
	// Too much to push: the kiosk is told that there is something.
	var hint wire.Page
	c.open(c.pushed[0], wire.TypePage, &hint)
	if hint.From != 1 || hint.To != 1 || len(hint.Rows) != 0 {
		t.Fatalf("pushed %d rows from %d", len(hint.Rows), hint.From)
	}
	k := newCopy()
	c.pull("gate", k)
	if len(k.rows) != n+1 {
		t.Fatalf("%d rows", len(k.rows))
	}
	c.opened = 0
	c.setPIN(pin.Personal, people[77].ID, 2, true)
	c.refresh("gate")
	if c.opened != 1 {
		t.Fatalf("%d hashes opened for one change", c.opened)
	}
}

func TestAChangeThatWasNotFollowedIsFoundAfterARestart(t *testing.T) {
	t.Parallel()
	c := small(t)
	k := newCopy()
	c.pull("gate", k)
	c.setPIN(pin.Personal, "ada", 2, true) // and the process ends before Refresh
	c.rosters = c.newRosters(c.db)
	if v, err := c.rosters.Version(t.Context(), "gate"); v != 2 || err != nil {
		t.Fatal(v, err)
	}
	c.pull("gate", k)
	if got := k.person(t, "ada").PIN.Version; got != 2 {
		t.Fatalf("PIN version %d", got)
	}
}
