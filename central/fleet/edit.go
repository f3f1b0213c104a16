package fleet

import (
	"context"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/schedule"
)

// The ways in which a kiosk sends what it has recorded.
const (
	ModeLive      = "live"      // each punch at once
	ModeScheduled = "scheduled" // when its schedule says so
)

// Edit is a change of a kiosk's settings; what is nil stays as it is.
type Edit struct {
	Name        *string
	Zone        *string // IANA
	RequiresPIN *bool
	Schedule    *string // as package schedule reads it; empty: every minute
	Mode        *string // ModeLive or ModeScheduled
	Lang        *string // of Languages, or empty: the screen's own
	// UniversalReason: a punch with the Universal PIN needs a note saying why.
	UniversalReason *bool
	Theme           *string // light, dark or contrast; empty: the organisation's
	Text            *string // normal or large; empty: the organisation's

	// As in wire.Habits.
	HideRoster *bool
	HideStatus *bool
	NotListed  *bool
	TeamFilter *bool
	BadgeFirst *bool
	Badges     *string
	Double     *int
}

// Edit changes a kiosk's settings and tells the kiosk. Errors: problem.NotFound,
// and problem.Invalid with the detail "field".
func (f *Fleet) Edit(ctx context.Context, actor, kiosk string, e Edit) error {
	changed := false
	err := f.Store.Update(ctx, func(tx *centraldb.Tx) error {
		changed = false
		before, err := tx.Kiosk(ctx, kiosk)
		if err != nil {
			return err
		}
		after := e.apply(before)
		if err := checkSettings(after); err != nil {
			return err
		}
		detail := differences(before, after)
		if len(detail) == 0 {
			return nil
		}
		if err := tx.SetKioskSettings(ctx, after); err != nil {
			return err
		}
		changed = true
		return f.Audit.Record(ctx, tx, actor, "kiosk.edit", kiosk, detail)
	})
	if err == nil && changed {
		f.Edited(context.WithoutCancel(ctx), kiosk)
	}
	return err
}

func (e Edit) apply(k centraldb.Kiosk) centraldb.Kiosk {
	for _, s := range []struct {
		given *string
		into  *string
	}{{e.Name, &k.Name}, {e.Zone, &k.Zone}, {e.Schedule, &k.Schedule}, {e.Mode, &k.Mode}, {e.Lang, &k.Lang}, {e.Theme, &k.Theme}, {e.Text, &k.Text}} {
		if s.given != nil {
			*s.into = strings.TrimSpace(*s.given)
		}
	}
	if e.RequiresPIN != nil {
		k.RequiresPIN = *e.RequiresPIN
	}
	if e.UniversalReason != nil {
		k.UniversalReason = *e.UniversalReason
	}
	e.applyHabits(&k.Habits)
	return k
}

func checkSettings(k centraldb.Kiosk) error {
	if err := checkKiosk(k.Kiosk); err != nil {
		return err
	}
	if err := checkLang(k.Lang); err != nil {
		return err
	}
	if k.Mode != ModeLive && k.Mode != ModeScheduled {
		return problem.New(problem.Invalid, "There is no such way of sending.", "Choose live or scheduled.").With("field", "mode")
	}
	if err := checkScreen(k); err != nil {
		return err
	}
	if len(k.Schedule) > attendance.MaxName {
		return problem.New(problem.Invalid, "This schedule is too long.", "Five fields, such as */15 6-20 * * *, or @every 10m.").With("field", "schedule")
	}
	if k.Schedule == "" {
		return nil
	}
	if _, err := schedule.Parse(k.Schedule); err != nil {
		return problem.From(err).With("field", "schedule")
	}
	return nil
}

// differences tells the audit log what was changed, from what to what.
func differences(before, after centraldb.Kiosk) map[string]any {
	d := map[string]any{}
	note := func(name string, was, is any) {
		if was != is {
			d[name] = map[string]any{"before": was, "after": is}
		}
	}
	note("name", before.Name, after.Name)
	note("zone", before.Zone, after.Zone)
	note("requires_pin", before.RequiresPIN, after.RequiresPIN)
	note("schedule", before.Schedule, after.Schedule)
	note("mode", before.Mode, after.Mode)
	note("lang", before.Lang, after.Lang)
	note("universal_reason", before.UniversalReason, after.UniversalReason)
	note("theme", before.Theme, after.Theme)
	note("text", before.Text, after.Text)
	was, is := before.Habits, after.Habits
	note("hide_roster", was.HideRoster, is.HideRoster)
	note("hide_status", was.HideStatus, is.HideStatus)
	note("not_listed", was.NotListed, is.NotListed)
	note("team_filter", was.TeamFilter, is.TeamFilter)
	note("badge_first", was.BadgeFirst, is.BadgeFirst)
	note("badges", was.Badges, is.Badges)
	note("double", was.Double, is.Double)
	return d
}
