package wire

import (
	"regexp"

	"github.com/timepost/timepost/internal/problem"
)

// The bounds of what is decided for a kiosk.
const (
	MaxBreak  = 8 * 60  // minutes of BreakRule.Least
	MaxDue    = 24 * 60 // minutes of BreakRule.Due
	MaxDouble = 3600    // seconds of Habits.Double
)

var (
	colour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	clock  = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
)

// Validate says what is wrong with the rule, in words for who typed it:
// problem.Invalid with the detail "field", break_least or break_due.
func (b BreakRule) Validate() error {
	if b.Least < 0 || b.Least > MaxBreak {
		return problem.New(problem.Invalid, "This is not a length of a break.", "From 0, no warning, to 480 minutes.").With("field", "break_least")
	}
	if b.Due < 0 || b.Due > MaxDue {
		return problem.New(problem.Invalid, "This is not a time to work without a break.", "From 0, never, to 1440 minutes.").With("field", "break_due")
	}
	return nil
}

// Validate says what is wrong with the look: problem.Invalid with the detail "field",
// theme, accent, night_from or night_to.
func (l Look) Validate() error {
	if !ValidTheme(l.Theme) {
		return problem.New(problem.Invalid, "There is no such theme.", "Use light, dark or contrast.").With("field", "theme")
	}
	if l.Accent != "" && !colour.MatchString(l.Accent) {
		return problem.New(problem.Invalid, "This is not a colour.", "Write it like #0a4f96: red, green and blue in hex.").With("field", "accent")
	}
	for _, at := range []struct{ field, is, other string }{{"night_from", l.NightFrom, l.NightTo}, {"night_to", l.NightTo, l.NightFrom}} {
		switch {
		case at.is != "" && !clock.MatchString(at.is):
			return problem.New(problem.Invalid, "This is not a time of day.", "Write it like 22:00.").With("field", at.field)
		case at.is == "" && at.other != "":
			return problem.New(problem.Invalid, "The other end of the night is missing.", "Give both times, or none: then the screen is not dimmed at night.").With("field", at.field)
		case at.is != "" && at.is == at.other:
			return problem.New(problem.Invalid, "The night ends when it begins.", "Give two different times, or none.").With("field", "night_to")
		}
	}
	return nil
}

// ValidTheme says whether a touchscreen has the theme; empty is the usual one.
func ValidTheme(name string) bool {
	return name == "" || name == "light" || name == "dark" || name == "contrast"
}

// Validate says what is wrong with the habits: problem.Invalid with the detail
// "field", badges or double.
func (h Habits) Validate() error {
	if h.Badges != BadgeOff && h.Badges != BadgeOnly && h.Badges != BadgeAndPIN {
		return problem.New(problem.Invalid, "There is no such way to use cards.", "Use badge, badge_pin, or nothing.").With("field", "badges")
	}
	if h.Double < -1 || h.Double > MaxDouble {
		return problem.New(problem.Invalid, "This is not a number of seconds.", "From 0, the usual 60, to 3600; -1 never asks.").With("field", "double")
	}
	return nil
}
