package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/internal/problem"
)

func TestHealthLimits(t *testing.T) {
	t.Parallel()
	other := health.Usual()
	other.Silent, other.Disk, other.Heat = time.Hour, 2<<30, 60
	for name, c := range map[string]struct {
		flags healthFlags
		want  health.Limits // of those that are right
		ok    bool
	}{
		"none":        {healthFlags{}, health.Usual(), true},
		"three":       {healthFlags{Silent: time.Hour, DiskMB: 2048, Heat: 60}, other, true},
		"silent":      {healthFlags{Silent: -time.Second}, other, false},
		"queue":       {healthFlags{Queue: 200 * time.Hour}, other, false},
		"clock":       {healthFlags{Clock: 2 * time.Hour}, other, false},
		"certificate": {healthFlags{Certificate: time.Minute}, other, false},
		"disk":        {healthFlags{DiskMB: -1}, other, false},
		"much disk":   {healthFlags{DiskMB: 1 << 50}, other, false},
		"heat":        {healthFlags{Heat: 20}, other, false},
		"roster":      {healthFlags{Roster: time.Second}, other, false},
	} {
		got, err := c.flags.limits()
		if c.ok {
			if d := cmp.Diff(c.want, got); err != nil || d != "" {
				t.Errorf("%s: %v\n%s", name, err, d)
			}
		} else if !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		cmd := serveCmd{Web: ":0", Device: ":0", MQTT: ":0", Hosts: []string{"localhost"}, Health: c.flags}
		if err := cmd.check(); (err == nil) != c.ok {
			t.Errorf("serve, %s: %v", name, err)
		}
	}
}
