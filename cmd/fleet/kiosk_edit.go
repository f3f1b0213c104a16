package main

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

type kioskEditCmd struct {
	Kiosk       string  `arg:"" help:"The kiosk's id or name."`
	Name        *string `help:"Its new name." placeholder:"NAME"`
	Zone        *string `help:"Its time zone, such as Europe/Berlin." placeholder:"ZONE"`
	RequiresPIN *bool   `name:"pin" negatable:"" help:"People type a PIN here; --no-pin: they do not."`
	Schedule    *string `help:"When it sends, as five cron fields or @every 10m; empty: every minute." placeholder:"CRON"`
	Mode        *string `help:"live sends each punch at once, scheduled when the schedule says so." placeholder:"MODE"`
	Lang        *string `help:"The language of its screen: de, en, es, fr, it, nl, pl, pt, tr or uk; empty: the screen's own." placeholder:"LANG"`

	Theme      *string `help:"The colours of its screen: light, dark or contrast; empty: the organisation's." placeholder:"THEME"`
	Text       *string `help:"The size of its text: normal or large; empty: the organisation's." placeholder:"SIZE"`
	HideRoster *bool   `negatable:"" help:"Show no names: people search for theirs, or give their staff number."`
	HideStatus *bool   `negatable:"" help:"Do not show whether others are in."`
	NotListed  *bool   `negatable:"" help:"Offer I'm not listed to those who are new."`
	TeamFilter *bool   `negatable:"" help:"Let names be shown by team."`
	Badges     *string `help:"What a card is good for: badge punches by itself, badge_pin says who wants to type a PIN; empty: nothing." placeholder:"POLICY"`
	BadgeFirst *bool   `negatable:"" help:"Ask for the card first; names are one touch further."`
	Double     *int    `help:"Seconds within which a second punch asks back; 0: the usual 60; -1: never." placeholder:"N"`

	UniversalReason *bool `name:"universal-reason" negatable:"" help:"A punch with the Universal PIN needs a reason; --no-universal-reason: it does not."`
}

// edit gives what is to be changed.
func (k *kioskEditCmd) edit() client.KioskEdit {
	return client.KioskEdit{
		Name: k.Name, Zone: k.Zone, RequiresPIN: k.RequiresPIN, Schedule: k.Schedule, Mode: k.Mode,
		Lang: k.Lang, UniversalReason: k.UniversalReason, Theme: k.Theme, Text: k.Text,
		HideRoster: k.HideRoster, HideStatus: k.HideStatus, NotListed: k.NotListed, TeamFilter: k.TeamFilter,
		Badges: k.Badges, BadgeFirst: k.BadgeFirst, Double: k.Double,
	}
}

// Run edits.
func (k *kioskEditCmd) Run(ctx context.Context, c *console, g *globals) error {
	if k.edit() == (client.KioskEdit{}) {
		return problem.New(problem.Invalid, "What is to be changed?", "Give --name, --zone, --lang, --pin, --no-pin, --universal-reason, --schedule, --mode, or one of those about its screen.")
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findKiosk(ctx, api, k.Kiosk)
	if err != nil {
		return err
	}
	got, err := api.EditKiosk(ctx, id, k.edit())
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	pin, when := "PIN required", got.Mode
	if !got.RequiresPIN {
		pin = "no PIN required"
	}
	if got.UniversalReason {
		pin += ", a reason with the Universal PIN"
	}
	if got.Lang != "" {
		pin += ", screen in " + got.Lang
	}
	if got.Schedule != "" {
		when += ", " + got.Schedule
	}
	fmt.Fprintf(c.out, "%s (%s) in %s: %s, sends %s.\n", command.Clean(got.Name), got.ID, got.Zone, pin, command.Clean(when))
	return nil
}

type kioskPINCmd struct {
	Kiosk   string `arg:"" help:"The kiosk's id or name."`
	PINFile string `name:"pin-file" help:"Use the PIN on the first line of standard input (-) instead of a generated one: an argument could be read by others on this machine." placeholder:"-" enum:",-" default:""`
}

// Run sets the Universal PIN.
func (k *kioskPINCmd) Run(ctx context.Context, c *console, g *globals) error {
	typed, err := typedPIN(c, k.PINFile)
	if err != nil {
		return err
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findKiosk(ctx, api, k.Kiosk)
	if err != nil {
		return err
	}
	got, err := api.SetUniversal(ctx, id, typed)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	fmt.Fprintf(c.out, "Universal PIN: %s   It is shown this once; the old one ends when the kiosk hears of it.\n", got.PIN)
	return nil
}

type kioskRevokeCmd struct {
	Kiosk string `arg:"" help:"The kiosk's id or name."`
	Yes   bool   `help:"Really do it."`
}

// Run revokes.
func (k *kioskRevokeCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findKiosk(ctx, api, k.Kiosk)
	if err != nil {
		return err
	}
	if !k.Yes {
		return k.warn(ctx, api, id)
	}
	got, err := api.RevokeKiosk(ctx, id)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	fmt.Fprintf(c.out, "Revoked %s (%s). To use it again: fleet kiosk code %s\n", command.Clean(got.Name), got.ID, got.ID)
	return nil
}

// warn says what a revocation would mean, and does nothing.
func (k *kioskRevokeCmd) warn(ctx context.Context, api *client.Client, id string) error {
	all, err := api.Kiosks(ctx)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.ID != id {
			continue
		}
		heard := "It has never been heard of."
		if !x.LastSeen.IsZero() {
			heard = "It was last heard of at " + x.LastSeen.Local().Format("15:04 on "+time.DateOnly) + "."
		}
		if x.Queue > 0 {
			heard += " " + plural(x.Queue, "record was", "records were") + " waiting there then."
		}
		return problem.New(problem.Invalid, heard, "Its machine would be cut off until it is enrolled again. If you mean it: fleet kiosk revoke "+id+" --yes")
	}
	return problem.New(problem.NotFound, "There is no such kiosk.", "See: fleet kiosk list")
}
