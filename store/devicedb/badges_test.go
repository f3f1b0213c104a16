package devicedb_test

import (
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

func TestACardFindsItsPerson(t *testing.T) {
	t.Parallel()
	c := openCache(t)
	with := func(id string, listed bool, cards ...string) wire.Row {
		return put(t, wire.KindPerson, id, wire.PersonRow{
			Person: attendance.Person{ID: id, Name: id, Role: attendance.Regular, Active: true}, Listed: listed, Badges: cards,
		})
	}
	apply(t, c, "", wire.Page{Gen: 1, To: 1, Parts: 1, Rows: []wire.Row{
		with("ann", true, "04-A3-2B-7F", "text:EMP-1"), with("bob", true, "04-A3-2B-80", "text:TWICE"),
		with("cleo", true, "text:TWICE"), with("dan", false, "text:ELSEWHERE"),
	}})
	for card, want := range map[badge.Canonical]string{"04-A3-2B-7F": "ann", "text:EMP-1": "ann", "04-A3-2B-80": "bob"} {
		if p, err := c.ByBadge(t.Context(), card); err != nil || p.ID != want {
			t.Errorf("%s: %s, %v", card, p.ID, err)
		}
	}
	for card, want := range map[badge.Canonical]problem.Code{
		"text:TWICE": problem.Conflict, "text:ELSEWHERE": problem.NotFound, "text:emp-1": problem.NotFound,
	} {
		if p, err := c.ByBadge(t.Context(), card); !problem.Is(err, want) || p.ID != "" {
			t.Errorf("%s: %s, %v, want %s", card, p.ID, err, want)
		}
	}
	apply(t, c, "", wire.Page{Gen: 1, From: 1, To: 2, Parts: 1, Rows: []wire.Row{with("bob", true, "04-A3-2B-7F"), with("ann", true, "text:TWICE"), with("cleo", true)}})
	if p, err := c.ByBadge(t.Context(), "04-A3-2B-7F"); err != nil || p.ID != "bob" {
		t.Error("the card went to bob:", p.ID, err)
	}
}
