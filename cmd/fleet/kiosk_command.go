package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

// commandPoll is how often is asked how a command stands.
const commandPoll = 500 * time.Millisecond

type kioskCommandCmd struct {
	Kiosk   string        `arg:"" help:"The kiosk's id or name."`
	Verb    string        `arg:"" optional:"" enum:",sync,refetch-roster,restart,restart-screen,message,identify,diagnostics,wipe" default:"" help:"sync: a whole round with central now. refetch-roster: fetch the list of people anew. restart: start kioskd again. restart-screen: start the touchscreen again. message: show --text on the touchscreen, or without a text show none. identify: make the touchscreen stand out for half a minute. diagnostics: hand in how it does, for fleet kiosk diagnostics. wipe: have the machine forget that it was a kiosk, once the server has everything of it; needs --confirm. Without one the last commands are listed."`
	Text    string        `help:"What to show, at most 200 letters." placeholder:"TEXT"`
	Minutes int           `help:"For how many minutes it is shown, at most 1440; an hour unless given." placeholder:"N"`
	Confirm string        `help:"The kiosk's name, which wipe asks for." placeholder:"NAME"`
	Force   bool          `help:"With wipe: also if punches that it could not send are lost."`
	Wait    bool          `help:"Wait for the result and show what happens; exit with an error where it fails."`
	Within  time.Duration `default:"2m" help:"How long to wait; the command goes on all the same. ${default} unless given."`
	Cancel  uint64        `help:"Take back the command of this number, which the kiosk has not begun." placeholder:"NUMBER"`
}

// Run gives a command, lists them, or takes one back.
func (k *kioskCommandCmd) Run(ctx context.Context, c *console, g *globals) error {
	if k.Verb != "" && k.Cancel != 0 || k.Verb == "" && k.Wait {
		return problem.New(problem.Invalid, "What shall the kiosk do?", "Give a verb, or --cancel NUMBER, or neither to list the last commands.")
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findKiosk(ctx, api, k.Kiosk)
	switch {
	case err != nil:
		return err
	case k.Cancel != 0:
		return k.cancel(ctx, c, g, api, id)
	case k.Verb == "":
		return listCommands(ctx, c, g, api, id)
	}
	got, err := k.give(ctx, api, id)
	if err != nil {
		return err
	}
	if k.Wait {
		return k.await(ctx, c, g, api, id, got)
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	fmt.Fprintf(c.out, "Command %d waits for %s. How it goes: fleet kiosk command %s\n", got.N, command.Clean(k.Kiosk), id)
	return nil
}

// give asks for what the verb says.
func (k *kioskCommandCmd) give(ctx context.Context, api *client.Client, id string) (client.Command, error) {
	if k.Verb == "wipe" {
		return api.Wipe(ctx, id, client.NewWipe{Confirm: k.Confirm, Force: k.Force})
	}
	if k.Confirm != "" || k.Force {
		return client.Command{}, problem.New(problem.Invalid, "Only wipe is confirmed or forced.", "Leave --confirm and --force out.")
	}
	return api.Command(ctx, id, client.NewCommand{Verb: strings.ReplaceAll(k.Verb, "-", "_"), Text: k.Text, Minutes: k.Minutes})
}

func (k *kioskCommandCmd) cancel(ctx context.Context, c *console, g *globals, api *client.Client, id string) error {
	got, err := api.CancelCommand(ctx, id, k.Cancel)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	fmt.Fprintf(c.out, "Took back command %d (%s).\n", got.N, got.Verb)
	return nil
}

// await shows each state that a command comes to, until it ends.
func (k *kioskCommandCmd) await(ctx context.Context, c *console, g *globals, api *client.Client, id string, got client.Command) error {
	ctx, cancel := context.WithTimeout(ctx, k.Within)
	defer cancel()
	tick := time.NewTicker(commandPoll)
	defer tick.Stop()
	for shown := ""; got.EndedAt.IsZero(); {
		if shown != got.State {
			shown = got.State
			fmt.Fprintln(c.err, commandWords(got))
		}
		select {
		case <-ctx.Done():
			return problem.New(problem.Unavailable, fmt.Sprintf("Command %d has not ended within %v.", got.N, k.Within),
				"It goes on. Look with: fleet kiosk command "+id).Because(ctx.Err())
		case <-tick.C:
		}
		next, err := api.FindCommand(ctx, id, got.N)
		if err == nil {
			got = next
		} else if ctx.Err() == nil && !problem.Is(err, problem.Unavailable) {
			return err
		}
	}
	if g.JSON {
		if err := printJSON(c.out, got); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(c.out, commandWords(got))
	}
	if got.State != "done" {
		return problem.New(problem.Conflict, fmt.Sprintf("Command %d was not carried out: %s.", got.N, got.State), "See how the kiosk does: fleet kiosk health "+id)
	}
	return nil
}

func commandWords(c client.Command) string {
	words := fmt.Sprintf("%s: %s", c.Verb, c.State)
	if c.State == "waiting" {
		words += " for the kiosk"
	}
	if c.Said != "" {
		words += ". " + command.Clean(c.Said)
	}
	return words
}

func listCommands(ctx context.Context, c *console, g *globals, api *client.Client, id string) error {
	list, err := api.Commands(ctx, id)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, list)
	}
	if len(list.Commands) == 0 {
		fmt.Fprintln(c.out, "This kiosk was told nothing yet.")
		return nil
	}
	var rows [][]string
	for _, one := range list.Commands {
		rows = append(rows, []string{fmt.Sprint(one.N), one.Verb, one.State, one.AskedAt.Local().Format("2006-01-02 15:04:05"), one.AskedBy, one.Said})
	}
	table(c.out, []string{"NUMBER", "VERB", "STATE", "ASKED", "BY", "RESULT"}, rows)
	return nil
}
