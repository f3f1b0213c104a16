package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
)

// provisioning is one run: it makes what is missing.
type provisioning struct {
	*provisionCmd
	api    *client.Client
	cards  map[string]cardMade // what there is, by name
	known  map[string]client.Kiosk
	now    time.Time
	report provisionReport
}

// provisionReport tells what a run has done.
type provisionReport struct {
	Folder  string          `json:"folder"`
	Made    []cardMade      `json:"made"`
	Kept    []cardMade      `json:"kept,omitempty"`     // files of an earlier run that are good
	SetUp   []string        `json:"set_up,omitempty"`   // kiosks that have a machine already
	NewPINs []client.NewPIN `json:"new_pins,omitempty"` // that the PIN rules needed; given once
}

// all goes through the kiosks; what was made before an error stays, and is in the
// manifest.
func (p *provisioning) all(ctx context.Context, c *console) error {
	p.report.Folder, p.known = p.Out, map[string]client.Kiosk{}
	kiosks, err := p.api.Kiosks(ctx)
	if err != nil {
		return err
	}
	for _, k := range kiosks {
		p.known[k.Name] = k
	}
	bar := newProgress(c.err, "Kiosks")
	defer bar.end()
	for i := range p.Count {
		bar.at(i, p.Count)
		if err := p.one(ctx, p.name(i)); err != nil {
			return fmt.Errorf("provision %q, %d of %d: %w", p.name(i), i+1, p.Count, err)
		}
	}
	bar.at(p.Count, p.Count)
	return nil
}

func (p *provisioning) one(ctx context.Context, name string) error {
	k, ok := p.known[name]
	if ok && k.Status != "new" {
		p.report.SetUp = append(p.report.SetUp, name)
		return nil
	}
	file := filepath.Join(folderOf(name), cardFile)
	if was := p.cards[name]; ok && was.Kiosk == k.ID && was.Expires.After(p.now.Add(24*time.Hour)) {
		if _, err := os.Stat(filepath.Join(p.Out, was.File)); err == nil {
			p.report.Kept = append(p.report.Kept, was)
			return nil
		}
	}
	if !ok {
		requires := !p.NoPIN
		var err error
		if k, err = p.api.CreateKiosk(ctx, client.NewKiosk{Name: name, Zone: p.Zone, RequiresPIN: &requires, Lang: p.Lang}); err != nil {
			return err
		}
	}
	if p.Everyone || len(p.Team) > 0 {
		got, err := p.api.Assign(ctx, k.ID, client.Assignments{Everyone: p.Everyone, Teams: p.Team})
		if err != nil {
			return err
		}
		p.report.NewPINs = append(p.report.NewPINs, got.NewPINs...)
	}
	code, err := p.api.LastingCode(ctx, k.ID, p.Days)
	if err != nil {
		return err
	}
	made := cardMade{Name: name, Kiosk: k.ID, File: file, Expires: code.Expires}
	if err := writeCard(filepath.Join(p.Out, file), fmt.Sprintf("%q, good once, until %s", name, code.Expires.Format(time.DateOnly)), code.URL); err != nil {
		return err
	}
	p.cards[name] = made
	p.report.Made = append(p.report.Made, made)
	return writeManifest(p.Out, p.cards)
}

func (p *provisioning) show(c *console) error {
	r := p.report
	fmt.Fprintf(c.out, "%s in %s.", plural(len(r.Made), "new file", "new files"), command.Clean(r.Folder))
	if n := len(r.Kept); n > 0 {
		fmt.Fprintf(c.out, " %s there already.", plural(n, "good one was", "good ones were"))
	}
	if n := len(r.SetUp); n > 0 {
		fmt.Fprintf(c.out, " %s a machine already.", plural(n, "kiosk has", "kiosks have"))
	}
	fmt.Fprintln(c.out)
	if len(r.Made) > 0 {
		first := r.Made[0]
		fmt.Fprintf(c.out, "Next, for each card: cp %s to its boot partition. The files are secrets, good until %s.\n",
			command.Clean(fmt.Sprintf("%q", filepath.Join(r.Folder, first.File))), first.Expires.Local().Format(time.DateOnly))
	}
	if len(r.NewPINs) == 0 {
		return nil
	}
	fmt.Fprintln(c.out, "\nThe PIN rules needed new PINs. They are shown this once:")
	rows := make([][]string, len(r.NewPINs))
	for i, n := range r.NewPINs {
		rows[i] = []string{n.Kind, n.Subject, n.PIN}
	}
	table(c.out, []string{"KIND", "WHOSE", "PIN"}, rows)
	return nil
}
