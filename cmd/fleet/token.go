package main

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/internal/command"
)

type tokenCmd struct {
	List   tokenListCmd   `cmd:"" help:"List your API tokens, newest first."`
	Revoke tokenRevokeCmd `cmd:"" help:"Close one of your API tokens for ever."`
}

// Help is shown by fleet token --help.
func (tokenCmd) Help() string {
	return `fleet login makes a token; with --scope read or --scope punches, and --until DAY, one
that may do less and ends by itself. Revoking one ends what still uses it at once.

  fleet token list
  fleet token revoke 1f3a5c7e9b0d2f46`
}

type tokenListCmd struct {
	All bool `help:"Those that were revoked too."`
}

// Run lists.
func (l *tokenListCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.Tokens(ctx)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got.Tokens)
	}
	var rows [][]string
	for _, t := range got.Tokens {
		if t.Revoked && !l.All {
			continue
		}
		state := t.Scope
		if t.Revoked {
			state = "revoked"
		}
		rows = append(rows, []string{t.ID, command.Clean(t.Name), state, dayOrDash(t.Used), dayOrDash(t.Expires)})
	}
	table(c.out, []string{"ID", "NAME", "SCOPE", "USED", "UNTIL"}, rows)
	return nil
}

func dayOrDash(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format(time.DateOnly)
}

type tokenRevokeCmd struct {
	ID string `arg:"" help:"The token's id, from fleet token list."`
}

// Run revokes.
func (r *tokenRevokeCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	if err := api.RevokeToken(ctx, r.ID); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "Revoked. Whatever used it is locked out now.\n")
	return nil
}
