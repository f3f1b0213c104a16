package devicedb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"regexp"
	"time"

	"github.com/timepost/timepost/sync/wire"
)

// MaxDouble is the most seconds within which a second punch asks back.
const MaxDouble = 600

// maxPixels bounds a logo in either direction.
const maxPixels = 512

var accent = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// understood gives settings with only such values as this version can follow: what
// a newer server may say besides counts as not said. A kiosk must not stop taking
// in new PINs because of a colour.
func understood(s wire.SettingsRow) wire.SettingsRow {
	switch s.Look.Theme {
	case "", "light", "dark", "contrast":
	default:
		s.Look.Theme = ""
	}
	if !accent.MatchString(s.Look.Accent) {
		s.Look.Accent = ""
	}
	if !ofDay(s.Look.NightFrom) || !ofDay(s.Look.NightTo) {
		s.Look.NightFrom, s.Look.NightTo = "", ""
	}
	switch s.Habits.Badges {
	case wire.BadgeOff, wire.BadgeOnly, wire.BadgeAndPIN:
	default:
		s.Habits.Badges = wire.BadgeOff
	}
	s.Habits.Double = max(-1, min(s.Habits.Double, MaxDouble))
	s.Break = sensible(s.Break)
	return s
}

// sensible gives a rule about breaks whose minutes are those of a day.
func sensible(b wire.BreakRule) wire.BreakRule {
	if b.Least < 0 || b.Least > 24*60 {
		b.Least = 0
	}
	if b.Due < 0 || b.Due > 24*60 {
		b.Due = 0
	}
	return b
}

// ofDay says whether s is a time of day, HH:MM.
func ofDay(s string) bool {
	_, err := time.Parse("15:04", s)
	return err == nil && len(s) == len("15:04")
}

// checkMessage refuses a message that is too long for any screen.
func checkMessage(r wire.Row) error {
	var m wire.MessageRow
	if err := json.Unmarshal(r.Put, &m); err != nil {
		return err
	}
	if m.ID != r.ID || r.ID == "" || len(m.Text) > wire.MaxText {
		return errors.New("a message without id, or too long")
	}
	return nil
}

// checkProject refuses a project that nobody could choose.
func checkProject(r wire.Row) error {
	var p wire.ProjectRow
	if err := json.Unmarshal(r.Put, &p); err != nil {
		return err
	}
	if p.ID != r.ID || r.ID == "" {
		return errors.New("a project without id")
	}
	return nil
}

// checkLogo refuses a logo that is too large, or no picture.
func checkLogo(r wire.Row) error {
	var l wire.LogoRow
	if err := json.Unmarshal(r.Put, &l); err != nil {
		return err
	}
	if len(l.PNG) > wire.MaxLogo {
		return fmt.Errorf("a logo of %d bytes", len(l.PNG))
	}
	c, err := png.DecodeConfig(bytes.NewReader(l.PNG))
	if err != nil {
		return fmt.Errorf("read logo: %w", err)
	}
	if c.Width > maxPixels || c.Height > maxPixels {
		return fmt.Errorf("a logo of %d by %d pixels", c.Width, c.Height)
	}
	return nil
}
