package main

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

type punchesCmd struct {
	List    punchesListCmd    `cmd:"" default:"withargs" help:"Show punches; with --follow, each new one as it arrives."`
	Add     punchesAddCmd     `cmd:"" help:"Add a punch that no kiosk recorded."`
	Correct punchesCorrectCmd `cmd:"" help:"Give a punch other values; what was recorded stays in sight."`
	Void    punchesVoidCmd    `cmd:"" help:"Say that a punch does not count."`

	Requests punchesRequestsCmd `cmd:"" help:"Show punches that people say are missing."`
	Approve  punchesApproveCmd  `cmd:"" help:"Add a punch that somebody asked for."`
	Refuse   punchesRefuseCmd   `cmd:"" help:"Say why there will be no such punch."`
}

// Help is shown by fleet punches --help.
func (punchesCmd) Help() string {
	return `Whatever is put right has a reason, which the person reads, too. What the kiosk
recorded stays. An added punch has an id below zero: write -- before it.

  fleet punches --follow
  fleet punches add "Ada Brandt" out --day 2026-03-02 --time 16:30 --reason "forgot to clock out"
  fleet punches correct 4711 --time 16:45 --reason "the clock was wrong"
  fleet punches void --reason "tapped twice" -- -12`
}

// when is how a time is given on the command line.
type when struct {
	Day  string `help:"The day, such as 2026-03-02, where the kiosk is." placeholder:"DAY"`
	Time string `help:"The time of that day, such as 16:30." placeholder:"TIME"`
	At   string `help:"The instant instead, such as 2026-03-02T15:30:00Z." placeholder:"INSTANT"`
}

func (w when) instant() (*time.Time, error) {
	if w.At == "" {
		return nil, nil
	}
	at, err := time.Parse(time.RFC3339Nano, w.At)
	if err != nil {
		return nil, problem.New(problem.Invalid, fmt.Sprintf("--at %q is not an instant.", w.At), "Write 2026-03-01T08:00:00Z, or use --day and --time.").Because(err)
	}
	return &at, nil
}

type punchesAddCmd struct {
	Person string `arg:"" help:"The person's id, staff number or name."`
	Action string `arg:"" help:"in, out, break_start, break_end or switch." enum:"in,out,break_start,break_end,switch"`
	when
	Kiosk   string `help:"The kiosk that it belongs to: an id or a name." placeholder:"KIOSK"`
	Project string `help:"The project." placeholder:"TEXT"`
	Note    string `help:"A note." placeholder:"TEXT"`
	Reason  string `help:"Why, 3 to 200 characters." required:"" placeholder:"TEXT"`
}

// Run adds.
func (p *punchesAddCmd) Run(ctx context.Context, c *console, g *globals) error {
	n := client.NewPunch{Action: attendance.Action(p.Action), Day: p.Day, Time: p.Time, Project: p.Project, Note: p.Note, Reason: p.Reason}
	var err error
	if n.At, err = p.instant(); err != nil {
		return err
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	if n.Person, err = findPerson(ctx, api, p.Person); err != nil {
		return err
	}
	if p.Kiosk != "" {
		if n.Kiosk, err = findKiosk(ctx, api, p.Kiosk); err != nil {
			return err
		}
	}
	got, err := api.AddPunch(ctx, n)
	return saidOfPunch(c, g, "Added", got, err)
}

type punchesCorrectCmd struct {
	ID     int64  `arg:"" name:"id" help:"The punch's id, as --json shows it."`
	Action string `help:"in, out, break_start, break_end or switch." enum:",in,out,break_start,break_end,switch" default:"" placeholder:"ACTION"`
	when
	Project *string `help:"The project; empty: none." placeholder:"TEXT"`
	Note    *string `help:"The note; empty: none." placeholder:"TEXT"`
	Reason  string  `help:"Why, 3 to 200 characters." required:"" placeholder:"TEXT"`
	Seen    *int64  `help:"Only if nobody changed it since: its \"change\" as --json showed it, 0 for none." placeholder:"N"`
}

// Run corrects.
func (p *punchesCorrectCmd) Run(ctx context.Context, c *console, g *globals) error {
	e := client.PunchEdit{
		Action: attendance.Action(p.Action), Day: p.Day, Time: p.Time, Project: p.Project, Note: p.Note, Reason: p.Reason, Seen: p.Seen,
	}
	var err error
	if e.At, err = p.instant(); err != nil {
		return err
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.CorrectPunch(ctx, p.ID, e)
	return saidOfPunch(c, g, "Corrected", got, err)
}

type punchesVoidCmd struct {
	ID     int64  `arg:"" name:"id" help:"The punch's id, as --json shows it."`
	Reason string `help:"Why, 3 to 200 characters." required:"" placeholder:"TEXT"`
	Seen   *int64 `help:"Only if nobody changed it since: its \"change\" as --json showed it, 0 for none." placeholder:"N"`
}

// Run voids.
func (p *punchesVoidCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.VoidPunch(ctx, p.ID, client.VoidPunch{Reason: p.Reason, Seen: p.Seen})
	return saidOfPunch(c, g, "Voided", got, err)
}

// saidOfPunch says what was done to a punch, and what it is now.
func saidOfPunch(c *console, g *globals, done string, u client.Punch, err error) error {
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, u)
	}
	fmt.Fprintf(c.out, "%s punch %d: %s, %s.\n", done, u.ID, command.Clean(u.PersonName), held(u))
	return nil
}

// held says what holds of a punch that was put right.
func held(u client.Punch) string {
	return actionWord(u.CorrectedAction) + " " + localTime(u.CorrectedLocal)
}
