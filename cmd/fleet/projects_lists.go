package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
)

type projectsKioskCmd struct {
	Kiosk string `arg:"" help:"The kiosk's id or name."`
	listEdit
}

// Run shows what the kiosk offers, changed where something is to be.
func (p *projectsKioskCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findKiosk(ctx, api, p.Kiosk)
	if err != nil {
		return err
	}
	w, err := api.KioskWork(ctx, id)
	if err != nil {
		return err
	}
	if !p.none() {
		if w.Projects, w.Default, err = p.apply(ctx, api, w.Projects, w.Default); err != nil {
			return err
		}
		if w, err = api.SetKioskWork(ctx, id, w); err != nil {
			return err
		}
	}
	if g.JSON {
		return printJSON(c.out, w)
	}
	return sayProjects(ctx, c, api, w.Projects, w.Default, "This kiosk does not ask about projects.")
}

type projectsPersonCmd struct {
	Person string `arg:"" help:"The person's id, staff number or name."`
	listEdit
	Least *int `help:"Their own shortest break, in minutes." placeholder:"N"`
	Due   *int `help:"After how many minutes of work a break is due for them." placeholder:"N"`
	Usual bool `help:"Breaks by the organisation's rule again."`
}

// Run shows what the person may book on, changed where something is to be.
func (p *projectsPersonCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findPerson(ctx, api, p.Person)
	if err != nil {
		return err
	}
	w, err := api.PersonWork(ctx, id)
	if err != nil {
		return err
	}
	if !p.none() || p.Least != nil || p.Due != nil || p.Usual {
		if w.Projects, w.Default, err = p.apply(ctx, api, w.Projects, w.Default); err != nil {
			return err
		}
		w.Break = p.rule(w.Break)
		if w, err = api.SetPersonWork(ctx, id, w); err != nil {
			return err
		}
	}
	if g.JSON {
		return printJSON(c.out, w)
	}
	if err := sayProjects(ctx, c, api, w.Projects, w.Default, "May book on every project of a kiosk."); err != nil {
		return err
	}
	if w.Break == nil {
		fmt.Fprintln(c.out, "Breaks by the organisation's rule.")
		return nil
	}
	fmt.Fprintf(c.out, "Breaks by their own rule: at least %d min, due after %d min.\n", w.Break.Least, w.Break.Due)
	return nil
}

// rule gives the break rule with the change.
func (p *projectsPersonCmd) rule(now *client.BreakRule) *client.BreakRule {
	if p.Usual {
		return nil
	}
	if p.Least == nil && p.Due == nil {
		return now
	}
	var rule client.BreakRule
	given(now, &rule)
	given(p.Least, &rule.Least)
	given(p.Due, &rule.Due)
	return &rule
}

// sayProjects names the projects of a list, and the default.
func sayProjects(ctx context.Context, c *console, api *client.Client, ids []string, usual, none string) error {
	names := map[string]string{}
	for _, archived := range []bool{false, true} {
		all, err := allProjects(ctx, api, "", archived)
		if err != nil {
			return err
		}
		for _, p := range all {
			names[p.ID] = command.Clean(p.Name)
			if archived {
				names[p.ID] += " (out of use)"
			}
		}
	}
	if len(ids) == 0 {
		fmt.Fprintln(c.out, none)
	} else {
		list := make([]string, len(ids))
		for i, id := range ids {
			list[i] = names[id]
		}
		fmt.Fprintln(c.out, "Projects: "+strings.Join(list, ", "))
	}
	if usual != "" {
		fmt.Fprintln(c.out, "Clocking in books on "+names[usual]+".")
	}
	return nil
}
