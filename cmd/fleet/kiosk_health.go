package main

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

type kioskHealthCmd struct {
	Kiosk string `arg:"" help:"The kiosk's id or name."`
}

// Run tells how a kiosk does.
func (k *kioskHealthCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findKiosk(ctx, api, k.Kiosk)
	if err != nil {
		return err
	}
	all, err := api.Kiosks(ctx)
	if err != nil {
		return err
	}
	var wrong []client.KioskProblem
	for _, one := range all {
		if one.ID == id {
			wrong = one.Problems
		}
	}
	h, err := api.KioskHealth(ctx, id)
	told := !problem.Is(err, problem.NotFound)
	if err != nil && told {
		return err
	}
	if g.JSON {
		return printJSON(c.out, struct {
			Problems []client.KioskProblem `json:"problems,omitempty"`
			Health   *client.KioskHealth   `json:"health,omitempty"`
		}{wrong, only(told, &h)})
	}
	for _, p := range wrong {
		fmt.Fprintf(c.out, "%s: %s\n  %s\n", p.Severity, p.Words, p.Next)
	}
	if len(wrong) == 0 {
		fmt.Fprintln(c.out, "Nothing is wrong with it.")
	}
	if !told {
		fmt.Fprintln(c.out, "It has not told how its machine does yet.")
		return nil
	}
	table(c.out, []string{"", "TOLD " + h.At.Local().Format("2006-01-02 15:04:05")}, healthRows(h))
	return nil
}

// only gives v where it counts, else nil.
func only[T any](counts bool, v *T) *T {
	if counts {
		return v
	}
	return nil
}

func healthRows(h client.KioskHealth) [][]string {
	rows := [][]string{
		{"software", command.Clean(h.Software)},
		{"running for", span(h.At.Sub(h.Started))},
		{"waiting records", fmt.Sprint(h.Queue)},
		{"clock ahead", (time.Duration(h.OffsetMS) * time.Millisecond).String()},
		{"touchscreens", fmt.Sprint(h.Screens)},
		{"badge readers", fmt.Sprintf("%d of %d", h.Attached, h.Readers)},
		{"a PIN takes", fmt.Sprintf("%d ms", h.BcryptMS)},
		{"keys", command.Clean(h.KeyTier)},
	}
	if h.Settings != nil {
		rows = append(rows, []string{"settings", settingsWords(*h.Settings)})
	}
	for _, u := range h.Unfollowed {
		rows = append(rows, []string{"can't follow", command.Clean(u.Setting + " " + u.Value)})
	}
	if h.DiskSize > 0 {
		rows = append(rows, []string{"disk free", fmt.Sprintf("%d of %d MB", h.DiskFree>>20, h.DiskSize>>20)})
	}
	if h.HeatC != nil {
		rows = append(rows, []string{"temperature", fmt.Sprintf("%.0f °C", *h.HeatC)})
	}
	if !h.Certificate.IsZero() {
		rows = append(rows, []string{"certificate until", h.Certificate.Local().Format("2006-01-02")})
	}
	return rows
}

// settingsWords says how the newest settings stand.
func settingsWords(s client.SettingsState) string {
	at := func(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }
	switch {
	case s.State == client.SettingsWaiting && s.Changed.IsZero():
		return fmt.Sprintf("version %d waits for the kiosk", s.Version)
	case s.State == client.SettingsWaiting:
		return fmt.Sprintf("version %d waits for the kiosk since %s", s.Version, at(s.Changed))
	case s.State == client.SettingsRefused:
		return fmt.Sprintf("version %d, not all followed", s.Version)
	case s.Since.IsZero():
		return fmt.Sprintf("version %d, in force", s.Version)
	}
	return fmt.Sprintf("version %d, in force since %s", s.Version, at(s.Since))
}
