package roster_test

import (
	"context"
	"slices"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// A kiosk knows the cards of those who are on its list, as they are now.
func TestBadgesOnTheRoster(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	c.enrol("gate", "gate")
	c.addPeople(person("ada", attendance.Regular), person("ben", attendance.Regular))
	c.assign("gate", centraldb.Assignments{Everyone: true})
	put := func(person string, cards ...string) {
		c.change(func(ctx context.Context, tx *centraldb.Tx) error {
			for _, card := range cards {
				if err := tx.PutBadge(ctx, centraldb.Badge{Badge: card, Person: person}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	k := newCopy()
	is := func(id string, want ...string) {
		t.Helper()
		c.refresh("gate")
		c.pull("gate", k)
		if got := k.person(t, id).Badges; !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", id, got, want)
		}
	}
	is("ada")
	put("ada", "text:EMP-1", "04-A3-2B-7F")
	is("ada", "04-A3-2B-7F", "text:EMP-1")
	put("ben", "text:EMP-1")
	is("ada", "04-A3-2B-7F")
	is("ben", "text:EMP-1")
}
