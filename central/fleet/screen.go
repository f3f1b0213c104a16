package fleet

import (
	"strings"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// applyHabits changes what the edit names of how people find themselves.
func (e Edit) applyHabits(h *wire.Habits) {
	for _, s := range []struct {
		given *bool
		into  *bool
	}{
		{e.HideRoster, &h.HideRoster},
		{e.HideStatus, &h.HideStatus},
		{e.NotListed, &h.NotListed},
		{e.TeamFilter, &h.TeamFilter},
		{e.BadgeFirst, &h.BadgeFirst},
	} {
		if s.given != nil {
			*s.into = *s.given
		}
	}
	if e.Badges != nil {
		h.Badges = wire.BadgePolicy(strings.TrimSpace(*e.Badges))
	}
	if e.Double != nil {
		h.Double = *e.Double
	}
}

// checkScreen says what is wrong with how a kiosk's touchscreen is to be.
func checkScreen(k centraldb.Kiosk) error {
	if !wire.ValidTheme(k.Theme) {
		return problem.New(problem.Invalid, "There is no such theme.", "Use light, dark or contrast, or nothing for the organisation's.").With("field", "theme")
	}
	if k.Text != "" && k.Text != centraldb.TextNormal && k.Text != centraldb.TextLarge {
		return problem.New(problem.Invalid, "There is no such size of text.", "Use normal or large, or nothing for the organisation's.").With("field", "text")
	}
	if k.Habits.BadgeFirst && k.Habits.Badges == wire.BadgeOff {
		return problem.New(problem.Invalid, "Cards are not in use at this kiosk.", "Say what a card is good for, or do not ask for one first.").With("field", "badges")
	}
	return k.Habits.Validate()
}
