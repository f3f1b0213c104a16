package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

type teamCmd struct {
	List    teamListCmd    `cmd:"" default:"1" help:"List the teams."`
	Create  teamCreateCmd  `cmd:"" help:"Make a team."`
	Edit    teamEditCmd    `cmd:"" help:"Rename a team, or say who manages it."`
	Archive teamArchiveCmd `cmd:"" help:"Take a team that nobody is in out of use."`
	Restore teamRestoreCmd `cmd:"" help:"Bring an archived team back."`
}

// Help is shown by fleet team --help.
func (teamCmd) Help() string {
	return `A team is made when somebody is put into it:

  fleet people edit 1042 --team Bakery
  fleet team edit Bakery --name Ovens --manager "Ada Brandt"
  fleet kiosk assign "Front door" --team Ovens`
}

type teamListCmd struct{}

// Run lists all teams by name, archived ones last.
func (teamListCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.Teams(ctx)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, client.Teams{Teams: got})
	}
	if len(got) == 0 {
		fmt.Fprintln(c.out, "There is no team.")
		return nil
	}
	rows := make([][]string, len(got))
	for i, t := range got {
		state := "in use"
		if t.Archived {
			state = "archived"
		}
		rows[i] = []string{t.Name, strconv.Itoa(t.People), strconv.Itoa(t.Kiosks), t.ManagerName, state}
	}
	table(c.out, []string{"TEAM", "PEOPLE", "KIOSKS", "MANAGER", "STATE"}, rows)
	return nil
}

type teamCreateCmd struct {
	Name string `arg:"" help:"What it is called."`
}

// Run makes a team.
func (t *teamCreateCmd) Run(ctx context.Context, c *console, g *globals) error {
	return changeTeam(c, g, "Made", func(api *client.Client) (client.Team, error) { return api.AddTeam(ctx, t.Name) })
}

type teamEditCmd struct {
	Team    string  `arg:"" help:"The team's name."`
	Name    *string `help:"The new name." placeholder:"NAME"`
	Manager *string `help:"Who manages it: id, staff number or name; empty: nobody." placeholder:"PERSON"`
}

// Run changes what is named.
func (t *teamEditCmd) Run(ctx context.Context, c *console, g *globals) error {
	if t.Name == nil && t.Manager == nil {
		return problem.New(problem.Invalid, "What is to be changed?", "Give --name or --manager.")
	}
	return changeTeam(c, g, "Changed", func(api *client.Client) (client.Team, error) {
		e := client.TeamEdit{Name: t.Name, Manager: t.Manager}
		if t.Manager != nil && *t.Manager != "" {
			id, err := findPerson(ctx, api, *t.Manager)
			if err != nil {
				return client.Team{}, err
			}
			e.Manager = &id
		}
		return api.EditTeam(ctx, t.Team, e)
	})
}

type teamArchiveCmd struct {
	Team string `arg:"" help:"The team's name."`
}

// Run archives; fleet team restore undoes it.
func (t *teamArchiveCmd) Run(ctx context.Context, c *console, g *globals) error {
	return changeTeam(c, g, "Archived", func(api *client.Client) (client.Team, error) { return api.ArchiveTeam(ctx, t.Team) })
}

type teamRestoreCmd struct {
	Team string `arg:"" help:"The archived team's name."`
}

// Run restores.
func (t *teamRestoreCmd) Run(ctx context.Context, c *console, g *globals) error {
	return changeTeam(c, g, "Brought back", func(api *client.Client) (client.Team, error) { return api.RestoreTeam(ctx, t.Team) })
}

// changeTeam does one thing to a team and says what was done.
func changeTeam(c *console, g *globals, done string, do func(*client.Client) (client.Team, error)) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := do(api)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	fmt.Fprintf(c.out, "%s the team %s.\n", done, command.Clean(got.Name))
	return nil
}
