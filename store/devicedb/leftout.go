package devicedb

import (
	"strconv"

	"github.com/timepost/timepost/sync/wire"
)

// leftOut names what understood took out of settings. Nothing said is nothing left
// out.
func leftOut(said, known wire.SettingsRow) []wire.Unfollowed {
	var out []wire.Unfollowed
	for _, v := range []struct{ setting, said, known string }{
		{"theme", said.Look.Theme, known.Look.Theme},
		{"accent", said.Look.Accent, known.Look.Accent},
		{"night", night(said.Look), night(known.Look)},
		{"badges", string(said.Habits.Badges), string(known.Habits.Badges)},
		{"double", strconv.Itoa(said.Habits.Double), strconv.Itoa(known.Habits.Double)},
		{"break", rule(said.Break), rule(known.Break)},
	} {
		if v.said != v.known {
			out = append(out, wire.NewUnfollowed(v.setting, v.said))
		}
	}
	return out
}

// night writes from when to when the screen is dark, empty for never.
func night(l wire.Look) string {
	if l.NightFrom == "" && l.NightTo == "" {
		return ""
	}
	return l.NightFrom + " to " + l.NightTo
}

// rule writes the minutes of a rule about breaks.
func rule(b wire.BreakRule) string {
	return strconv.Itoa(b.Least) + " min after " + strconv.Itoa(b.Due) + " min"
}
