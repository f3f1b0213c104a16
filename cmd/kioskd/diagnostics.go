package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/timepost/timepost/device/diagnostics"
	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/wire"
)

// diagnosticsCmd is kioskd diagnostics.
type diagnosticsCmd struct {
	Socket string `help:"Where the daemon listens. Default: ${socket}." default:"${socket}" placeholder:"PATH"`
	Out    string `help:"Save the archive, a .tar.gz, to this file instead of handing it in." placeholder:"FILE" type:"path"`
}

// diagnoseWithin is how long is waited for the daemon.
const diagnoseWithin = 3 * time.Minute

// Run asks the daemon for the archive, or to hand it in.
func (c *diagnosticsCmd) Run(ctx context.Context, con *console) error {
	client := local.Dial(c.Socket)
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, diagnoseWithin)
	defer cancel()
	body, err := client.Diagnostics(ctx, c.Out == "")
	if err != nil {
		return err
	}
	if c.Out == "" {
		_, err := fmt.Fprintln(con.out, "Handed in at the server: fleet kiosk diagnostics shows it.")
		return err
	}
	f, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return problem.New(problem.Invalid, c.Out+" can't be made.", "It must not be there yet; check --out.").Because(err)
	}
	_, err = f.Write(body)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(c.Out))
	}
	_, err = fmt.Fprintf(con.out, "Wrote %s.\n", c.Out)
	return err
}

// remembered gives a logger whose newest lines go into the archive of diagnostics.
func remembered(log *slog.Logger) (*slog.Logger, *diagnostics.Lines) {
	lines := diagnostics.NewLines()
	return slog.New(lines.Handler(log.Handler())), lines
}

// archive gives what makes the archive of diagnostics and hands it in.
func (k *kiosk) archive(id *enrol.Identity, own *credential, s store, report *reporter, a *agent.Agent, handed func() handedIn) *diagnostics.Sender {
	return diagnostics.New(diagnostics.Config{
		Org: id.Org, Kiosk: id.Kiosk, Key: id.RecordKey, Data: k.cmd.Data, Central: k.listener(own), Journal: s.journal,
		Machine: teller{id, s, report, a, handed}, Lines: k.lines, Now: time.Now,
	})
}

// teller tells of this kiosk for the archive.
type teller struct {
	id     *enrol.Identity
	store  store
	report *reporter
	agent  *agent.Agent
	handed func() handedIn
}

// Health is what central is told, too.
func (t teller) Health(ctx context.Context) (wire.Health, error) {
	return t.report.health(ctx, t.agent.Status())
}

// Settings are those in force.
func (t teller) Settings(ctx context.Context) (wire.SettingsRow, error) {
	return settingsOf(ctx, t.id, t.store.cache)
}

// Link is how the conversation stands.
func (t teller) Link() diagnostics.Link {
	s := t.agent.Status()
	return diagnostics.Link{
		Connected: s.Connected, LastContact: s.LastContact.UTC(), Failed: s.Failed.UTC(), Fault: string(s.Fault), HandedIn: t.handed().Records,
	}
}

// Counts are those of the roster.
func (t teller) Counts() map[string]int {
	c := t.store.cache
	return map[string]int{
		"people": c.Count(), "caretakers": len(c.Caretakers()), "teams": len(c.Teams()), "projects": len(c.Projects()), "messages": len(c.Messages()),
	}
}
