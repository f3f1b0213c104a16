package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
)

type punchesRequestsCmd struct {
	Decided bool `help:"Show what was decided instead."`
	Offset  int  `help:"Leave out so many." default:"0"`
	Limit   int  `help:"Show at most so many, 1 to 200." default:"100"`
}

// Help is shown by fleet punches requests --help.
func (punchesRequestsCmd) Help() string {
	return `Who has missed a punch asks for it at a kiosk. Approved, it is a punch with their
own reason; either way they read the answer at the kiosk.

  fleet punches requests
  fleet punches approve 17
  fleet punches approve 17 --day 2026-03-02 --time 17:30
  fleet punches refuse 18 --answer "You left at noon"`
}

// Run shows requests, the oldest first; decided ones with the last first.
func (l *punchesRequestsCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.PunchRequests(ctx, l.Decided, l.Offset, l.Limit)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	if len(got.Requests) == 0 {
		fmt.Fprintln(c.out, "Nobody asks for a punch.")
		return nil
	}
	rows := make([][]string, len(got.Requests))
	for i, r := range got.Requests {
		name := r.PersonName
		if name == "" {
			name = "unknown " + r.Person
		}
		rows[i] = []string{
			strconv.FormatInt(r.ID, 10), command.Clean(name), actionWord(r.Action), r.At.UTC().Format(time.RFC3339), command.Clean(r.KioskName),
			command.Clean(r.Reason), command.Clean(strings.TrimSpace(r.Decision + " " + r.Answer)),
		}
	}
	table(c.out, []string{"ID", "PERSON", "ACTION", "AT", "KIOSK", "REASON", "DECISION"}, rows)
	if got.More {
		fmt.Fprintf(c.out, "There are more: fleet punches requests --offset %d\n", l.Offset+l.Limit)
	}
	return nil
}

type punchesApproveCmd struct {
	ID     int64  `arg:"" help:"The request's number, as the list shows it."`
	Action string `help:"Another action: in, out, break_start, break_end or switch." placeholder:"ACTION"`
	Day    string `help:"Another day, such as 2026-03-02." placeholder:"DAY"`
	Time   string `help:"Another time of day at the kiosk, such as 17:30." placeholder:"TIME"`
}

// Run approves a request.
func (a *punchesApproveCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.ApproveRequest(ctx, a.ID, client.RequestEdit{Action: attendance.Action(a.Action), Day: a.Day, Time: a.Time})
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	fmt.Fprintf(c.out, "Approved: the punch has the id %d.\n", got.Entry)
	return nil
}

type punchesRefuseCmd struct {
	ID     int64  `arg:"" help:"The request's number, as the list shows it."`
	Answer string `help:"Why, 3 to 200 characters; the person reads it at the kiosk." required:""`
}

// Run refuses a request.
func (r *punchesRefuseCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.RefuseRequest(ctx, r.ID, r.Answer)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	fmt.Fprintln(c.out, "Refused.")
	return nil
}
