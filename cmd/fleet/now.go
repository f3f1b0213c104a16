package main

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
)

type nowCmd struct {
	All  bool   `help:"Show those who are out as well."`
	Team string `help:"Only this team." placeholder:"TEAM"`
}

// Help is shown by fleet now --help.
func (nowCmd) Help() string {
	return `Who is in or on a break, as far as central has heard: a kiosk that is offline
tells of its punches when it is back. --json has everybody, also those who are out.`
}

// Run shows who is where.
func (n *nowCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.Now(ctx)
	if err != nil {
		return err
	}
	people := []client.Present{}
	for _, p := range got.People {
		if n.Team == "" || p.Team == n.Team {
			people = append(people, p)
		}
	}
	if g.JSON {
		return printJSON(c.out, client.Now{People: people})
	}
	kiosks, err := api.Kiosks(ctx)
	if err != nil {
		return err
	}
	n.show(c, people, kiosks)
	return nil
}

func (n *nowCmd) show(c *console, people []client.Present, kiosks []client.Kiosk) {
	names := map[string]string{}
	for _, k := range kiosks {
		names[k.ID] = k.Name
	}
	counts := map[attendance.State]int{}
	var rows [][]string
	for _, p := range people {
		counts[p.State]++
		if p.State == attendance.StateOut && !n.All {
			continue
		}
		since := ""
		if !p.Since.IsZero() {
			since = sinceText(p.Since.Local(), time.Now())
		}
		rows = append(rows, []string{p.Name, p.Team, stateWord(p.State), since, first(names[p.Kiosk], p.Kiosk)})
	}
	if len(rows) > 0 {
		table(c.out, []string{"NAME", "TEAM", "STATE", "SINCE", "KIOSK"}, rows)
		fmt.Fprintln(c.out)
	}
	fmt.Fprintf(c.out, "%d in, %d on break, %d out\n", counts[attendance.StateIn], counts[attendance.StateBreak], counts[attendance.StateOut])
}

func stateWord(s attendance.State) string {
	if s == attendance.StateBreak {
		return "on break"
	}
	return string(s)
}

// sinceText leaves out the day where it is today.
func sinceText(at, now time.Time) string {
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return at.Format("15:04")
	}
	return at.Format("2006-01-02 15:04")
}
