package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

type punchesListCmd struct {
	Follow bool   `short:"f" help:"Go on with each new punch as it arrives, until Ctrl-C."`
	Person string `help:"Only this person: an id, a staff number or a name." placeholder:"PERSON"`
	Kiosk  string `help:"Only this kiosk: an id or a name." placeholder:"KIOSK"`
	From   string `help:"From this day (2026-03-01, today, yesterday) or instant (2026-03-01T08:00:00Z) on." placeholder:"DAY"`
	To     string `help:"Up to and with this day, or before this instant." placeholder:"DAY"`
	After  int64  `help:"Only those that arrived after the punch with this id." placeholder:"ID"`
	Limit  int    `help:"Stop after this many." placeholder:"N"`
	CSV    bool   `name:"csv" help:"Print CSV, for spreadsheets."`
	Added  bool   `help:"Those that somebody added instead; not with --follow."`
}

// Help is shown by fleet punches list --help.
func (punchesListCmd) Help() string {
	return `Punches come in the order in which they arrived: what a kiosk saved while it
was offline comes late, under its own time. Times are those of the kiosk's zone.
With --json each line is one punch; "id" of the last one, given to --after, goes
on from there.

  fleet punches --from yesterday --person "Ada Brandt"
  fleet punches --follow --json | jq .person_name`
}

// Run shows punches.
func (p *punchesListCmd) Run(ctx context.Context, c *console, g *globals) error {
	if p.CSV && g.JSON {
		return problem.New(problem.Invalid, "CSV and JSON at once can't be printed.", "Choose --csv or --json.")
	}
	if p.Follow && p.Added {
		return problem.New(problem.Invalid, "What somebody adds can't be followed.", "Leave out --follow or --added.")
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	filter, err := p.filter(ctx, api)
	if err != nil {
		return err
	}
	shown, show := 0, punchPrinter(c, g.JSON, p.CSV)
	each := func(u client.Punch) error {
		shown++
		if err := show(u); err != nil || shown != p.Limit {
			return err
		}
		return errEnough
	}
	if p.Follow {
		err = api.Follow(ctx, filter, each)
	} else {
		err = p.pages(ctx, api, filter, each)
	}
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err == nil && shown == 0 && !p.Follow && !g.JSON && !p.CSV {
		fmt.Fprintln(c.err, "No punches found.")
	}
	return err
}

// errEnough ends the list at its limit.
var errEnough = errors.New("enough punches")

func (p *punchesListCmd) pages(ctx context.Context, api *client.Client, filter client.PunchFilter, each func(client.Punch) error) error {
	for {
		page, err := api.Punches(ctx, filter)
		if err != nil {
			return err
		}
		for _, u := range page.Punches {
			if err := each(u); err != nil {
				return err
			}
		}
		if page.Next == 0 {
			return nil
		}
		filter.After = page.Next
	}
}

func (p *punchesListCmd) filter(ctx context.Context, api *client.Client) (f client.PunchFilter, err error) {
	f = client.PunchFilter{After: p.After, Limit: 1000, Added: p.Added}
	if p.Person != "" {
		if f.Person, err = findPerson(ctx, api, p.Person); err != nil {
			return f, err
		}
	}
	if p.Kiosk != "" {
		if f.Kiosk, err = findKiosk(ctx, api, p.Kiosk); err != nil {
			return f, err
		}
	}
	if f.From, err = moment("--from", p.From, time.Now(), 0); err != nil {
		return f, err
	}
	f.To, err = moment("--to", p.To, time.Now(), 1)
	return f, err
}

// moment reads an instant, or the midnight that begins the day after the given
// number of days, in the zone of now. Empty text is no moment.
func moment(flag, text string, now time.Time, days int) (time.Time, error) {
	y, m, d := now.Date()
	switch text {
	case "":
		return time.Time{}, nil
	case "today":
		return attendance.DayStart(y, m, d+days, now.Location()), nil
	case "yesterday":
		return attendance.DayStart(y, m, d-1+days, now.Location()), nil
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, problem.New(problem.Invalid, fmt.Sprintf("%s %q is neither a day nor an instant.", flag, text),
			"Write 2026-03-01, today, yesterday, or 2026-03-01T08:00:00Z.")
	}
	y, m, d = day.Date()
	return attendance.DayStart(y, m, d+days, now.Location()), nil
}

// punchPrinter prints one punch at a time, so that a million need no memory. The
// columns' widths are fixed for the same reason.
func punchPrinter(c *console, asJSON, asCSV bool) func(client.Punch) error {
	if asJSON {
		e := json.NewEncoder(c.out)
		return func(u client.Punch) error { return e.Encode(u) }
	}
	if asCSV {
		return csvPrinter(c.out)
	}
	widths := []int{19, 24, 12, 18, 9}
	headed := false
	return func(u client.Punch) error {
		if !headed {
			line(c.out, widths, []string{"TIME", "PERSON", "ACTION", "KIOSK", "PIN", "NOTE"})
			headed = true
		}
		line(c.out, widths, []string{localTime(u.Local), u.PersonName, actionWord(u.Action), u.KioskName, string(u.Auth), note(u)})
		return nil
	}
}

func actionWord(a attendance.Action) string {
	return strings.ReplaceAll(string(a), "_", " ")
}

// localTime gives RFC 3339 as people read it, without the zone.
func localTime(text string) string {
	local, _, _ := strings.Cut(strings.Replace(text, "T", " ", 1), "+")
	return strings.TrimSuffix(local[:min(len(local), len(time.DateTime))], "Z")
}

func note(u client.Punch) string {
	text := u.Project + u.Note
	if u.Project != "" && u.Note != "" {
		text = u.Project + ": " + u.Note
	}
	switch u.Status {
	case client.PunchCorrected, client.PunchAdded:
		text += " (" + u.Status + ": " + held(u) + ", " + u.Reason + ")"
	case client.PunchVoid:
		text += " (void: " + u.Reason + ")"
	}
	return strings.TrimSpace(text)
}
