package main

import (
	"cmp"
	"context"
	"strconv"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

type settingsCmd struct {
	Show settingsShowCmd `cmd:"" default:"withargs" help:"Show what holds for the whole organisation."`
	Edit settingsEditCmd `cmd:"" help:"Change it; for owners."`

	Breaks settingsBreaksCmd `cmd:"" help:"Change the rule about breaks."`
	Look   settingsLookCmd   `cmd:"" help:"Change how touchscreens look."`
	Logo   settingsLogoCmd   `cmd:"" help:"Change the logo on touchscreens."`
}

type settingsShowCmd struct{}

// Run shows.
func (settingsShowCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	s, err := api.Settings(ctx)
	if err != nil {
		return err
	}
	return showSettings(c, g, s)
}

func showSettings(c *console, g *globals, s client.Settings) error {
	if g.JSON {
		return printJSON(c.out, s)
	}
	exports, kept, sealed := "yes", "for ever", "none"
	if s.ExportOff {
		exports = "no"
	}
	if s.RetainMonths > 0 {
		kept = strconv.Itoa(s.RetainMonths) + " months"
	}
	if s.SealedUntil != "" {
		sealed = "up to " + s.SealedUntil
	}
	dimmed := "never"
	if s.Look.NightFrom != "" {
		dimmed = s.Look.NightFrom + " to " + s.Look.NightTo
	}
	table(c.out, []string{"SETTING", "VALUE"}, [][]string{
		{"name", command.Clean(s.Name)},
		{"zone", s.Zone},
		{"PINs may be exported", exports},
		{"data is kept", kept},
		{"sealed days", sealed},
		{"mail of requests", yesNo(s.MailRequests)},
		{"shortest break", strconv.Itoa(s.Break.Least) + " min"},
		{"break due after", strconv.Itoa(s.Break.Due) + " min"},
		{"touchscreens", cmp.Or(s.Look.Theme, "light")},
		{"accent", cmp.Or(s.Look.Accent, "ours")},
		{"dimmed", dimmed},
		{"large text", yesNo(s.Look.LargeText)},
		{"sounds", yesNo(s.Look.Sounds)},
		{"spoken receipts", yesNo(s.Look.Spoken)},
	})
	return nil
}

type settingsEditCmd struct {
	Name         *string `help:"The organisation's name." placeholder:"NAME"`
	Zone         *string `help:"Its time zone, such as Europe/Berlin." placeholder:"ZONE"`
	ExportOff    *bool   `help:"Let no export hold PINs; --no-export-off lets it again." negatable:""`
	RetainMonths *int    `help:"How many months data is kept after somebody's last punch; 0: for ever." placeholder:"N"`
	SealedUntil  *string `help:"Let nobody change punches up to this day; empty: none." placeholder:"DAY"`
	MailRequests *bool   `help:"Mail admins when somebody asks for a punch; --no-mail-requests stops it." negatable:""`
	Confirm      bool    `help:"An earlier --sealed-until is meant: it opens days again."`
}

// Run changes what is named.
func (e *settingsEditCmd) Run(ctx context.Context, c *console, g *globals) error {
	edit := client.SettingsEdit{
		Name: e.Name, Zone: e.Zone, ExportOff: e.ExportOff, RetainMonths: e.RetainMonths, SealedUntil: e.SealedUntil, MailRequests: e.MailRequests, Confirm: e.Confirm,
	}
	if edit == (client.SettingsEdit{Confirm: e.Confirm}) {
		return problem.New(problem.Invalid, "What is to be changed?", "Give --name, --zone, --export-off, --retain-months, --sealed-until or --mail-requests.")
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	s, err := api.EditSettings(ctx, edit)
	if err != nil {
		return err
	}
	return showSettings(c, g, s)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
