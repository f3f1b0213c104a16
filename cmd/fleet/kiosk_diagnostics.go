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

type kioskDiagnosticsCmd struct {
	Kiosk   string `arg:"" help:"The kiosk's id or name."`
	Out     string `help:"Save an archive, a .tar.gz, to this file instead: the newest, or the one named by --archive." placeholder:"FILE"`
	Archive string `help:"Which one, by its id in the list." placeholder:"ID"`
}

// Run lists or saves.
func (k *kioskDiagnosticsCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findKiosk(ctx, api, k.Kiosk)
	if err != nil {
		return err
	}
	list, err := api.Diagnostics(ctx, id)
	if err != nil {
		return err
	}
	if k.Out != "" {
		return k.save(ctx, c, g, api, id, list)
	}
	if g.JSON {
		return printJSON(c.out, list)
	}
	if len(list.Archives) == 0 {
		fmt.Fprintln(c.out, "This kiosk has handed in no diagnostics.")
		return nil
	}
	var rows [][]string
	for _, a := range list.Archives {
		rows = append(rows, []string{a.At.Local().Format("2006-01-02 15:04:05"), fmt.Sprintf("%d KiB", (a.Size+1023)/1024), a.ID})
	}
	table(c.out, []string{"CAME IN", "SIZE", "ARCHIVE"}, rows)
	return nil
}

func (k *kioskDiagnosticsCmd) save(ctx context.Context, c *console, g *globals, api *client.Client, kiosk string, list client.DiagnosticsList) error {
	which := k.Archive
	if which == "" {
		if len(list.Archives) == 0 {
			return problem.New(problem.NotFound, "This kiosk has handed in no diagnostics.", "Nothing was saved.")
		}
		which = list.Archives[0].ID
	}
	body, err := api.OpenDiagnostics(ctx, kiosk, which)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(k.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return errors.Join(problem.New(problem.Invalid, k.Out+" can't be made.", "It must not be there yet; check --out.").Because(err), body.Close())
	}
	_, err = io.Copy(f, body)
	if err = errors.Join(err, body.Close(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(k.Out))
	}
	if g.JSON {
		return printJSON(c.out, map[string]string{"file": k.Out, "archive": which})
	}
	fmt.Fprintf(c.out, "Wrote %s.\n", k.Out)
	return nil
}
