package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

type pinsCmd struct {
	Check pinsCheckCmd `cmd:"" help:"Open every PIN and hold it against the rules."`
}

type pinsCheckCmd struct {
	place
	JSON bool `name:"json" help:"Write the findings as JSON."`
}

// Help is shown by central pins check --help.
func (pinsCheckCmd) Help() string {
	return `The server makes this check every night at three and tells the owners where a rule does not hold. This makes it
now, beside the server or on a backup, and names people and kiosks by their ids; it tells no PIN and changes nothing.

  central pins check --data /var/lib/timepost
  central pins check --data /var/lib/timepost --json

Exit codes: 0 all rules hold, 65 one does not, 66 keys or database are missing, 77 the keys are another database's.`
}

// checked is the outcome of central pins check.
type checked struct {
	OK       bool           `json:"ok"`
	Findings []team.Finding `json:"findings"`
}

// Run checks.
func (c *pinsCheckCmd) Run(ctx context.Context, con *console) error {
	found, err := c.findings(ctx)
	if err != nil {
		return err
	}
	result := checked{OK: len(found) == 0, Findings: append([]team.Finding{}, found...)}
	if err := result.print(con, c.JSON); err != nil || result.OK {
		return err
	}
	return problem.New(problem.Damaged, fmt.Sprintf("%d times a PIN breaks a rule.", len(found)),
		"Generate new PINs for them: on the person's page, or the kiosk's.")
}

func (c *pinsCheckCmd) findings(ctx context.Context) (found []team.Finding, err error) {
	keys, err := c.openKeys()
	if err != nil {
		return nil, err
	}
	db, err := c.openDatabase(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := unlock(ctx, db, keys); err != nil {
		return nil, err
	}
	return inspect(ctx, db, keys.Org, keys.Data)
}

func inspect(ctx context.Context, db *centraldb.DB, org string, dataKey [32]byte) ([]team.Finding, error) {
	book, err := team.NewBook(org, dataKey)
	if err != nil {
		return nil, err
	}
	return team.New(team.Config{Store: db, Book: book}).Invariants(ctx)
}

func (c checked) print(con *console, asJSON bool) error {
	if asJSON {
		text, err := json.MarshalIndent(c, "", "  ")
		if err != nil {
			return fmt.Errorf("encode findings: %w", err)
		}
		return con.say("%s", text)
	}
	if c.OK {
		return con.say("All PIN rules hold.")
	}
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(w, "RULE\tKIND\tSUBJECT\tOTHER\tWHAT"); err != nil {
		return fmt.Errorf("write findings: %w", err)
	}
	for _, f := range c.Findings {
		if _, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", f.Rule, f.Kind, visible(f.Subject), visible(f.Other), f.Text); err != nil {
			return fmt.Errorf("write findings: %w", err)
		}
	}
	return w.Flush()
}
