package main

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

type kioskPendingCmd struct{}

// Help is shown by fleet kiosk pending --help.
func (kioskPendingCmd) Help() string {
	return `A machine without a code asks to be let in and shows a check value. Compare it with this list, character by
character: the same value proves that nobody is in between. Then:

  fleet kiosk accept 7K3Q-M0R2-T9XW --name "Dock 1"       it becomes a new kiosk
  fleet kiosk accept 7K3Q-M0R2-T9XW --as "Front door"     it becomes that kiosk, in place of its old machine
  fleet kiosk reject 7K3Q-M0R2-T9XW`
}

// Run lists.
func (kioskPendingCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	all, err := api.WaitingKiosks(ctx)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, client.WaitingKiosks{Waiting: all})
	}
	if len(all) == 0 {
		fmt.Fprintln(c.out, "No machine waits to be let in. One asks by its Enrol screen without a code, or with: kioskd enrol --server HOST")
		return nil
	}
	rows := make([][]string, len(all))
	for i, m := range all {
		rows[i] = []string{m.Check, m.Address, m.Hardware, m.Software, m.AskedAt.Local().Format(time.DateTime)}
	}
	table(c.out, []string{"CHECK VALUE", "ADDRESS", "HARDWARE", "SOFTWARE", "ASKED"}, rows)
	return nil
}

type kioskAcceptCmd struct {
	Check string `arg:"" help:"The check value that the machine shows."`
	Name  string `help:"Make it a new kiosk of this name." placeholder:"NAME"`
	Zone  string `help:"The new kiosk's time zone; the organisation's unless given." placeholder:"ZONE"`
	NoPIN bool   `name:"no-pin" help:"People clock in at the new kiosk without a PIN."`
	As    string `help:"Make it this kiosk, in place of its old machine." placeholder:"KIOSK"`
	Force bool   `help:"With --as, also where punches may still be on the old machine."`
}

// Run accepts.
func (k *kioskAcceptCmd) Run(ctx context.Context, c *console, g *globals) error {
	if (k.Name == "") == (k.As == "") {
		return problem.New(problem.Invalid, "What the machine becomes is not clear.", "Give --name for a new kiosk, or --as for one that there is.")
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	pin := !k.NoPIN
	in := client.AcceptKiosk{Name: k.Name, Zone: k.Zone, RequiresPIN: &pin, Force: k.Force}
	if k.As != "" {
		if in.Kiosk, err = findKiosk(ctx, api, k.As); err != nil {
			return err
		}
		in.RequiresPIN = nil
	}
	id, err := api.AcceptKiosk(ctx, k.Check, in)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, client.AcceptedKiosk{Kiosk: id})
	}
	fmt.Fprintf(c.out, "The machine is kiosk %s. It goes on by itself within seconds.\n", id)
	if k.Name != "" {
		fmt.Fprintf(c.out, "Say who is on it: fleet kiosk assign %s --everyone\n", id)
	}
	return nil
}

type kioskRejectCmd struct {
	Check string `arg:"" help:"The check value of the list."`
}

// Run turns away.
func (k *kioskRejectCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	if err := api.RejectKiosk(ctx, k.Check); err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, struct{}{})
	}
	fmt.Fprintln(c.out, "It was turned away and may ask again in an hour.")
	return nil
}
