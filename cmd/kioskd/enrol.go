package main

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/device/wipe"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/httplink"
)

// enrolCmd is kioskd enrol.
type enrolCmd struct {
	URL    string    `arg:"" optional:"" help:"The whole enrolment address, timepost://host:port/CODE?ca=..., as fleet kiosk code prints it."`
	Server string    `help:"Central's web address, where there is no whole enrolment address." placeholder:"HOST[:PORT]"`
	Code   string    `help:"The code, 10 characters, with or without the dash. Without one the machine asks to be let in and shows a value to compare." placeholder:"CODE"`
	CA     authority `help:"The certificate of the authority behind the server, where this machine does not know it." placeholder:"FILE"`
	Data   string    `help:"Enrol in this folder, without asking a running daemon. Default: ask the daemon; where none runs, ${data}." type:"path" placeholder:"DIR"`
	Socket string    `help:"Where the running daemon listens. Default: ${socket}." default:"${socket}" type:"path" placeholder:"PATH"`

	LeaveUnsent bool `help:"Enrol anew even if punches made here have not reached the server: they stay behind, in a file of the data folder."`
}

// firstRoster is how long the end of an enrolment waits for the first roster.
const firstRoster = 30 * time.Second

// Run enrols through the running daemon, which then goes on as that kiosk; or,
// where none runs, in the data folder.
func (c *enrolCmd) Run(ctx context.Context, con *console) error {
	req, err := c.request()
	if err != nil {
		return err
	}
	step := func(s local.EnrolStep) {
		switch {
		case s.Check != "" && !s.Done:
			fmt.Fprintf(con.out, askedWords, s.Check) //nolint:errcheck // progress only
		case s.Done:
			fmt.Fprintln(con.out, stepWords(s.Name)) //nolint:errcheck // progress only
		}
	}
	if c.Data == "" && c.CA == "" {
		client := local.Dial(c.Socket)
		defer client.Close()
		if _, err := client.State(ctx); err == nil {
			return client.Enrol(ctx, req, step)
		}
	}
	return c.direct(ctx, con, req, step)
}

func (c *enrolCmd) request() (local.EnrolRequest, error) {
	switch {
	case c.URL != "" && c.Server == "" && c.Code == "":
		return local.EnrolRequest{Server: c.URL}, nil
	case c.URL == "" && c.Server != "": // without a code it asks to be let in
		return local.EnrolRequest{Server: c.Server, Code: c.Code}, nil
	}
	return local.EnrolRequest{}, problem.New(problem.Invalid, "Where to enrol is not clear.",
		"Give the whole timepost:// address, or --server and --code; --server alone asks to be let in.")
}

// direct enrols in the data folder itself.
func (c *enrolCmd) direct(ctx context.Context, con *console, req local.EnrolRequest, step func(local.EnrolStep)) error {
	dir := c.Data
	if dir == "" {
		dir = defaultData
	}
	deps, err := c.CA.deps()
	if err != nil {
		return err
	}
	if _, err := wipe.Finish(dir); err != nil {
		return err
	}
	if !c.LeaveUnsent {
		if err := checkUnsent(ctx, dir); err != nil {
			return err
		}
	}
	id, err := enrol.Enrol(ctx, dir, deps, req, step)
	if err != nil {
		return err
	}
	came, err := fetchRoster(ctx, dir, id, step)
	if err != nil {
		return err
	}
	next := "People can clock in as soon as kioskd runs, with or without the network."
	if !came {
		next = "Its people come as soon as kioskd runs and reaches central."
	}
	_, err = fmt.Fprintf(con.out, "This machine is kiosk %s of %s. Keys and identity are in %s.\n%s\n", id.Kiosk, id.Org, dir, next)
	return err
}

// askedWords tell what is shown to whoever compares.
const askedWords = `
  Check value   %s

Somebody has to let this machine in: on Kiosks in the browser, or with fleet kiosk accept.
They must see the same value; another one means that somebody is in between. Waiting ...

`

func stepWords(name string) string {
	switch name {
	case enrol.StepKeys:
		return "made the keys"
	case enrol.StepFindServer:
		return "found the server"
	case enrol.StepWaiting:
		return "was let in"
	case enrol.StepAskCertificate:
		return "got the certificate"
	case enrol.StepFirstRoster:
		return "got the first roster"
	}
	return name
}

// authority is a file with a certificate that is believed beside the system's.
type authority string

// deps gives what enrolment stands on.
func (a authority) deps() (enrol.Deps, error) {
	d := enrol.Deps{Random: rand.Reader, Software: "kioskd " + version, Serial: serial()}
	cfg := httplink.Config{Built: built(), Now: time.Now}
	if a != "" {
		ca, err := a.read()
		if err != nil {
			return d, err
		}
		d.CA = ca
		cfg.Extra = []*x509.Certificate{ca}
	}
	d.Central = httplink.New(cfg)
	return d, nil
}

func (a authority) read() (*x509.Certificate, error) {
	b, err := os.ReadFile(string(a))
	if err != nil {
		return nil, problem.New(problem.NotFound, "The authority's file can't be read.", "Check --ca.").Because(err)
	}
	if block, _ := pem.Decode(b); block != nil {
		b = block.Bytes
	}
	ca, err := x509.ParseCertificate(b)
	if err != nil {
		return nil, problem.New(problem.Invalid, "The authority's file holds no certificate.", "Check --ca.").Because(err)
	}
	return ca, nil
}

// serial gives the hardware's own number, where the machine tells one.
func serial() string {
	for _, path := range []string{"/sys/firmware/devicetree/base/serial-number", "/sys/class/dmi/id/product_serial"} {
		if b, err := os.ReadFile(path); err == nil {
			return strings.Trim(string(b), "\x00 \n")
		}
	}
	return ""
}

// enroller is what the Enrol screen asks.
type enroller struct {
	cmd  *runCmd
	face *face
	wake chan struct{} // there is an identity now
	log  *slog.Logger

	turn sync.Mutex // one enrolment at a time: the screen's, or that of a file
}

// Enrol makes this machine a kiosk; the daemon goes on as that kiosk at once.
func (e *enroller) Enrol(ctx context.Context, r local.EnrolRequest, step func(local.EnrolStep)) error {
	e.turn.Lock()
	defer e.turn.Unlock()
	if e.face.isEnrolled() {
		return problem.New(problem.Conflict, "This machine is a kiosk already.", "To enrol it anew, stop kioskd and use kioskd enrol --data.")
	}
	deps, err := e.cmd.CA.deps()
	if err != nil {
		return err
	}
	id, err := enrol.Enrol(ctx, e.cmd.Data, deps, r, step)
	if err != nil {
		return err
	}
	e.log.Info("enrolled", "org", id.Org, "kiosk", id.Kiosk)
	select {
	case e.wake <- struct{}{}:
	default:
	}
	step(local.EnrolStep{Name: enrol.StepFirstRoster})
	if err := e.awaitRoster(ctx); err != nil {
		// The kiosk is enrolled; its people come when the network does.
		e.log.Warn("first roster is late", "err", err)
		return nil
	}
	step(local.EnrolStep{Name: enrol.StepFirstRoster, Done: true})
	return nil
}

func (e *enroller) awaitRoster(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, firstRoster)
	defer cancel()
	for s := range e.face.Watch(ctx) {
		if s.RosterVer > 0 {
			return nil
		}
	}
	return errors.Join(errors.New("no roster yet"), ctx.Err())
}
