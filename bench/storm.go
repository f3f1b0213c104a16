package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/timepost/timepost/central/client"
)

// The fleet that comes back in one minute.
const (
	stormSize   = 2000
	stormCrews  = 4                     // processes, each with as many files as one may have
	stormPause  = 20 * time.Millisecond // between two punches of the fleet: 50 a second, as at the change of shifts
	stormCalm   = 40 * time.Second
	stormLimit  = 120 * time.Second
	stormPeople = fleetTeams * 20
)

// storm is a fleet, the central that it talks to, and what was seen.
type storm struct {
	dir, home string
	at        [3]string // web, devices, MQTT
	central   *running
	crews     crews
	people    []string
	punches   int64
	waits     []wait
	rows      []row
}

// benchStorm restarts broker and central, which are one program, under a whole
// fleet that goes on punching: once killed, once asked to stop.
func benchStorm(ctx context.Context) (s section, err error) {
	s = section{
		Title: fmt.Sprintf("A storm: broker and central restarted under %d kiosks", stormSize),
		Note: fmt.Sprintf("Central with its embedded broker is the real program; the kiosks are kioskd's own parts, each with journal and cache on disk and mutual TLS, in %d processes on the same cores. "+
			"%d punches a second go on all the while. An acknowledgement is counted from the punch on the kiosk's disk until central's signed answer is believed and written down. "+
			"At the end central's records are counted against every kiosk's journal.", stormCrews, int(time.Second/stormPause)),
	}
	dir, err := os.MkdirTemp("", "storm")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	w := &storm{dir: dir, home: filepath.Join(dir, "home")}
	defer func() {
		if w.central != nil {
			w.central.stop() // where it has not been
		}
	}()
	err = w.raise(ctx)
	if err == nil {
		err = errors.Join(w.weather(ctx), w.end(ctx))
	}
	err = errors.Join(err, w.crews.end())
	s.Rows = w.rows
	return s, err
}

// raise founds the organisation and brings every kiosk up.
func (w *storm) raise(ctx context.Context) error {
	if err := buildCentrals(ctx, w.dir); err != nil {
		return err
	}
	if err := foundEmpty(ctx, w.dir, w.home); err != nil {
		return err
	}
	for i := range w.at {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		w.at[i] = free.Addr().String()
		if err := free.Close(); err != nil {
			return err
		}
	}
	if err := w.start(ctx); err != nil {
		return err
	}
	ca := filepath.Join(w.home, "keys", "ca.crt")
	api, err := client.New(client.Config{Server: w.central.web, CAFile: ca})
	if err != nil {
		return err
	}
	token, err := api.Login(ctx, pageOwner, pagePassword, "bench")
	if err != nil {
		return err
	}
	if api, err = client.New(client.Config{Server: w.central.web, CAFile: ca, Token: token.Token}); err != nil {
		return err
	}
	for range stormCrews {
		c, err := startCrew(ctx, w.dir, ca)
		if err != nil {
			return err
		}
		w.crews = append(w.crews, c)
	}
	if err := raise(ctx, api, w.crews, stormSize); err != nil {
		return err
	}
	page, err := api.People(ctx, client.PeopleQuery{Limit: stormPeople})
	for _, p := range page.People {
		w.people = append(w.people, p.ID)
	}
	return err
}

func (w *storm) start(ctx context.Context) (err error) {
	w.central, err = startCentralAt(ctx, filepath.Join(w.dir, "central"), w.home, "", w.at)
	return err
}

// weather is what happens: calm, a kill, calm, a restart.
func (w *storm) weather(ctx context.Context) error {
	for _, c := range w.crews {
		if err := c.Call("Crew.Work", Shift{w.people, stormPause * stormCrews}, new(int)); err != nil {
			return err
		}
	}
	err := w.storms(ctx)
	for _, c := range w.crews {
		var made int64
		err = errors.Join(err, c.Call("Crew.Rest", 0, &made))
		w.punches += made
	}
	return err
}

func (w *storm) storms(ctx context.Context) error {
	if err := w.calm(ctx, "in calm"); err != nil {
		return err
	}
	w.rows = append(w.rows,
		figure("memory of central with its broker, for each kiosk", float64(memory(w.central.process.Process.Pid))/stormSize/1024, 0, "KiB"),
		figure("memory of a kiosk's own parts (agent, link, journal, cache), for each kiosk", float64(w.crews.memory())/stormSize/1024, 0, "KiB"))
	for _, how := range []struct {
		name   string
		signal syscall.Signal
	}{{"killed", syscall.SIGKILL}, {"asked to stop", syscall.SIGTERM}} {
		if err := w.restart(ctx, how.name, how.signal); err != nil {
			return fmt.Errorf("central %s: %w", how.name, err)
		}
		if err := w.calm(ctx, "after that"); err != nil {
			return err
		}
	}
	return nil
}

// wait is a time in which punches were made, of which is told in the end how long
// their acknowledgements took, and the row that follows it.
type wait struct {
	name string
	span Span
	row  int
}

// calm waits, for punches that are told of under this name.
func (w *storm) calm(ctx context.Context, name string) error {
	from := time.Now()
	if err := pause(ctx, stormCalm); err != nil {
		return err
	}
	w.waits = append(w.waits, wait{"acknowledged " + name, Span{from, time.Now()}, len(w.rows)})
	return nil
}

// restart ends central, starts it again when every kiosk has noticed, and waits
// until all of them are back.
func (w *storm) restart(ctx context.Context, name string, signal syscall.Signal) error {
	gone := time.Now()
	if err := w.central.process.Process.Signal(signal); err != nil {
		return err
	}
	_ = w.central.process.Wait() // how it ends is of no interest here
	err := until(ctx, time.Minute, func() bool { return w.crews.connected() == 0 })
	if err != nil {
		return fmt.Errorf("wait until kiosks notice (%d have not): %w", w.crews.connected(), err)
	}
	up := time.Now()
	if err := w.start(ctx); err != nil {
		return err
	}
	err = until(ctx, 5*time.Minute, func() bool { return w.crews.connected() == stormSize })
	if err != nil {
		return fmt.Errorf("wait for kiosks (%d are back): %w", w.crews.connected(), err)
	}
	back := time.Now()
	w.rows = append(w.rows,
		within("central "+name+": all kiosks are back, from its start", back.Sub(up), stormLimit),
		figure("the same, from its end", back.Sub(gone).Seconds(), 0, "s"))
	w.waits = append(w.waits, wait{"acknowledged, of punches made from its end until all were back", Span{gone, back}, len(w.rows)})
	return nil
}

// within makes a row whose target is a time, because it is one for people.
func within(what string, took, limit time.Duration) row {
	return row{What: what, Value: quantity(took.Seconds(), "s"), Gate: fmt.Sprintf("<= %.0f s", limit.Seconds()), Pass: took <= limit}
}
