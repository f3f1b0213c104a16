package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

type peopleDataCmd struct {
	Person string `arg:"" help:"The person's id, staff number or name; also of somebody who was archived."`
	Out    string `help:"The file to write, readable by you alone. Without it the data is printed." placeholder:"FILE"`
}

// Help is shown by fleet people data --help.
func (peopleDataCmd) Help() string {
	return `Everything that is kept about one person, as JSON, for them to have: who they are,
their punches with what was recorded and what was put right, and what the audit log
tells of them. No PIN is in it. For owners; the audit log says that it was done.

  fleet people data "Ada Brandt" --out ada.json`
}

// Run writes what is kept.
func (p *peopleDataCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findPerson(ctx, api, p.Person)
	if err == nil && id == p.Person { // an id, or nobody who clocks in is called that
		id, err = findAmong(ctx, api, p.Person, true)
	}
	if err != nil {
		return err
	}
	if p.Out == "" {
		return copyData(ctx, api, id, c.out)
	}
	f, err := os.OpenFile(p.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return problem.New(problem.Invalid, p.Out+" can't be made.", "It must not be there yet; check --out.").Because(err)
	}
	err = copyData(ctx, api, id, f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(p.Out))
	}
	fmt.Fprintf(c.err, "Wrote %s.\n", p.Out)
	return nil
}

func copyData(ctx context.Context, api *client.Client, id string, to io.Writer) error {
	body, err := api.PersonData(ctx, id)
	if err != nil {
		return err
	}
	if _, err = io.Copy(to, body); err != nil {
		err = problem.New(problem.Unavailable, "The answer was cut off.", "Try again.").Because(err)
	}
	return errors.Join(err, body.Close())
}
