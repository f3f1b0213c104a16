package team_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/team"
)

// A PIN that is typed, checked, stored and hashed is in no file and no log line.
// Eight digits do not come about by chance.
func TestNoPINLiesBare(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newWorld(t, dir)
	ctx := t.Context()
	var log bytes.Buffer
	cost, err := pin.NewHasher(4)
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.team = team.New(team.Config{Store: w.db, Book: w.book, Audit: w.audit, Rosters: w.rosters, Now: w.clock, Log: logger})
	hasher := team.NewHasher(team.HasherConfig{Store: w.db, Book: w.book, Rosters: w.rosters, Hasher: cost, Log: logger})
	w.kiosk(t, "door")
	a, _ := w.person(t, "Ann", attendance.Admin, "")
	for subject, digits := range map[string]string{"door": "90817263", a.ID: "83729101"} {
		set := w.team.SetPIN
		if subject == "door" {
			set = w.team.SetUniversal
		}
		if err := set(ctx, actor, subject, parse(t, digits)); err != nil {
			t.Fatal(err)
		}
		if err := set(ctx, actor, subject, parse(t, "77777777")); err == nil {
			t.Fatal("one repeated digit")
		}
	}
	logger.Info("a slip", "pin", w.pin(t, pin.Universal, "door"))
	if err := hasher.Once(ctx); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 2 { // the database and its WAL
		t.Fatal(files, err)
	}
	found := map[string][]byte{"the log": log.Bytes()}
	for _, f := range files {
		if found[f], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	for place, text := range found {
		for _, digits := range []string{"90817263", "83729101", "77777777"} {
			if bytes.Contains(text, []byte(digits)) {
				t.Errorf("%s is in %s", digits, place)
			}
		}
	}
}
