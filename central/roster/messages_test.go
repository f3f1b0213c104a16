package roster_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// messages gives what the kiosk shows: whom, and what.
func (k *copyOf) messages(t testing.TB) []string {
	t.Helper()
	var out []string
	for key, body := range k.rows {
		if !strings.HasPrefix(key, wire.KindMessage+"/") {
			continue
		}
		var m wire.MessageRow
		if err := json.Unmarshal(body, &m); err != nil {
			t.Fatal(err)
		}
		out = append(out, m.ID+" "+m.Person+" "+m.Text)
	}
	slices.Sort(out)
	return out
}

// What kiosks are to show is in their rosters, and gone once it was read or ended.
func TestMessagesOnTheRoster(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	c.enrol("gate", "gate")
	c.addPeople(person("ada", attendance.Regular), person("ben", attendance.Regular))
	c.assign("gate", centraldb.Assignments{Everyone: true})
	k := newCopy()
	shows := func(want ...string) {
		t.Helper()
		c.refresh("gate")
		c.pull("gate", k)
		if got := k.messages(t); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	shows()
	c.change(func(ctx context.Context, tx *centraldb.Tx) error {
		for _, b := range []centraldb.Bulletin{{Audience: centraldb.ForAll, Text: "Hello"}, {Audience: centraldb.ForPerson, Subject: "ada", Text: "See me"}} {
			if _, err := tx.AddBulletin(ctx, b); err != nil {
				return err
			}
		}
		return nil
	})
	shows("note-1  Hello", "note-2.ada ada See me")
	c.change(func(ctx context.Context, tx *centraldb.Tx) error {
		if _, _, err := tx.MarkRead(ctx, "note-1", "ada", "gate", 1); err != nil {
			return err
		}
		_, _, err := tx.MarkRead(ctx, "note-2.ada", "ada", "gate", 1)
		return err
	})
	shows("note-1  Hello")
	c.change(func(ctx context.Context, tx *centraldb.Tx) error { return tx.EndBulletin(ctx, 1, 5, "boss") })
	shows()
}
