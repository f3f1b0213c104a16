package main

import (
	"context"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
)

// namesWait bounds how long Tab waits for the server.
const namesWait = 1500 * time.Millisecond

// names gives what kiosks, people, teams and projects are called, for the shell.
// Without a login, or where the server does not answer, there are none: Tab says
// nothing then, rather than an error in the middle of a line.
func (c *cli) names(ctx context.Context, kind, begun string) []command.Word {
	api, err := c.connect()
	if err != nil {
		return nil
	}
	defer api.Close()
	ctx, stop := context.WithTimeout(ctx, namesWait)
	defer stop()
	switch kind {
	case "kiosk":
		return kioskNames(ctx, api)
	case "person":
		return personNames(ctx, api, begun)
	case "team":
		return teamNames(ctx, api)
	case "project":
		return projectNames(ctx, api)
	}
	return nil
}

func kioskNames(ctx context.Context, api *client.Client) (out []command.Word) {
	all, _ := api.Kiosks(ctx) // see names
	for _, k := range all {
		out = append(out, command.Word{Text: k.Name, Help: k.ID})
	}
	return out
}

// personNames gives those whose name begins with what was begun, as many as fit a
// screen.
func personNames(ctx context.Context, api *client.Client, begun string) (out []command.Word) {
	const screen = 50
	all, _ := api.People(ctx, client.PeopleQuery{Search: begun, Limit: screen}) // see names
	for _, p := range all.People {
		out = append(out, command.Word{Text: p.Name, Help: p.Team})
	}
	return out
}

func teamNames(ctx context.Context, api *client.Client) (out []command.Word) {
	all, _ := api.Teams(ctx) // see names
	for _, t := range all {
		out = append(out, command.Word{Text: t.Name})
	}
	return out
}

func projectNames(ctx context.Context, api *client.Client) (out []command.Word) {
	all, _ := api.Projects(ctx, client.ProjectQuery{}) // see names
	for _, p := range all.Projects {
		out = append(out, command.Word{Text: p.Name})
	}
	return out
}
