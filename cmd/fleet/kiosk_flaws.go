package main

import (
	"context"
	"fmt"

	"github.com/timepost/timepost/internal/command"
)

type kioskFlawsCmd struct {
	Kiosk string `arg:"" help:"The kiosk's id or name."`
	Seen  bool   `help:"Say that you have looked into them: it ends their alerts."`
}

// Help is shown by fleet kiosk flaws --help.
func (kioskFlawsCmd) Help() string {
	return `Each kiosk chains and signs what it records. Where that does not hold, it says so here: altered (bytes
were changed), gap (records are gone), rollback (an older copy was put in), fork (an older copy was put in and went
on), rewritten (what was sent was changed with the kiosk's own key).

  fleet kiosk flaws "Front door"
  fleet kiosk flaws "Front door" --seen`
}

// Run lists the flaws.
func (k *kioskFlawsCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findKiosk(ctx, api, k.Kiosk)
	if err != nil {
		return err
	}
	list := api.Flaws
	if k.Seen {
		list = api.SeeFlaws
	}
	all, err := list(ctx, id)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, all)
	}
	if len(all.Flaws) == 0 {
		fmt.Fprintln(c.out, "Everything it recorded holds.")
	}
	for _, f := range all.Flaws {
		state := f.Severity
		if !f.SeenAt.IsZero() {
			state = "looked into by " + command.Clean(f.SeenBy)
		}
		fmt.Fprintf(c.out, "%s  %s (%s)\n  %s\n", f.LastAt.Local().Format("2006-01-02 15:04"), f.Kind, state, f.Words)
		if f.SeenAt.IsZero() {
			fmt.Fprintf(c.out, "  %s\n", f.Next)
		}
	}
	return nil
}
