package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/sheet"
	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

type peopleImportCmd struct {
	File    string `arg:"" help:"The CSV file; - is standard input."`
	DryRun  bool   `help:"Only check the file."`
	PINsOut string `name:"pins-out" help:"Write names and PINs to this new file, readable by you alone, instead of the terminal." placeholder:"FILE.csv"`
	Wait    bool   `help:"Wait until kiosks can have all PINs, and show how far it is."`
}

// Help is shown by fleet people import --help.
func (peopleImportCmd) Help() string {
	return `The first line names the columns: name, staff_no and role must be there, team and
lang may be. An empty role is regular; an empty staff_no is none. Comma,
semicolon and tab all separate; UTF-8 and Latin-1 are read.

  name,staff_no,team,role
  Ada Brandt,1001,Bakery,manager
  Ben Okafor,1002,Bakery,

Nothing is imported while any row has an error, and all errors are told at once.
Everybody gets a PIN, which is shown this once. Making PINs ready for kiosks goes
on in the background, about 10 a second: --wait shows how far it is.`
}

// Run imports.
func (i *peopleImportCmd) Run(ctx context.Context, c *console, g *globals) (err error) {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	file, err := i.open(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	pins, err := i.pinsFile()
	if err != nil {
		return err
	}
	got, err := api.ImportPeople(ctx, file, i.DryRun)
	if err == nil && len(got.Errors) > 0 {
		err = i.refused(c, g, got.Errors)
	}
	if err != nil {
		return errors.Join(err, pins.discard())
	}
	if err := pins.write(got.People); err != nil {
		return errors.Join(err, i.show(c, g, got)) // PINs are shown once: better here than nowhere
	}
	if pins.path != "" {
		for n := range got.People {
			got.People[n].PIN = ""
		}
	}
	if err := i.show(c, g, got); err != nil || !i.Wait || i.DryRun {
		return err
	}
	return awaitPINs(ctx, c, api)
}

func (i *peopleImportCmd) open(c *console) (io.ReadCloser, error) {
	if i.File == "-" {
		return io.NopCloser(c.in), nil
	}
	f, err := os.Open(i.File)
	if err != nil {
		return nil, problem.New(problem.NotFound, "The file "+i.File+" can't be read.", "Check its name and that you may read it.").Because(err)
	}
	return f, nil
}

// refused lists what is wrong in the file, row by row.
func (i *peopleImportCmd) refused(c *console, g *globals, rows []client.RowError) error {
	const shown = 100
	if g.JSON {
		if err := printJSON(c.out, client.Imported{DryRun: i.DryRun, Errors: rows}); err != nil {
			return err
		}
	} else {
		for _, r := range rows[:min(len(rows), shown)] {
			fmt.Fprintln(c.err, command.Clean(rowText(r)))
		}
		if len(rows) > shown {
			fmt.Fprintf(c.err, "… and %d more; --json lists all\n", len(rows)-shown)
		}
	}
	return problem.New(problem.Invalid, plural(len(rows), "error", "errors")+" in "+i.File+"; nobody was imported.",
		"Row 1 is the line with the column names. Correct the file and import it again.")
}

func rowText(r client.RowError) string {
	switch {
	case r.Row == 0:
		return "file: " + r.Message
	case r.Field == "":
		return fmt.Sprintf("row %d: %s", r.Row, r.Message)
	default:
		return fmt.Sprintf("row %d, %s: %s", r.Row, r.Field, r.Message)
	}
}

func (i *peopleImportCmd) show(c *console, g *globals, got client.Imported) error {
	if g.JSON {
		return printJSON(c.out, got)
	}
	if i.DryRun {
		fmt.Fprintf(c.out, "The file is good: %s would be added.\n", plural(len(got.People), "person", "people"))
		return nil
	}
	if i.PINsOut != "" {
		fmt.Fprintf(c.out, "Added %s. Their PINs are in %s: hand them out, then delete it.\n", plural(got.Created, "person", "people"), i.PINsOut)
		return nil
	}
	rows := make([][]string, len(got.People))
	for n, p := range got.People {
		rows[n] = []string{p.ID, p.StaffNo, p.Name, p.Team, string(p.Role), p.PIN}
	}
	table(c.out, []string{"ID", "STAFF NO", "NAME", "TEAM", "ROLE", "PIN"}, rows)
	fmt.Fprintf(c.err, "Added %s. The PINs are shown this once.\n", plural(got.Created, "person", "people"))
	return nil
}

// pinsFile is where PINs go. It is made before anybody is imported, because
// PINs that nobody could write down would be lost.
type pinsFile struct {
	path string
	file *os.File
}

func (i *peopleImportCmd) pinsFile() (pinsFile, error) {
	if i.PINsOut == "" || i.DryRun {
		return pinsFile{}, nil
	}
	f, err := newPINsFile(i.PINsOut)
	return pinsFile{path: i.PINsOut, file: f}, err
}

func (p pinsFile) write(people []client.Person) error {
	if p.file == nil {
		return nil
	}
	w := sheet.NewCSV(p.file)
	err := w.Row("id", "staff_no", "name", "team", "role", "pin")
	for _, x := range people {
		err = errors.Join(err, w.Row(x.ID, x.StaffNo, x.Name, x.Team, string(x.Role), x.PIN))
	}
	if err := errors.Join(err, w.Close(), p.file.Sync(), p.file.Close()); err != nil {
		return fmt.Errorf("write PINs: %w", err)
	}
	return nil
}

func (p pinsFile) discard() error {
	if p.file == nil {
		return nil
	}
	return errors.Join(p.file.Close(), os.Remove(p.path))
}

// awaitPINs shows how far the background work is, until it is done.
func awaitPINs(ctx context.Context, c *console, api *client.Client) error {
	show := newProgress(c.err, "Making PINs ready for kiosks")
	defer show.end()
	for {
		h, err := api.Hashing(ctx)
		if err != nil {
			return err
		}
		show.at(h.Total-h.Pending, h.Total)
		if h.Pending == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(250 * time.Millisecond):
		}
	}
}
