package main

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

//go:embed demo_people.csv
var demoPeople []byte

const (
	demoOrg   = "harbour-bakery"
	demoName  = "Harbour Bakery"
	demoOwner = "owner@harbour-bakery.example"
	demoZone  = "Europe/Berlin"
	readyIn   = 60 * time.Second
)

// addresses is what central writes when it is ready.
type addresses struct {
	Web    string `json:"web"`
	Device string `json:"device"`
	MQTT   string `json:"mqtt"`
	CAFile string `json:"ca_file"`
}

func (w *demoWorld) centralDir() string { return filepath.Join(w.cmd.Data, "central") }

func (w *demoWorld) startCentral(ctx context.Context) error {
	if w.state.Token == "" {
		if err := w.initCentral(ctx); err != nil {
			return err
		}
	}
	if err := w.choosePorts(); err != nil {
		return err
	}
	addr := filepath.Join(w.centralDir(), "run", "addresses.json")
	if err := os.Remove(addr); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget old addresses: %w", err)
	}
	at := func(i int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(w.state.Ports[i])) }
	err := w.crew.keep("central", nil, filepath.Join(w.bin, "central"), "serve", "--data", w.centralDir(),
		"--web", at(0), "--device", at(1), "--mqtt", at(2), "--hosts", "localhost,127.0.0.1",
		"--clock-within", "1s") // its kiosks read the same clock
	if err != nil {
		return err
	}
	return waitFor(ctx, readyIn, func() bool {
		b, err := os.ReadFile(addr)
		return err == nil && json.Unmarshal(b, new(addresses)) == nil
	})
}

func (w *demoWorld) initCentral(ctx context.Context) error {
	if err := os.RemoveAll(w.centralDir()); err != nil { // a first run that did not get to its end
		return fmt.Errorf("begin again: %w", err)
	}
	w.state.Email, w.state.Password = demoOwner, rand.Text()[:16]
	pass, token := filepath.Join(w.cmd.Data, "password"), filepath.Join(w.cmd.Data, "token")
	if err := writePrivate(pass, []byte(w.state.Password+"\n")); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, filepath.Join(w.bin, "central"), "init", "--data", w.centralDir(),
		"--org", demoOrg, "--name", demoName, "--zone", demoZone, "--owner", w.state.Email,
		"--password-file", pass, "--token-file", token).CombinedOutput()
	if err != nil {
		return fmt.Errorf("central init: %w: %s", err, bytes.TrimSpace(out))
	}
	b, err := os.ReadFile(token)
	if err != nil {
		return fmt.Errorf("read token: %w", err)
	}
	w.state.Token = strings.TrimSpace(string(b))
	return errors.Join(w.state.save(), os.Remove(pass), os.Remove(token))
}

// choosePorts keeps the ports of the last run, which the kiosk has learnt, or
// draws free ones.
func (w *demoWorld) choosePorts() error {
	for i, port := range w.state.Ports {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			return problem.New(problem.Conflict, fmt.Sprintf("Port %d, which this demo used before, is taken.", port),
				"Stop the other program, or choose another folder with --data.").Because(err)
		}
		w.state.Ports[i] = l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			return fmt.Errorf("free port: %w", err)
		}
	}
	return w.state.save()
}

func (w *demoWorld) web() string { return "https://localhost:" + strconv.Itoa(w.state.Ports[0]) }

func (w *demoWorld) caFile() string { return filepath.Join(w.centralDir(), "keys", "ca.crt") }

func (w *demoWorld) client() (*client.Client, error) {
	return client.New(client.Config{Server: w.web(), Token: w.state.Token, CAFile: w.caFile()})
}

// populate makes the people and the kiosks on the first run.
func (w *demoWorld) populate(ctx context.Context) error {
	c, err := w.client()
	if err != nil {
		return err
	}
	defer c.Close()
	if len(w.state.People) > 0 && w.cmd.People != "" {
		fmt.Fprintln(w.out.err, "(this folder has its people already; for others choose a new one with --data)")
	}
	if len(w.state.People) == 0 {
		if err := w.importPeople(ctx, c); err != nil {
			return err
		}
	}
	if w.state.Kiosk == "" {
		k, err := c.CreateKiosk(ctx, client.NewKiosk{Name: "Front door"})
		if err != nil {
			return err
		}
		w.state.Kiosk, w.state.Universal = k.ID, k.UniversalPIN
		if err := w.state.save(); err != nil {
			return err
		}
	}
	if w.state.Spare == "" {
		k, err := c.CreateKiosk(ctx, client.NewKiosk{Name: "Loading dock"})
		if err != nil {
			return err
		}
		w.state.Spare = k.ID
	}
	for _, id := range []string{w.state.Kiosk, w.state.Spare} {
		if _, err := c.Assign(ctx, id, client.Assignments{Everyone: true}); err != nil {
			return err
		}
	}
	if err := w.state.save(); err != nil {
		return err
	}
	return awaitHashing(ctx, c)
}

// awaitHashing waits until the PINs that the banner tells of can be used: 40
// people take about 3 s, or a minute on a machine that is busy. Of thousands
// the first already work, and the rest go on behind.
func awaitHashing(ctx context.Context, c *client.Client) error {
	const patience, crowd, crowdPatience = readyIn, 200, 10 * time.Second
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		h, err := c.Hashing(ctx)
		if ctx.Err() != nil || err == nil && h.Pending == 0 || h.Total > crowd && time.Since(began) > crowdPatience {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (w *demoWorld) importPeople(ctx context.Context, c *client.Client) error {
	csv := demoPeople
	if w.cmd.People != "" {
		b, err := os.ReadFile(w.cmd.People)
		if err != nil {
			return problem.New(problem.NotFound, "The people file can't be read.", "Check --people.").Because(err)
		}
		csv = b
	}
	got, err := c.ImportPeople(ctx, bytes.NewReader(csv), false)
	if err != nil {
		return err
	}
	if len(got.Errors) > 0 {
		return importProblem(got.Errors)
	}
	for _, p := range got.People {
		w.state.People = append(w.state.People, demoPerson{p.ID, p.Name, string(p.Role), p.PIN})
	}
	return w.state.save()
}

// waitFor asks until it is so, for at most limit.
func waitFor(ctx context.Context, limit time.Duration, so func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			return problem.New(problem.Unavailable, "It did not become ready in time.", "Look at the logs in the data folder.").Because(ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

func importProblem(rows []client.RowError) error {
	first := rows[0]
	return problem.New(problem.Invalid, fmt.Sprintf("The people file has %d errors; the first is in row %d: %s", len(rows), first.Row, first.Message),
		"Check it with: fleet people import --dry-run FILE")
}
