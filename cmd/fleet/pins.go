package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/sheet"
	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

type pinsCmd struct {
	Length pinsLengthCmd `cmd:"" help:"Show or change how many digits new PINs have."`
	Renew  pinsRenewCmd  `cmd:"" help:"Give people with a PIN of the old length a new one, team by team."`
}

type pinsLengthCmd struct {
	Digits int `arg:"" optional:"" help:"4 or 6; without it the length is shown."`
}

// Run shows or changes the length.
func (p *pinsLengthCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	var got client.PINLength
	if p.Digits == 0 {
		got, err = api.PINLength(ctx)
	} else {
		got, err = api.SetPINLength(ctx, p.Digits)
	}
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	fmt.Fprintf(c.out, "New PINs have %d digits.\n", got.Digits)
	for _, n := range got.NewPINs {
		fmt.Fprintf(c.out, "New Universal PIN of %s: %s\n", command.Clean(n.Subject), n.PIN)
	}
	var rows [][]string
	for _, t := range got.Teams {
		if t.Due > 0 {
			rows = append(rows, []string{teamName(t.Team), fmt.Sprint(t.Due), fmt.Sprint(t.People)})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	fmt.Fprintln(c.out, "\nThese have a PIN of the old length, which works until: fleet pins renew TEAM")
	table(c.out, []string{"TEAM", "OLD", "OF"}, rows)
	return nil
}

func teamName(name string) string {
	if name == "" {
		return "(no team)"
	}
	return name
}

type pinsRenewCmd struct {
	Team    string `arg:"" optional:"" help:"The team's name; without it the people without a team."`
	All     bool   `help:"All teams, one after the other."`
	PINsOut string `required:"" name:"pins-out" help:"Write names and PINs to this new file, readable by you alone." placeholder:"FILE.csv"`
}

// Help is shown by fleet pins renew --help.
func (pinsRenewCmd) Help() string {
	return `The old PINs end as the kiosks hear. PINs are written as they are made: if the line breaks, those in the file hold,
and the command can be run again with another file for the rest.

  fleet pins length 6
  fleet pins renew Bakery --pins-out bakery.csv
  fleet pins renew --all --pins-out pins.csv`
}

// Run renews.
func (p *pinsRenewCmd) Run(ctx context.Context, c *console, g *globals) (err error) {
	if p.All && p.Team != "" {
		return problem.New(problem.Invalid, "Either a team or --all.", "Leave one of them out.")
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	teams, err := p.teams(ctx, api)
	if err != nil {
		return err
	}
	file, err := newPINsFile(p.PINsOut)
	if err != nil {
		return err
	}
	made := 0
	defer func() { err = errors.Join(err, p.close(file, made)) }()
	out := sheet.NewCSV(file)
	if err := out.Row("id", "staff_no", "name", "team", "pin"); err != nil {
		return fmt.Errorf("write PINs: %w", err)
	}
	for _, t := range teams {
		n, err := renewTeam(ctx, api, t, out)
		made += n
		if err != nil {
			return err
		}
	}
	if g.JSON {
		return printJSON(c.out, map[string]int{"renewed": made})
	}
	if made == 0 {
		fmt.Fprintln(c.out, "Nobody has a PIN of the old length.")
		return nil
	}
	fmt.Fprintf(c.out, "%s in %s: hand them out, then delete it.\n", plural(made, "new PIN is", "new PINs are"), p.PINsOut)
	return nil
}

// teams gives the teams to renew that have somebody left.
func (p *pinsRenewCmd) teams(ctx context.Context, api *client.Client) ([]string, error) {
	length, err := api.PINLength(ctx)
	if err != nil {
		return nil, err
	}
	var out, known []string
	for _, t := range length.Teams {
		known = append(known, t.Team)
		if t.Due > 0 && (p.All || t.Team == p.Team) {
			out = append(out, t.Team)
		}
	}
	if p.Team != "" && !slices.Contains(known, p.Team) {
		return nil, problem.New(problem.NotFound, "Nobody is in a team “"+p.Team+"”.", "Look at: fleet pins length")
	}
	return out, nil
}

// renewTeam writes each batch to the file before it asks for the next.
func renewTeam(ctx context.Context, api *client.Client, team string, out *sheet.CSV) (made int, err error) {
	for more := true; more; {
		got, err := api.RenewTeam(ctx, team)
		if err != nil {
			return made, err
		}
		for _, x := range got.People {
			err = errors.Join(err, out.Row(x.ID, x.StaffNo, x.Name, x.Team, x.PIN))
		}
		if err := errors.Join(err, out.Flush()); err != nil {
			return made, fmt.Errorf("write PINs: %w", err)
		}
		made += len(got.People)
		more = got.More && len(got.People) > 0
	}
	return made, nil
}

// close makes the file durable, or removes it where nothing is in it.
func (p *pinsRenewCmd) close(file *os.File, made int) error {
	err := errors.Join(file.Sync(), file.Close())
	if made == 0 {
		err = errors.Join(err, os.Remove(p.PINsOut))
	}
	if err != nil {
		return fmt.Errorf("write PINs: %w", err)
	}
	return nil
}

// newPINsFile makes a file that only its owner may read, and never over another.
func newPINsFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, problem.New(problem.Conflict, path+" exists already; it may hold other PINs.", "Choose another name for --pins-out.")
	}
	if err != nil {
		return nil, problem.New(problem.Invalid, path+" can't be written.", "Check --pins-out.").Because(err)
	}
	return f, nil
}
