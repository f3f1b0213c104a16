package ingest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// Central hears of cards of nobody; what no reader types is not believed.
func TestUnknownCardsOfKiosks(t *testing.T) {
	t.Parallel()
	gate := newKiosk("gate")
	c := newCentre(t, gate)
	for _, b := range []record.Body{
		{Badge: "04-A3-2B-7F", Code: "K-17"},
		{Badge: "04-a3-2b-7f", Code: "K-18"},
		{Badge: "text:EMP-1", Code: ""},
		{Badge: "", Code: "K-19"},
		{Badge: "text:\n", Code: "K-20"},
		{Badge: "text:EMP-2", Code: "X\n10"},
	} {
		b.Type = record.BadgeUnknown
		gate.say(t, start, b)
	}
	c.take(gate, 1)
	got, err := c.db.UnknownBadges(t.Context(), start.Add(-24*time.Hour).UnixNano())
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].ReceivedAt = 0
	}
	want := []centraldb.UnknownBadge{
		{ID: 6, Kiosk: "gate", KioskName: "gate", Badge: "text:EMP-2", Code: "X 10", At: start.UnixNano()},
		{ID: 1, Kiosk: "gate", KioskName: "gate", Badge: "04-A3-2B-7F", Code: "K-17", At: start.UnixNano()},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
