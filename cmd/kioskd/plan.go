package main

import (
	"context"
	"time"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/schedule"
	"github.com/timepost/timepost/sync/wire"
)

// settingsOf gives the settings in force: the roster's, before the first one those
// of the enrolment.
func settingsOf(ctx context.Context, id *enrol.Identity, cache *devicedb.Cache) (wire.SettingsRow, error) {
	s, err := cache.Settings(ctx)
	if problem.Is(err, problem.NotFound) {
		return id.Settings, nil
	}
	return s, err
}

// firstPlan gives the plan to begin with. Settings that can't be followed must not
// keep a kiosk from central, which alone can change them: it then talks as often as
// one that was told nothing. A wrong command line is an error.
func (k *kiosk) firstPlan(ctx context.Context, id *enrol.Identity, cache *devicedb.Cache) (agent.Plan, error) {
	settings, err := settingsOf(ctx, id, cache)
	if err != nil {
		return agent.Plan{}, err
	}
	p, err := k.plan(id.Kiosk, settings)
	if err == nil {
		return p, nil
	}
	k.log.Warn("settings not followed", "err", err)
	return k.plan(id.Kiosk, wire.SettingsRow{Zone: time.UTC.String()})
}

// plan gives when to talk to central: as the command line says, else as the settings
// do. It follows all of them or none: problem.Invalid.
func (k *kiosk) plan(kiosk string, settings wire.SettingsRow) (agent.Plan, error) {
	if k.cmd.Schedule != "" {
		settings.Schedule = k.cmd.Schedule
	}
	if k.cmd.Mode != "" {
		settings.Mode = k.cmd.Mode
	}
	if wrong := unfollowed(settings); len(wrong) > 0 {
		return agent.Plan{}, problem.New(problem.Invalid, "The setting "+wrong[0].Setting+" can't be followed.", "Change it, or update this kiosk.")
	}
	s, err := schedule.Parse(settings.Schedule)
	if err != nil {
		return agent.Plan{}, err
	}
	zone, err := time.LoadLocation(settings.Zone)
	if err != nil {
		return agent.Plan{}, err
	}
	return agent.Plan{Schedule: s.For(kiosk), Zone: zone, Live: settings.Mode != "scheduled"}, nil
}

// unfollowed gives those settings of the conversation that can't be followed.
func unfollowed(s wire.SettingsRow) []wire.Unfollowed {
	var out []wire.Unfollowed
	if _, err := schedule.Parse(s.Schedule); err != nil {
		out = append(out, wire.NewUnfollowed("schedule", s.Schedule))
	}
	if _, err := time.LoadLocation(s.Zone); err != nil {
		out = append(out, wire.NewUnfollowed("zone", s.Zone))
	}
	if s.Mode != "" && s.Mode != "live" && s.Mode != "scheduled" {
		out = append(out, wire.NewUnfollowed("mode", s.Mode))
	}
	return out
}
