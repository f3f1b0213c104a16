package settings

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/timepost/timepost/internal/problem"
)

const (
	maxName   = 100  // characters
	maxMonths = 1200 // a hundred years
)

// apply gives the state with what c names. What can't be read as what it should be
// is refused by check.
func (c Change) apply(s state) (state, error) {
	if c.Name != nil {
		s.name = strings.TrimSpace(*c.Name)
	}
	if c.Zone != nil {
		s.zone = strings.TrimSpace(*c.Zone)
	}
	if c.ExportOff != nil {
		s.ExportOff = *c.ExportOff
	}
	if c.RetainMonths != nil {
		s.RetainMonths = *c.RetainMonths
	}
	if c.MailRequests != nil {
		s.MailRequests = *c.MailRequests
	}
	if c.Break != nil {
		s.Break = *c.Break
	}
	if c.Look != nil {
		s.Look = *c.Look
		s.Look.Accent = strings.ToLower(s.Look.Accent)
	}
	if c.SealedUntil == nil {
		return s, nil
	}
	s.SealedUntil = strings.TrimSpace(*c.SealedUntil)
	if s.SealedUntil == "" {
		return s, nil
	}
	day, err := time.Parse(time.DateOnly, s.SealedUntil)
	if err != nil || day.Year() < 1970 || day.Year() > 2200 {
		return s, invalid("sealed_until", "“"+s.SealedUntil+"” is not a day.", "Write it like 2026-03-31.").Because(err)
	}
	return s, nil
}

func (s *Settings) check(before, after state, confirmed bool) error {
	if n := utf8.RuneCountInString(after.name); n == 0 || n > maxName || !utf8.ValidString(after.name) || strings.ContainsFunc(after.name, unicode.IsControl) {
		return invalid("name", "The organisation needs a name.", fmt.Sprintf("1 to %d characters, on one line. It stands on every page and kiosk.", maxName))
	}
	zone, err := time.LoadLocation(after.zone)
	if err != nil || after.zone == "" || after.zone == "Local" {
		return invalid("zone", "There is no such time zone.", "Choose one such as Europe/Berlin.").Because(err)
	}
	if after.RetainMonths < 0 || after.RetainMonths > maxMonths {
		return invalid("retain_months", "This is not a number of months that Timepost can keep.", fmt.Sprintf("From 0, for ever, to %d.", maxMonths))
	}
	if err := after.Break.Validate(); err != nil {
		return err
	}
	if err := after.Look.Validate(); err != nil {
		return err
	}
	if after.SealedUntil == before.SealedUntil {
		return nil
	}
	if today := s.Now().In(zone).Format(time.DateOnly); after.SealedUntil >= today {
		return invalid("sealed_until", "Only days that are over can be sealed.", "Choose yesterday or earlier.")
	}
	if after.SealedUntil < before.SealedUntil && !confirmed {
		return problem.New(problem.Conflict, "This opens days again that were sealed.", "They can then be corrected. Confirm it if that is what you want.").
			With("field", "sealed_until").With("confirm", true)
	}
	return nil
}

// differences gives what the audit log is told, under the names of the API.
func differences(before, after state) map[string]any {
	d := map[string]any{}
	note := func(name string, was, is any) {
		if was != is {
			d[name] = map[string]any{"before": was, "after": is}
		}
	}
	note("name", before.name, after.name)
	note("zone", before.zone, after.zone)
	note("export_off", before.ExportOff, after.ExportOff)
	note("retain_months", before.RetainMonths, after.RetainMonths)
	note("sealed_until", before.SealedUntil, after.SealedUntil)
	note("mail_requests", before.MailRequests, after.MailRequests)
	note("break_least", before.Break.Least, after.Break.Least)
	note("break_due", before.Break.Due, after.Break.Due)
	note("theme", before.Look.Theme, after.Look.Theme)
	note("large_text", before.Look.LargeText, after.Look.LargeText)
	note("accent", before.Look.Accent, after.Look.Accent)
	note("sounds", before.Look.Sounds, after.Look.Sounds)
	note("spoken", before.Look.Spoken, after.Look.Spoken)
	note("night_from", before.Look.NightFrom, after.Look.NightFrom)
	note("night_to", before.Look.NightTo, after.Look.NightTo)
	return d
}
