package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
)

// The fleet that comes back in one minute.
const (
	stormSize   = 2000
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
	fleet     *kioskFleet
	people    []string
	punches   atomic.Int64
	before    int64 // this process's memory with no kiosk, in bytes
	rows      []row
}

// benchStorm restarts broker and central, which are one program, under a whole
// fleet that goes on punching: once killed, once asked to stop.
func benchStorm(ctx context.Context) (s section, err error) {
	s = section{
		Title: fmt.Sprintf("A storm: broker and central restarted under %d kiosks", stormSize),
		Note: fmt.Sprintf("Central with its embedded broker is the real program; the kiosks are kioskd's own parts, each with journal and cache on disk and mutual TLS, all in one process on the same cores. "+
			"%d punches a second go on all the while. An acknowledgement is counted from the punch on the kiosk's disk until central's signed answer is believed and written down. "+
			"At the end central's records are counted against every kiosk's journal.", int(time.Second/stormPause)),
	}
	if err := manyFiles(); err != nil {
		return s, err
	}
	dir, err := os.MkdirTemp("", "storm")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	w := &storm{dir: dir, home: filepath.Join(dir, "home")}
	if err := w.raise(ctx); err != nil {
		return s, err
	}
	err = errors.Join(w.weather(ctx), w.end(ctx))
	s.Rows = w.rows
	return s, err
}

// manyFiles lets this process have as many files as so many kiosks need.
func manyFiles() error {
	const each = 24 // two databases with write-ahead logs and several connections, and a socket
	want := uint64(stormSize * each)
	var now syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &now); err != nil {
		return fmt.Errorf("read limit of files: %w", err)
	}
	if now.Cur >= want {
		return nil
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: want, Max: max(now.Max, want)}); err != nil {
		return fmt.Errorf("allow %d files (ulimit -n %d as root): %w", want, want, err)
	}
	return nil
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
	w.before = memory(os.Getpid())
	if w.fleet, err = raise(ctx, w.dir, w.home, api, stormSize); err != nil {
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
	working, stop := context.WithCancel(ctx)
	punched := make(chan error, 1)
	go func() { punched <- w.work(working) }()
	err := w.storms(ctx)
	stop()
	return errors.Join(err, <-punched)
}

func (w *storm) storms(ctx context.Context) error {
	if err := w.calm(ctx, "in calm"); err != nil {
		return err
	}
	w.rows = append(w.rows,
		figure("memory of central with its broker, for each kiosk", float64(memory(w.central.process.Process.Pid))/stormSize/1024, 0, "KiB"),
		figure("memory of a kiosk's own parts (agent, link, journal, cache), for each kiosk", float64(memory(os.Getpid())-w.before)/stormSize/1024, 0, "KiB"))
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

// work lets one kiosk after the other record a punch, until ctx ends.
func (w *storm) work(ctx context.Context) error {
	t := time.NewTicker(stormPause)
	defer t.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		action := attendance.In
		if n/len(w.people)%2 == 1 {
			action = attendance.Out
		}
		k := w.fleet.kiosks[n%len(w.fleet.kiosks)]
		if err := k.journal.punch(context.WithoutCancel(ctx), w.people[n%len(w.people)], action); err != nil {
			return fmt.Errorf("punch at %s: %w", k.id, err)
		}
		w.punches.Add(1)
	}
}

// calm waits and reports how long acknowledgements took meanwhile.
func (w *storm) calm(ctx context.Context, name string) error {
	from := time.Now()
	if err := pause(ctx, stormCalm); err != nil {
		return err
	}
	until := time.Now()
	if err := pause(ctx, 5*time.Second); err != nil {
		return err
	}
	took := w.samples(from, until)
	w.rows = append(w.rows, figure("acknowledged "+name+", p50", percentile(took, 0.5), 0, "s"), figure("the same, p99", percentile(took, 0.99), 0, "s"))
	return nil
}

func (w *storm) samples(from, until time.Time) (all []time.Duration) {
	for _, k := range w.fleet.kiosks {
		all = append(all, k.journal.samples(from, until)...)
	}
	return all
}

// restart ends central, starts it again when every kiosk has noticed, and waits
// until all of them are back.
func (w *storm) restart(ctx context.Context, name string, signal syscall.Signal) error {
	gone := time.Now()
	if err := w.central.process.Process.Signal(signal); err != nil {
		return err
	}
	_ = w.central.process.Wait() // how it ends is of no interest here
	err := until(ctx, time.Minute, func() bool { return w.fleet.connected() == 0 })
	if err != nil {
		return fmt.Errorf("wait until kiosks notice (%d have not): %w", w.fleet.connected(), err)
	}
	up := time.Now()
	if err := w.start(ctx); err != nil {
		return err
	}
	err = until(ctx, 5*time.Minute, func() bool { return w.fleet.connected() == stormSize })
	if err != nil {
		return fmt.Errorf("wait for kiosks (%d are back): %w", w.fleet.connected(), err)
	}
	back := time.Now()
	if err := pause(ctx, 20*time.Second); err != nil { // for the acknowledgements
		return err
	}
	took := w.samples(gone, back)
	w.rows = append(w.rows,
		within("central "+name+": all kiosks are back, from its start", back.Sub(up), stormLimit),
		figure("acknowledged, of punches made from its end until all were back, p99", percentile(took, 0.99), 0, "s"))
	return nil
}

// within makes a row whose target is a time, because it is one for people.
func within(what string, took, limit time.Duration) row {
	return row{What: what, Value: quantity(took.Seconds(), "s"), Gate: fmt.Sprintf("<= %.0f s", limit.Seconds()), Pass: took <= limit}
}
