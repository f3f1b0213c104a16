package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

type peopleCmd struct {
	List   peopleListCmd   `cmd:"" help:"List people." default:"withargs"`
	Add    peopleAddCmd    `cmd:"" help:"Add one person; their PIN is shown this once."`
	Import peopleImportCmd `cmd:"" help:"Add everybody in a CSV file, or nobody and every error in it."`

	Edit    peopleEditCmd    `cmd:"" help:"Change a person's name, staff number, team, role or language."`
	PIN     peoplePINCmd     `cmd:"" name:"pin" help:"Give a person another PIN; it is shown this once."`
	Unlock  peopleUnlockCmd  `cmd:"" help:"Open a person's PIN that wrong attempts have locked on kiosks."`
	Archive peopleArchiveCmd `cmd:"" help:"Take a person who leaves off every kiosk; punches stay."`
	Restore peopleRestoreCmd `cmd:"" help:"Bring an archived person back, with a new PIN."`
	Erase   peopleEraseCmd   `cmd:"" help:"Take the name from an archived person for good; punches stay, without it."`
	Data    peopleDataCmd    `cmd:"" help:"Get everything that is kept about one person, as JSON."`
}

type peopleListCmd struct {
	Search string `help:"Only people with words that begin like this, in name or staff number." placeholder:"TEXT"`
	Team   string `help:"Only this team." placeholder:"TEAM"`

	Archived bool `help:"Those who were archived, instead of those who clock in."`
}

// peoplePage is how many people are asked for at once.
const peoplePage = 1000

// Run lists.
func (l *peopleListCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	all := client.People{People: []client.Person{}}
	for {
		page, err := api.People(ctx, client.PeopleQuery{
			Search: l.Search, Team: l.Team, Archived: l.Archived, Offset: len(all.People), Limit: peoplePage,
		})
		if err != nil {
			return err
		}
		all.People, all.Total = append(all.People, page.People...), page.Total
		if len(page.People) < peoplePage {
			break
		}
	}
	if g.JSON {
		return printJSON(c.out, all)
	}
	if len(all.People) == 0 {
		fmt.Fprintln(c.out, "Nobody found. Add people with: fleet people import FILE.csv, or: fleet people add NAME")
		return nil
	}
	rows := make([][]string, len(all.People))
	for i, p := range all.People {
		rows[i] = []string{p.ID, p.StaffNo, p.Name, p.Team, string(p.Role), p.PINStatus}
	}
	table(c.out, []string{"ID", "STAFF NO", "NAME", "TEAM", "ROLE", "PIN"}, rows)
	fmt.Fprintln(c.err, plural(len(rows), "person", "people"))
	return nil
}

type peopleAddCmd struct {
	Name    string `arg:"" help:"Name, as the kiosk shows it."`
	StaffNo string `help:"The organisation's own number for the person." placeholder:"NO"`
	Team    string `help:"The team." placeholder:"TEAM"`
	Role    string `help:"owner, admin, manager or regular." default:"regular"`
	Lang    string `help:"Language of the kiosk for this person, such as de." placeholder:"LANG"`
}

// Run adds.
func (a *peopleAddCmd) Run(ctx context.Context, c *console, g *globals) error {
	role, err := attendance.ParseRole(a.Role)
	if err != nil {
		return err
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	p, err := api.AddPerson(ctx, client.NewPerson{Name: a.Name, StaffNo: a.StaffNo, Team: a.Team, Role: role, Lang: a.Lang})
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, p)
	}
	fmt.Fprintf(c.out, "Added %s (%s).\nPIN: %s   It is shown this once; kiosks have it in a few seconds.\n", command.Clean(p.Name), p.ID, p.PIN)
	return nil
}

// findPerson gives the id of the one person whom text names: an id, a staff
// number or a name.
func findPerson(ctx context.Context, api *client.Client, text string) (string, error) {
	return findAmong(ctx, api, text, false)
}

func findAmong(ctx context.Context, api *client.Client, text string, archived bool) (string, error) {
	got, err := api.People(ctx, client.PeopleQuery{Search: text, Archived: archived, Limit: peoplePage})
	if err != nil {
		return "", err
	}
	var exact, names []string
	for _, p := range got.People {
		names = append(names, p.Name)
		if p.StaffNo == text || strings.EqualFold(p.Name, text) {
			exact = append(exact, p.ID)
		}
	}
	switch {
	case len(exact) == 1:
		return exact[0], nil
	case len(exact) == 0 && got.Total == 1:
		return got.People[0].ID, nil
	case got.Total == 0:
		return text, nil // an id, also of somebody who has left
	}
	return "", problem.New(problem.Invalid, fmt.Sprintf("%q could be any of %d people: %s.", text, got.Total, someOf(names)),
		"Say it more exactly, or use the staff number or the id.")
}

func someOf(names []string) string {
	const shown = 5
	if len(names) > shown {
		names = append(names[:shown:shown], "…")
	}
	return strings.Join(names, ", ")
}
