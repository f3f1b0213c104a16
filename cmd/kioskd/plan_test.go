package main

import (
	"crypto/ed25519"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// A plan follows all settings or none, and what is wrong is named.
func TestAPlanFollowsAllSettingsOrNone(t *testing.T) {
	t.Parallel()
	k := &kiosk{cmd: &runCmd{}, log: slog.New(slog.DiscardHandler)}
	good := wire.SettingsRow{Schedule: "@every 2m", Zone: "Europe/Berlin", Mode: "scheduled"}
	p, err := k.plan("gate", good)
	if err != nil || p.Live || p.Zone.String() != "Europe/Berlin" || unfollowed(good) != nil {
		t.Fatalf("%+v, %v", p, err)
	}
	for setting, spoil := range map[string]func(*wire.SettingsRow){
		"schedule": func(s *wire.SettingsRow) { s.Schedule = "often" },
		"zone":     func(s *wire.SettingsRow) { s.Zone = "Moon/Sea" },
		"mode":     func(s *wire.SettingsRow) { s.Mode = "dreaming" },
	} {
		s := good
		spoil(&s)
		wrong := unfollowed(s)
		if len(wrong) != 1 || wrong[0].Setting != setting || wrong[0].Value == "" {
			t.Errorf("%s: %+v", setting, wrong)
		}
		if _, err := k.plan("gate", s); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", setting, err)
		}
	}
}

// A kiosk that starts with settings it can't follow still talks to central, each
// minute, and says which they are; a wrong command line does not start.
func TestSettingsThatCantBeFollowedDoNotKeepAKioskFromCentral(t *testing.T) {
	t.Parallel()
	cache, err := devicedb.OpenCache(t.Context(), filepath.Join(t.TempDir(), "cache.db"), devicedb.CacheOptions{
		BootID: "boot", Logger: slog.New(slog.DiscardHandler), Owner: "acme/gate/ca",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() })
	id := &enrol.Identity{RecordKey: make(ed25519.PrivateKey, ed25519.PrivateKeySize)}
	id.Kiosk, id.Settings = "gate", wire.SettingsRow{Schedule: "often", Zone: "Europe/Berlin", Mode: "scheduled"}
	k := &kiosk{cmd: &runCmd{}, log: slog.New(slog.DiscardHandler)}
	p, err := k.firstPlan(t.Context(), id, cache)
	now := time.Date(2026, 3, 2, 5, 55, 0, 0, time.UTC)
	if err != nil || !p.Live || p.Schedule.Next(now).Sub(now) > time.Minute {
		t.Fatalf("%+v, %v", p, err)
	}
	row, err := wire.PutRow(wire.KindSettings, devicedb.SettingsID, wire.SettingsRow{Schedule: "@daily", Zone: "Moon/Sea"})
	if err != nil {
		t.Fatal(err)
	}
	if err := cache.Apply(t.Context(), []wire.Page{{Gen: 1, To: 1, Parts: 1, Rows: []wire.Row{row}}}); err != nil {
		t.Fatal(err)
	}
	s, err := settingsOf(t.Context(), id, cache)
	if d := cmp.Diff([]wire.Unfollowed{{Setting: "zone", Value: "Moon/Sea"}}, unfollowed(s)); d != "" || err != nil {
		t.Error(d, err)
	}
	k.cmd.Schedule = "often, too"
	if _, err := k.firstPlan(t.Context(), id, cache); !problem.Is(err, problem.Invalid) {
		t.Errorf("a wrong command line: %v", err)
	}
}
