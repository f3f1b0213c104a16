package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
)

type badgesCmd struct {
	List    badgesListCmd    `cmd:"" help:"List a person's badges."`
	Add     badgesAddCmd     `cmd:"" help:"Give a person the badge with this number."`
	Learn   badgesLearnCmd   `cmd:"" help:"Give a person the badge that a kiosk showed this code for."`
	Remove  badgesRemoveCmd  `cmd:"" help:"Take a badge from a person."`
	Unknown badgesUnknownCmd `cmd:"" help:"List the badges of nobody that were held to kiosks in the last 24 hours."`
}

// Help is shown by fleet badges --help.
func (badgesCmd) Help() string {
	return `A badge is typed as it is printed on the card, or learnt: hold it to a kiosk, read
the short code on its screen.

  fleet badges add "Ada Miller" 0010693503
  fleet badges unknown
  fleet badges learn "Ada Miller" K-17 --kiosk "Front door"
  fleet badges remove "Ada Miller" 00-A3-2B-7F`
}

type badgesListCmd struct {
	Person string `arg:"" help:"The person's id, staff number or name."`
}

// Run lists.
func (l *badgesListCmd) Run(ctx context.Context, c *console, g *globals) error {
	return onBadges(ctx, c, g, l.Person, func(api *client.Client, id string) (client.Badges, error) { return api.Badges(ctx, id) })
}

type badgesAddCmd struct {
	Person string `arg:"" help:"The person's id, staff number or name."`
	Number string `arg:"" help:"As it is printed on the card, or as a reader types it."`
}

// Run adds.
func (a *badgesAddCmd) Run(ctx context.Context, c *console, g *globals) error {
	return onBadges(ctx, c, g, a.Person, func(api *client.Client, id string) (client.Badges, error) {
		return api.AddBadge(ctx, id, client.NewBadge{Badge: a.Number})
	})
}

type badgesLearnCmd struct {
	Person string `arg:"" help:"The person's id, staff number or name."`
	Code   string `arg:"" help:"The code on the kiosk's screen, such as K-17."`
	Kiosk  string `help:"The kiosk's id or name." required:"" placeholder:"KIOSK"`
}

// Run learns.
func (l *badgesLearnCmd) Run(ctx context.Context, c *console, g *globals) error {
	return onBadges(ctx, c, g, l.Person, func(api *client.Client, id string) (client.Badges, error) {
		kiosk, err := findKiosk(ctx, api, l.Kiosk)
		if err != nil {
			return client.Badges{}, err
		}
		return api.AddBadge(ctx, id, client.NewBadge{Kiosk: kiosk, Code: l.Code})
	})
}

type badgesRemoveCmd struct {
	Person string `arg:"" help:"The person's id, staff number or name."`
	Badge  string `arg:"" help:"The badge as the list shows it."`
}

// Run removes.
func (r *badgesRemoveCmd) Run(ctx context.Context, c *console, g *globals) error {
	return onBadges(ctx, c, g, r.Person, func(api *client.Client, id string) (client.Badges, error) {
		return api.RemoveBadge(ctx, id, r.Badge)
	})
}

// onBadges does one thing to a person's badges and prints those that they have then.
func onBadges(ctx context.Context, c *console, g *globals, person string, do func(api *client.Client, id string) (client.Badges, error)) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findPerson(ctx, api, person)
	if err != nil {
		return err
	}
	got, err := do(api, id)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	if len(got.Badges) == 0 {
		_, err := io.WriteString(c.out, "No badge.\n")
		return err
	}
	rows := make([][]string, len(got.Badges))
	for i, b := range got.Badges {
		rows[i] = []string{command.Clean(b.Badge), b.LearntAt.UTC().Format(time.RFC3339), command.Clean(b.LearntBy)}
	}
	table(c.out, []string{"BADGE", "SINCE", "BY"}, rows)
	return nil
}

type badgesUnknownCmd struct{}

// Run lists.
func (badgesUnknownCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.UnknownBadges(ctx)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	if len(got.Unknown) == 0 {
		fmt.Fprintln(c.out, "No unknown badge in the last 24 hours.")
		return nil
	}
	rows := make([][]string, len(got.Unknown))
	for i, u := range got.Unknown {
		rows[i] = []string{command.Clean(u.Code), command.Clean(u.KioskName), u.At.UTC().Format(time.RFC3339), command.Clean(u.Badge)}
	}
	table(c.out, []string{"CODE", "KIOSK", "AT", "BADGE"}, rows)
	return nil
}
