package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/timepost/timepost/internal/command"
)

type requestsCmd struct {
	List    requestsListCmd    `cmd:"" default:"1" help:"Show who asked for a new PIN at a kiosk and has none yet."`
	Dismiss requestsDismissCmd `cmd:"" help:"Close a request without a new PIN."`
}

// Help is shown by fleet requests --help.
func (requestsCmd) Help() string {
	return `A new PIN settles a person's requests by itself.

  fleet requests
  fleet people pin 1042
  fleet requests dismiss 17`
}

type requestsListCmd struct{}

// Run shows the open requests, the oldest first.
func (requestsListCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.PINRequests(ctx)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	rows := make([][]string, len(got.Requests))
	for i, r := range got.Requests {
		rows[i] = []string{strconv.FormatInt(r.ID, 10), command.Clean(r.PersonName), r.Person, command.Clean(r.KioskName), r.At.UTC().Format(time.RFC3339)}
	}
	if len(rows) == 0 {
		fmt.Fprintln(c.out, "Nobody asks for a new PIN.")
		return nil
	}
	table(c.out, []string{"ID", "NAME", "PERSON", "KIOSK", "AT"}, rows)
	return nil
}

type requestsDismissCmd struct {
	ID int64 `arg:"" help:"The request's number, as the list shows it."`
}

// Run closes a request.
func (d *requestsDismissCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	if err := api.DismissPINRequest(ctx, d.ID); err != nil {
		return err
	}
	fmt.Fprintln(c.out, "Closed without a new PIN.")
	return nil
}
