package devicedb_test

import (
	"path/filepath"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// A machine that is enrolled as another kiosk must not go on with the people of
// the one before: a delta would be put on top of a list it does not belong to.
func TestTheCacheOfAnotherKioskIsNotContinued(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cache.db")
	open := func(owner string) *devicedb.Cache {
		c, err := devicedb.OpenCache(t.Context(), path, devicedb.CacheOptions{BootID: "b", Owner: owner})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := open("acme/front")
	ann, err := wire.PutRow(wire.KindPerson, "ann", wire.PersonRow{
		Person: attendance.Person{ID: "ann", Name: "Ann", Role: attendance.Regular, Active: true}, Listed: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Apply(t.Context(), []wire.Page{{Gen: 1, From: 0, To: 9, Parts: 1, Rows: []wire.Row{ann}}}); err != nil {
		t.Fatal(err)
	}
	page := wire.PresencePage{Gen: 1, Rows: []wire.PresenceRow{{Person: "ann", State: "in", Since: 1}}}
	if err := c.ApplyPresence(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}

	c = open("acme/front") // the same kiosk goes on
	if _, v, err := c.Version(t.Context()); err != nil || v != 9 || c.Count() != 1 {
		t.Fatalf("version %d, %d people, %v", v, c.Count(), err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}

	c = open("acme/back")
	gen, v, err := c.Version(t.Context())
	if err != nil || gen != 0 || v != 0 || c.Count() != 0 {
		t.Errorf("another kiosk starts at %d, %d with %d people, %v", gen, v, c.Count(), err)
	}
	if _, err := c.Person(t.Context(), "ann"); !problem.Is(err, problem.NotFound) {
		t.Errorf("person of the kiosk before: %v", err)
	}
	if _, ok, err := c.Presence(t.Context(), "ann"); ok || err != nil {
		t.Errorf("presence of the kiosk before: %v, %v", ok, err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}
