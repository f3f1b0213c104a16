package main

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

type importsCmd struct {
	List importsListCmd `cmd:"" default:"withargs" help:"Show the last imports of people, the newest first."`
	Undo importsUndoCmd `cmd:"" help:"Take an import back: everybody whom it made is gone, if nobody of them has punched or was changed."`
}

type importsListCmd struct{}

// Run lists.
func (importsListCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.Imports(ctx)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	if len(got.Imports) == 0 {
		fmt.Fprintln(c.out, "Nobody has imported people yet.")
		return nil
	}
	rows := make([][]string, len(got.Imports))
	for n, i := range got.Imports {
		state := ""
		switch {
		case i.Undone:
			state = "undone"
		case i.Touched > 0:
			state = strconv.Itoa(i.Touched) + " have punched or were changed"
		}
		rows[n] = []string{strconv.FormatInt(i.ID, 10), i.At.Local().Format(time.DateTime), i.By, strconv.Itoa(i.People), state}
	}
	table(c.out, []string{"ID", "TIME", "BY", "PEOPLE", "STATE"}, rows)
	return nil
}

type importsUndoCmd struct {
	ID int64 `arg:"" name:"id" help:"The import's id, as the list shows it."`
}

// Run takes it back.
func (u importsUndoCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.UndoImport(ctx, u.ID)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	fmt.Fprintln(c.out, "Undone.")
	return nil
}
