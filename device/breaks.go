package device

import (
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/sync/wire"
)

// ruleOf gives the rule about breaks that holds for a person.
func ruleOf(person wire.PersonRow, settings wire.SettingsRow) wire.BreakRule {
	if person.Break != nil {
		return *person.Break
	}
	return settings.Break
}

// breaks gives how much of a break of the least length is missing, in ms, and
// whether one is due: by how long the person has been where they are. A clock that
// went back has seen nothing pass.
func breaks(rule wire.BreakRule, p attendance.Presence, now time.Time) (short int64, due bool) {
	if p.Since.IsZero() {
		return 0, false
	}
	gone := max(0, now.Sub(p.Since))
	switch p.State {
	case attendance.StateBreak:
		least := time.Duration(rule.Least) * time.Minute
		return max(0, least-gone).Milliseconds(), false
	case attendance.StateIn:
		most := time.Duration(rule.Due) * time.Minute
		return 0, most > 0 && gone >= most
	}
	return 0, false
}
