package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

type kioskExportCmd struct {
	Kiosk        string `arg:"" help:"The kiosk's id or name."`
	Reason       string `help:"Why, in 10 to 200 characters. It stays in the audit log and goes to the owners." required:"" placeholder:"TEXT"`
	Out          string `help:"The file to write, readable by you alone: .csv or .xlsx." required:"" placeholder:"FILE"`
	Status       bool   `help:"No PINs: how each one is instead. No password is needed."`
	PasswordFile string `help:"Read your password from the first line of this file; - is standard input. Without it you are asked." placeholder:"FILE"`
}

// Help is shown by fleet kiosk export --help.
func (kioskExportCmd) Help() string {
	return `Writes the kiosk's people with their PINs. Your password is asked for, owners
are told, and at most five such files an hour are made. Where your organisation
exports no PINs, the file says how each one is instead.

  fleet kiosk export "Front door" --reason "new starters in the bakery" --out pins.xlsx`
}

// Run exports.
func (k *kioskExportCmd) Run(ctx context.Context, c *console, g *globals) error {
	order := client.ExportOrder{Format: "csv", Reason: k.Reason}
	if strings.HasSuffix(strings.ToLower(k.Out), ".xlsx") {
		order.Format = "xlsx"
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findKiosk(ctx, api, k.Kiosk)
	if err != nil {
		return err
	}
	if !k.Status {
		if order.Password, err = k.password(c); err != nil {
			return err
		}
	}
	// The file is made before PINs are asked for: where it can't be, none leave.
	f, err := os.OpenFile(k.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return problem.New(problem.Invalid, k.Out+" can't be made.", "It must not be there yet; check --out.").Because(err)
	}
	pins, err := fetch(ctx, api, id, order, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(k.Out))
	}
	if g.JSON {
		return printJSON(c.out, map[string]any{"file": k.Out, "pins": pins})
	}
	if pins {
		fmt.Fprintf(c.out, "Wrote %s with PINs: hand them out, then delete it.\n", k.Out)
		return nil
	}
	fmt.Fprintf(c.out, "Wrote %s without PINs: it says how each one is.\n", k.Out)
	return nil
}

func (k *kioskExportCmd) password(c *console) (string, error) {
	path, err := profilePath()
	if err != nil {
		return "", err
	}
	stored, err := loadProfile(path)
	if err != nil {
		return "", err
	}
	return (&loginCmd{Email: first(stored.Email, "your account"), PasswordFile: k.PasswordFile}).password(c)
}

func fetch(ctx context.Context, api *client.Client, id string, order client.ExportOrder, to *os.File) (pins bool, err error) {
	body, pins, err := api.ExportAssignees(ctx, id, order)
	if err != nil {
		return false, err
	}
	_, err = io.Copy(to, body)
	return pins, errors.Join(err, body.Close(), to.Sync())
}
