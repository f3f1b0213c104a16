package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

type auditCmd struct {
	Actor  string `help:"Only what this account or program did." placeholder:"WHO"`
	Action string `help:"Only this action, such as pin.generate." placeholder:"WHAT"`
	Person string `help:"Only what was done to this person: an id, a staff number or a name." placeholder:"PERSON" xor:"subject"`
	Kiosk  string `help:"Only what was done to this kiosk: an id or a name." placeholder:"KIOSK" xor:"subject"`
	From   string `help:"From this day (2026-03-01, today, yesterday) or instant on." placeholder:"DAY"`
	To     string `help:"Up to and with this day, or before this instant." placeholder:"DAY"`
	Limit  int    `help:"At most this many of the newest rows; ${default} unless named." default:"50" placeholder:"N"`
}

// Help is shown by fleet audit --help.
func (auditCmd) Help() string {
	return `Who did what, the newest first. With --json each line is one row with its detail.
Whether the log is whole is checked on the server: central audit verify.

  fleet audit --from yesterday --actor ann@example.com
  fleet audit --person "Ada Brandt" --action pin.generate`
}

// Run shows the audit log.
func (a *auditCmd) Run(ctx context.Context, c *console, g *globals) error {
	if a.Limit < 1 {
		return problem.New(problem.Invalid, "The limit must be 1 or more.", "Add --limit 50")
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	filter, err := a.filter(ctx, api)
	if err != nil {
		return err
	}
	show := auditPrinter(c, g.JSON)
	for left := a.Limit; left > 0; {
		filter.Limit = min(left, 1000)
		page, err := api.Audit(ctx, filter)
		if err != nil {
			return err
		}
		for _, row := range page.Rows {
			if err := show(row); err != nil {
				return err
			}
		}
		left -= len(page.Rows)
		if page.Next == 0 {
			return nil
		}
		filter.Before = page.Next
	}
	return nil
}

func (a *auditCmd) filter(ctx context.Context, api *client.Client) (f client.AuditFilter, err error) {
	f = client.AuditFilter{Actor: a.Actor, Action: a.Action}
	if a.Person != "" {
		if f.Subject, err = findPerson(ctx, api, a.Person); err != nil {
			return f, err
		}
	}
	if a.Kiosk != "" {
		if f.Subject, err = findKiosk(ctx, api, a.Kiosk); err != nil {
			return f, err
		}
	}
	if f.From, err = moment("--from", a.From, time.Now(), 0); err != nil {
		return f, err
	}
	f.To, err = moment("--to", a.To, time.Now(), 1)
	return f, err
}

// auditPrinter prints one row at a time, as punchPrinter does.
func auditPrinter(c *console, asJSON bool) func(client.Audited) error {
	if asJSON {
		e := json.NewEncoder(c.out)
		return func(row client.Audited) error { return e.Encode(row) }
	}
	widths := []int{19, 28, 22}
	headed := false
	return func(row client.Audited) error {
		if !headed {
			line(c.out, widths, []string{"TIME", "WHO", "WHAT", "WHOM"})
			headed = true
		}
		whom := row.SubjectName
		if whom == "" && row.Subject != row.Actor {
			whom = row.Subject
		}
		line(c.out, widths, []string{row.At.Local().Format(time.DateTime), row.Actor, row.Text, whom})
		return nil
	}
}
