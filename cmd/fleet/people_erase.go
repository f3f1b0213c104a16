package main

import (
	"context"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

type peopleEraseCmd struct {
	Person  string `arg:"" help:"The archived person's id, staff number or name."`
	ForGood bool   `help:"It can't be undone, and that is meant."`
}

// Run erases.
func (p *peopleEraseCmd) Run(ctx context.Context, c *console, g *globals) error {
	if !p.ForGood {
		return problem.New(problem.Invalid, "Erasing can't be undone.", "Say that it is meant: --for-good. Their data first: fleet people data PERSON --out FILE")
	}
	return change(ctx, c, g, p.Person, true, func(api *client.Client, id string) (client.ChangedPerson, error) {
		return api.ErasePerson(ctx, id)
	}, "Erased; left is")
}
