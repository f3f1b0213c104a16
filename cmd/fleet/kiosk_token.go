package main

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

// kioskTokenCmd is fleet kiosk token.
type kioskTokenCmd struct {
	List   kioskTokenListCmd   `cmd:"" default:"1" help:"List fleet tokens: how often each was used, and until when it is good."`
	Revoke kioskTokenRevokeCmd `cmd:"" help:"End a fleet token; the kiosks that it made stay."`
}

type kioskTokenListCmd struct{}

// Run lists.
func (kioskTokenListCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	all, err := api.FleetTokens(ctx)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, client.FleetTokens{Tokens: all})
	}
	if len(all) == 0 {
		fmt.Fprintln(c.out, "There are no fleet tokens. Make one with: fleet provision --one-file --count 100 --out DIR")
		return nil
	}
	rows := make([][]string, len(all))
	for i, t := range all {
		state := "good"
		switch {
		case !t.Revoked.IsZero():
			state = "revoked"
		case !t.Expires.After(time.Now()):
			state = "expired"
		case t.Used >= t.Uses:
			state = "used up"
		}
		rows[i] = []string{t.ID, state, fmt.Sprintf("%d of %d", t.Used, t.Uses), t.Names, t.Expires.Local().Format(time.DateOnly), t.CreatedBy}
	}
	table(c.out, []string{"ID", "STATE", "USED", "NAMES", "UNTIL", "MADE BY"}, rows)
	return nil
}

type kioskTokenRevokeCmd struct {
	ID string `arg:"" help:"The token's id, as the list has it."`
}

// Run revokes.
func (k *kioskTokenRevokeCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	err = api.RevokeFleetToken(ctx, k.ID)
	if problem.Is(err, problem.NotFound) {
		return problem.New(problem.NotFound, "There is no such token that is good.", "See: fleet kiosk token list").Because(err)
	}
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, struct {
			Revoked string `json:"revoked"`
		}{k.ID})
	}
	_, err = fmt.Fprintf(c.out, "Token %s makes no more kiosks.\n", command.Clean(k.ID))
	return err
}
