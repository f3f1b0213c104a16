package devicedb_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// What a newer server asks for and this version does not know is named, as long as it
// is asked for.
func TestSettingsThatAreLeftOutAreNamed(t *testing.T) {
	t.Parallel()
	c := openCache(t)
	put := func(from uint64, s wire.SettingsRow) {
		apply(t, c, "", wire.Page{Gen: 1, From: from, To: from + 1, Parts: 1, Rows: []wire.Row{put(t, wire.KindSettings, devicedb.SettingsID, s)}})
	}
	put(0, wire.SettingsRow{
		Look:   wire.Look{Theme: "sepia", Accent: "red", NightFrom: "25:00", NightTo: "06:00"},
		Habits: wire.Habits{Badges: "twice", Double: 601}, Break: wire.BreakRule{Least: 30, Due: 1441},
	})
	want := []wire.Unfollowed{
		{Setting: "theme", Value: "sepia"},
		{Setting: "accent", Value: "red"},
		{Setting: "night", Value: "25:00 to 06:00"},
		{Setting: "badges", Value: "twice"},
		{Setting: "double", Value: "601"},
		{Setting: "break", Value: "30 min after 1441 min"},
	}
	if d := cmp.Diff(want, c.Unfollowed()); d != "" {
		t.Error(d)
	}
	put(1, wire.SettingsRow{Look: wire.Look{Theme: "dark", Accent: "#0a7D50", NightFrom: "22:00", NightTo: "06:00"}, Habits: wire.Habits{Double: -1}})
	if got := c.Unfollowed(); got != nil {
		t.Errorf("%+v", got)
	}
	put(2, wire.SettingsRow{})
	if got := c.Unfollowed(); got != nil {
		t.Errorf("nothing said: %+v", got)
	}
}
