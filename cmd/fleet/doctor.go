package main

import (
	"context"
	"fmt"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

type doctorCmd struct {
	Kiosk string `arg:"" optional:"" help:"Only this kiosk: an id or a name; without it the server and all kiosks."`
}

// Help is shown by fleet doctor --help.
func (doctorCmd) Help() string {
	return `Looks at everything between you and a punch, in order: your login, the network, the
server's certificate and clock, the mail, each kiosk. What is wrong comes with what to
do. Exit code 0: nothing is, or only what can wait; 69: something needs you now.

  fleet doctor
  fleet doctor "Front door"
  fleet doctor --json | jq '.findings[] | select(.state == "bad")'`
}

// How a thing is.
const (
	stateFine = "fine"
	stateLook = "look" // can wait
	stateBad  = "bad"
)

// finding is one thing that was looked at.
type finding struct {
	State string `json:"state"` // fine, look, bad
	What  string `json:"what"`  // login, network, certificate, clock, mail, or the kiosk's name
	Words string `json:"words"`
	Next  string `json:"next,omitempty"` // what to do
}

// Run looks, tells, and fails where something is bad.
func (d *doctorCmd) Run(ctx context.Context, c *console, g *globals) error {
	found := d.examine(ctx, g)
	bad := 0
	for _, f := range found {
		if f.State == stateBad {
			bad++
		}
	}
	if g.JSON {
		if err := printJSON(c.out, struct {
			Findings []finding `json:"findings"`
		}{found}); err != nil {
			return err
		}
	} else {
		d.tell(c, found)
	}
	if bad > 0 {
		return problem.New(problem.Unavailable, plural(bad, "thing needs", "things need")+" you now.", "What to do stands below each.")
	}
	return nil
}

func (d *doctorCmd) tell(c *console, found []finding) {
	mark := map[string]string{stateFine: "ok  ", stateLook: "look", stateBad: "BAD "}
	for _, f := range found {
		fmt.Fprintf(c.out, "%s  %s: %s\n", mark[f.State], command.Clean(f.What), command.Clean(f.Words))
		if f.Next != "" {
			fmt.Fprintf(c.out, "      %s\n", command.Clean(f.Next))
		}
	}
}

// examine looks at one thing after the other; the first that is in the way of the
// others ends it.
func (d *doctorCmd) examine(ctx context.Context, g *globals) []finding {
	conf, err := g.config()
	if err != nil {
		return []finding{badly("login", err)}
	}
	found, reached := examineWay(ctx, conf)
	if !reached {
		return found
	}
	api, err := client.New(conf)
	if err != nil {
		return append(found, badly("login", err))
	}
	defer api.Close()
	kiosks, err := api.Kiosks(ctx)
	if err != nil {
		return append(found, badly("login", err))
	}
	found = append(found, finding{stateFine, "login", "The token is good.", ""})
	if d.Kiosk == "" {
		return append(append(found, examineMail(ctx, api)...), examineKiosks(kiosks)...)
	}
	id, err := findKiosk(ctx, api, d.Kiosk)
	if err != nil {
		return append(found, badly(d.Kiosk, err))
	}
	for _, k := range kiosks {
		if k.ID == id {
			found = append(found, examineKiosk(k)...)
		}
	}
	return found
}

// badly is a finding that an error is the whole of.
func badly(what string, err error) finding {
	p := problem.From(err)
	f := finding{stateBad, what, p.Message, p.Hint}
	if p.Err != nil {
		f.Words += " (" + p.Err.Error() + ")"
	}
	return f
}
