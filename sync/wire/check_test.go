package wire_test

import (
	"testing"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// What is decided for a kiosk is refused with the field that is wrong.
func TestWhatIsDecidedIsChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v     interface{ Validate() error }
		field string
	}{
		{wire.BreakRule{}, ""},
		{wire.BreakRule{Least: 480, Due: 1440}, ""},
		{wire.BreakRule{Least: 481}, "break_least"},
		{wire.BreakRule{Least: -1}, "break_least"},
		{wire.BreakRule{Due: 1441}, "break_due"},
		{wire.Look{}, ""},
		{wire.Look{Theme: "contrast", Accent: "#0A4f96", NightFrom: "22:00", NightTo: "05:30"}, ""},
		{wire.Look{Theme: "pink"}, "theme"},
		{wire.Look{Accent: "0A4F96"}, "accent"},
		{wire.Look{Accent: "#0A4F9"}, "accent"},
		{wire.Look{NightFrom: "24:00", NightTo: "05:30"}, "night_from"},
		{wire.Look{NightFrom: "22:00", NightTo: "5:30"}, "night_to"},
		{wire.Look{NightFrom: "22:00"}, "night_to"},
		{wire.Look{NightTo: "22:00"}, "night_from"},
		{wire.Look{NightFrom: "22:00", NightTo: "22:00"}, "night_to"},
		{wire.Habits{}, ""},
		{wire.Habits{Badges: wire.BadgeAndPIN, Double: -1}, ""},
		{wire.Habits{Badges: "card"}, "badges"},
		{wire.Habits{Double: 3601}, "double"},
		{wire.Habits{Double: -2}, "double"},
	} {
		err := c.v.Validate()
		if c.field == "" {
			if err != nil {
				t.Errorf("%+v: %v", c.v, err)
			}
			continue
		}
		if e := problem.From(err); e.Code != problem.Invalid || e.Detail["field"] != c.field {
			t.Errorf("%+v: %v at %v, want %s", c.v, err, e.Detail["field"], c.field)
		}
	}
}
