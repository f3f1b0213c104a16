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

// statusReport is what an operator asks for: a condition without its session.
type statusReport struct {
	local.Condition
	Session *struct{} `json:"session,omitempty"`
	Name    *struct{} `json:"name,omitempty"`
}

// Run asks the daemon and prints the answer.
func (c *statusCmd) Run(ctx context.Context, con *console) error {
	client := local.Dial(c.Socket)
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	s, err := client.Facts(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		e := json.NewEncoder(con.out)
		e.SetIndent("", "  ")
		return e.Encode(statusReport{Condition: s})
	}
	return printStatus(con.out, s)
}

func printStatus(w io.Writer, s local.Condition) error {
	var b strings.Builder
	line := func(name, value string) { fmt.Fprintf(&b, "%-13s %s\n", name, value) }
	if !s.Enrolled {
		line("kiosk", "not enrolled yet")
		line("next", "type the code on the screen, or: kioskd enrol 'timepost://...'")
		if s.Provisioning != nil {
			line("card", s.Provisioning.File+" does not work: "+s.Provisioning.Message+" "+s.Provisioning.Hint)
		}
		_, err := io.WriteString(w, b.String())
		return err
	}
	line("kiosk", fmt.Sprintf("%s (%s) of %s", command.Clean(s.KioskName), s.KioskID, command.Clean(s.Org)))
	line("people", fmt.Sprintf("%d, roster version %d", s.People, s.RosterVer))
	line("central", contact(s.State))
	line("server", s.Server)
	if s.Refused {
		line("refused", "the server does not let this kiosk in; what is recorded is handed in all the same")
	}
	line("to be sent", waiting(s))
	if s.HandedIn > 0 {
		line("handed in", fmt.Sprintf("%d records past the broker, the last at %s", s.HandedIn, moment(s.HandedAt)))
	}
	line("clock", clockWords(s.State))
	line("keys", keyTier+" (whoever holds this disk can read them)")
	line("certificate", "until "+moment(s.Cert))
	line("disk", fmt.Sprintf("%d MB free", s.DiskFree>>20))
	line("addresses", strings.Join(s.Addresses, ", "))
	line("software", s.Software+", running since "+moment(s.Started))
	for _, r := range s.Readers {
		line("badge reader", readerWords(r))
	}
	if s.Fault != "" {
		line("fault", s.Fault)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func contact(s local.State) string {
	last := "never heard since the start"
	if s.LastContact != 0 {
		last = "last heard " + moment(s.LastContact)
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

func waiting(s local.Condition) string {
	if s.Queue == 0 || s.Oldest == 0 {
		return fmt.Sprint(s.Queue)
	}
	return fmt.Sprintf("%d, the oldest of %s", s.Queue, moment(s.Oldest))
}

func readerWords(r local.Reader) string {
	words := r.ID + " " + command.Clean(r.Name)
	if r.Attached {
		return words + ", attached"
	}
	return words + ", not attached"
}

func moment(ms int64) string { return time.UnixMilli(ms).Format(time.RFC3339) }
