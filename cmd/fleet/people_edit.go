package main

import (
	"context"
	"fmt"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

type peopleEditCmd struct {
	Person  string  `arg:"" help:"The person's id, staff number or name."`
	Name    *string `help:"The new name." placeholder:"NAME"`
	StaffNo *string `help:"The new staff number; empty: none." placeholder:"NO"`
	Team    *string `help:"The new team; empty: none." placeholder:"TEAM"`
	Role    *string `help:"owner, admin, manager or regular; it can require a new PIN." placeholder:"ROLE"`
	Lang    *string `help:"Language of the kiosk for this person; empty: the kiosk's." placeholder:"LANG"`
}

// Run edits.
func (p *peopleEditCmd) Run(ctx context.Context, c *console, g *globals) error {
	e := client.PersonEdit{Name: p.Name, StaffNo: p.StaffNo, Team: p.Team, Lang: p.Lang}
	if p.Role != nil {
		role, err := attendance.ParseRole(*p.Role)
		if err != nil {
			return err
		}
		e.Role = &role
	}
	if e == (client.PersonEdit{}) {
		return problem.New(problem.Invalid, "What is to be changed?", "Give --name, --staff-no, --team, --role or --lang.")
	}
	return change(ctx, c, g, p.Person, false, func(api *client.Client, id string) (client.ChangedPerson, error) {
		return api.EditPerson(ctx, id, e)
	}, "Changed")
}

type peopleUnlockCmd struct {
	Person string `arg:"" help:"The person's id, staff number or name."`
}

// Run unlocks.
func (p *peopleUnlockCmd) Run(ctx context.Context, c *console, g *globals) error {
	return change(ctx, c, g, p.Person, false, func(api *client.Client, id string) (client.ChangedPerson, error) {
		return api.UnlockPerson(ctx, id)
	}, "Unlocked")
}

type peopleArchiveCmd struct {
	Person string `arg:"" help:"The person's id, staff number or name."`
}

// Run archives; fleet people restore undoes it.
func (p *peopleArchiveCmd) Run(ctx context.Context, c *console, g *globals) error {
	return change(ctx, c, g, p.Person, false, func(api *client.Client, id string) (client.ChangedPerson, error) {
		return api.ArchivePerson(ctx, id)
	}, "Archived")
}

type peopleRestoreCmd struct {
	Person string `arg:"" help:"The archived person's id, staff number or name."`
}

// Run restores.
func (p *peopleRestoreCmd) Run(ctx context.Context, c *console, g *globals) error {
	return change(ctx, c, g, p.Person, true, func(api *client.Client, id string) (client.ChangedPerson, error) {
		return api.RestorePerson(ctx, id)
	}, "Brought back")
}

// change finds one person, does one thing to them and says what was done.
func change(ctx context.Context, c *console, g *globals, person string, archived bool,
	do func(*client.Client, string) (client.ChangedPerson, error), done string,
) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findAmong(ctx, api, person, archived)
	if err != nil {
		return err
	}
	got, err := do(api, id)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	fmt.Fprintf(c.out, "%s %s (%s).\n", done, command.Clean(got.Name), got.ID)
	for _, n := range got.NewPINs {
		whose := "PIN"
		if n.Subject != got.ID {
			whose = "Universal PIN of " + n.Subject
		}
		fmt.Fprintf(c.out, "%s: %s   It is shown this once; kiosks have it in a few seconds.\n", whose, n.PIN)
	}
	return nil
}

type peoplePINCmd struct {
	Person  string `arg:"" help:"The person's id, staff number or name."`
	PINFile string `name:"pin-file" help:"Use the PIN on the first line of standard input (-) instead of a generated one: an argument could be read by others on this machine." placeholder:"-" enum:",-" default:""`
}

// Run sets the PIN.
func (p *peoplePINCmd) Run(ctx context.Context, c *console, g *globals) error {
	typed, err := typedPIN(c, p.PINFile)
	if err != nil {
		return err
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findPerson(ctx, api, p.Person)
	if err != nil {
		return err
	}
	got, err := api.SetPIN(ctx, id, typed)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	fmt.Fprintf(c.out, "PIN: %s   It is shown this once; the old one ends when the kiosks hear of it.\n", got.PIN)
	return nil
}
