package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/command"
)

// statusCmd is kioskd status.
type statusCmd struct {
	Socket string `help:"Where the daemon listens. Default: ${socket}." default:"${socket}" placeholder:"PATH"`
	JSON   bool   `help:"Print JSON."`
}

// keyTier names where the keys are kept: they are files that whoever has the
// disk can read, so nothing here is called encryption at rest.
const keyTier = "file"

// statusReport is a State with what else an operator asks for.
type statusReport struct {
	local.State
	KeyTier string `json:"key_tier"`
}

// Run asks the daemon and prints the answer.
func (c *statusCmd) Run(ctx context.Context, con *console) error {
	client := local.Dial(c.Socket)
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	s, err := client.State(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		e := json.NewEncoder(con.out)
		e.SetIndent("", "  ")
		return e.Encode(statusReport{s, keyTier})
	}
	return printStatus(con.out, s)
}

func printStatus(w io.Writer, s local.State) error {
	var b strings.Builder
	line := func(name, value string) { fmt.Fprintf(&b, "%-13s %s\n", name, value) }
	if !s.Enrolled {
		line("kiosk", "not enrolled yet")
		line("next", "type the code on the screen, or: kioskd enrol 'timepost://...'")
		_, err := io.WriteString(w, b.String())
		return err
	}
	line("kiosk", fmt.Sprintf("%s (%s) of %s", command.Clean(s.KioskName), s.KioskID, command.Clean(s.Org)))
	line("people", fmt.Sprintf("%d, roster version %d", s.People, s.RosterVer))
	line("central", contact(s))
	line("to be sent", fmt.Sprint(s.Queue))
	line("clock", clockWords(s))
	line("keys", keyTier+" (whoever holds this disk can read them)")
	if s.Fault != "" {
		line("fault", s.Fault)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func contact(s local.State) string {
	last := "never heard since the start"
	if s.LastContact != 0 {
		last = "last heard " + time.UnixMilli(s.LastContact).Format(time.RFC3339)
	}
	if s.Connected {
		return "connected, " + last
	}
	return "not connected, " + last
}

func clockWords(s local.State) string {
	if s.ClockOK {
		return "synchronised, zone " + s.Zone
	}
	return "not synchronised, zone " + s.Zone
}
