package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

type projectsCmd struct {
	List    projectsListCmd    `cmd:"" default:"withargs" help:"List the projects."`
	Create  projectsCreateCmd  `cmd:"" help:"Make a project."`
	Rename  projectsRenameCmd  `cmd:"" help:"Give a project another name, also for what was booked on it."`
	Archive projectsArchiveCmd `cmd:"" help:"Take a project out of use."`
	Restore projectsRestoreCmd `cmd:"" help:"Bring a project back."`
	Kiosk   projectsKioskCmd   `cmd:"" help:"Show or say what can be booked on at a kiosk."`
	Person  projectsPersonCmd  `cmd:"" help:"Show or say what one person may book on."`
	Team    projectsTeamCmd    `cmd:"" help:"Put a project on the lists of everybody who is now in a team."`
}

// Help is shown by fleet projects --help.
func (projectsCmd) Help() string {
	return `Without projects people just clock in and out. With them:

  fleet projects create "Harbour wall"
  fleet projects kiosk "Front door" --add "Harbour wall" --default "Harbour wall"
  fleet projects person 1042 --add "Harbour wall"

Whoever has no list of their own can book on everything that a kiosk offers.`
}

type projectsListCmd struct {
	Archived bool   `help:"Those out of use instead."`
	Search   string `arg:"" optional:"" help:"The beginning of a word of the name."`
}

// Run lists projects in name order.
func (p *projectsListCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := allProjects(ctx, api, p.Search, p.Archived)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, client.Projects{Projects: got, Total: len(got)})
	}
	if len(got) == 0 {
		fmt.Fprintln(c.out, "There is no project.")
		return nil
	}
	rows := make([][]string, len(got))
	for i, x := range got {
		who := "everybody"
		if x.People > 0 {
			who = plural(x.People, "person", "people")
		}
		rows[i] = []string{x.Name, strconv.Itoa(x.Kiosks), who, x.ID}
	}
	table(c.out, []string{"PROJECT", "KIOSKS", "FOR", "ID"}, rows)
	return nil
}

// allProjects reads all pages.
func allProjects(ctx context.Context, api *client.Client, search string, archived bool) ([]client.Project, error) {
	const page = 1000
	var out []client.Project
	for {
		got, err := api.Projects(ctx, client.ProjectQuery{Search: search, Archived: archived, Offset: len(out), Limit: page})
		if err != nil {
			return nil, err
		}
		out = append(out, got.Projects...)
		if len(got.Projects) < page {
			return out, nil
		}
	}
}

// findProject gives the id of the one project that text names.
func findProject(ctx context.Context, api *client.Client, text string, archived bool) (string, error) {
	all, err := allProjects(ctx, api, "", archived)
	if err != nil {
		return "", err
	}
	var names, ids []string
	for _, p := range all {
		if p.ID == text {
			return text, nil
		}
		if strings.EqualFold(p.Name, text) {
			ids = append(ids, p.ID)
		}
		names = append(names, p.Name)
	}
	switch {
	case len(ids) == 1:
		return ids[0], nil
	case len(ids) > 1:
		return "", problem.New(problem.Invalid, fmt.Sprintf("%d projects are called %q.", len(ids), text), "Use one of the ids: "+someOf(ids))
	}
	hint := "Create it with: fleet projects create " + strconv.Quote(text)
	if len(names) > 0 {
		hint = "There are: " + someOf(names)
	}
	return "", problem.New(problem.NotFound, fmt.Sprintf("There is no project %q.", text), hint)
}

type projectsCreateCmd struct {
	Name string `arg:"" help:"What it is called, at most 60 characters."`
}

// Run makes a project.
func (p *projectsCreateCmd) Run(ctx context.Context, c *console, g *globals) error {
	return onProject(ctx, c, g, "Made", "", false, func(api *client.Client, _ string) (client.Project, error) { return api.AddProject(ctx, p.Name) })
}

type projectsRenameCmd struct {
	Project string `arg:"" help:"The project's name or id."`
	Name    string `arg:"" help:"Its new name."`
}

// Run renames.
func (p *projectsRenameCmd) Run(ctx context.Context, c *console, g *globals) error {
	return onProject(ctx, c, g, "Renamed", p.Project, false, func(api *client.Client, id string) (client.Project, error) {
		return api.RenameProject(ctx, id, p.Name)
	})
}

type projectsArchiveCmd struct {
	Project string `arg:"" help:"The project's name or id."`
}

// Run takes out of use; fleet projects restore undoes it.
func (p *projectsArchiveCmd) Run(ctx context.Context, c *console, g *globals) error {
	return onProject(ctx, c, g, "Out of use:", p.Project, false, func(api *client.Client, id string) (client.Project, error) { return api.ArchiveProject(ctx, id) })
}

type projectsRestoreCmd struct {
	Project string `arg:"" help:"The project's name or id."`
}

// Run brings back.
func (p *projectsRestoreCmd) Run(ctx context.Context, c *console, g *globals) error {
	return onProject(ctx, c, g, "Back in use:", p.Project, true, func(api *client.Client, id string) (client.Project, error) { return api.RestoreProject(ctx, id) })
}

type projectsTeamCmd struct {
	Project string `arg:"" help:"The project's name or id."`
	Team    string `arg:"" help:"The team's name."`
}

// Run puts it on the lists.
func (p *projectsTeamCmd) Run(ctx context.Context, c *console, g *globals) error {
	return onProject(ctx, c, g, "On the lists of team "+command.Clean(p.Team)+":", p.Project, false, func(api *client.Client, id string) (client.Project, error) {
		return api.AddToProject(ctx, id, client.ProjectPeople{Team: p.Team})
	})
}

// onProject does one thing to a project, found by name unless it is "", and says
// what was done.
func onProject(ctx context.Context, c *console, g *globals, done, name string, archived bool, do func(*client.Client, string) (client.Project, error)) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id := ""
	if name != "" {
		if id, err = findProject(ctx, api, name, archived); err != nil {
			return err
		}
	}
	got, err := do(api, id)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	fmt.Fprintf(c.out, "%s %s (%s).\n", done, command.Clean(got.Name), got.ID)
	return nil
}

// listEdit is a change of a list of projects.
type listEdit struct {
	Add     []string `help:"Put a project on the list; may be given several times." placeholder:"PROJECT" sep:"none"`
	Remove  []string `help:"Take a project off the list." placeholder:"PROJECT" sep:"none"`
	Default *string  `help:"What clocking in books on; empty: nothing." placeholder:"PROJECT"`
}

func (e listEdit) none() bool { return len(e.Add)+len(e.Remove) == 0 && e.Default == nil }

// apply gives a list and a default with the change.
func (e listEdit) apply(ctx context.Context, api *client.Client, list []string, usual string) ([]string, string, error) {
	for _, name := range e.Add {
		id, err := findProject(ctx, api, name, false)
		if err != nil {
			return nil, "", err
		}
		if !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	for _, name := range e.Remove {
		id, err := findProject(ctx, api, name, slices.Contains(list, name))
		if err != nil {
			return nil, "", err
		}
		list = slices.DeleteFunc(list, func(x string) bool { return x == id })
		if usual == id {
			usual = ""
		}
	}
	if e.Default == nil || *e.Default == "" {
		if e.Default != nil {
			usual = ""
		}
		return list, usual, nil
	}
	usual, err := findProject(ctx, api, *e.Default, false)
	return list, usual, err
}
