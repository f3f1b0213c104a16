package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"os/exec"
	"sync/atomic"
	"time"

	"github.com/timepost/timepost/attendance"
)

// Crew is a part of the storm's fleet in a process of its own: one process may
// not have as many files as all kiosks need. Its methods are called over its
// standard input and output.
type Crew struct {
	fleet   *kioskFleet
	working context.CancelFunc
	ended   chan error
	punches atomic.Int64
}

// serveCrew answers until the other end is closed.
func serveCrew(dir, ca string) {
	server := rpc.NewServer()
	c := &Crew{fleet: newKioskFleet(dir, ca), ended: make(chan error, 1)}
	if err := server.Register(c); err != nil {
		fmt.Fprintln(os.Stderr, "crew:", err)
		return
	}
	server.ServeConn(pipes{os.Stdin, os.Stdout})
}

// pipes are two ends as one connection.
type pipes struct {
	io.ReadCloser
	io.WriteCloser
}

// Close closes both.
func (p pipes) Close() error { return errors.Join(p.ReadCloser.Close(), p.WriteCloser.Close()) }

// Add enrols a kiosk with a code and starts it.
func (c *Crew) Add(code string, _ *int) error { return c.fleet.add(context.Background(), code) }

// Connected counts the kiosks that central talks to.
func (c *Crew) Connected(_ int, n *int) error {
	*n = c.fleet.connected()
	return nil
}

// Shift is who punches, and the time between two punches.
type Shift struct {
	People []string
	Every  time.Duration
}

// Work begins to punch, at one kiosk after the other.
func (c *Crew) Work(s Shift, _ *int) error {
	ctx, stop := context.WithCancel(context.Background())
	c.working = stop
	go func() { c.ended <- c.work(ctx, s) }()
	return nil
}

func (c *Crew) work(ctx context.Context, s Shift) error {
	t := time.NewTicker(s.Every)
	defer t.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		action := attendance.In
		if n/len(s.People)%2 == 1 {
			action = attendance.Out
		}
		k := c.fleet.kiosks[n%len(c.fleet.kiosks)]
		if err := k.journal.punch(context.Background(), s.People[n%len(s.People)], action); err != nil {
			return fmt.Errorf("punch at %s: %w", k.id, err)
		}
		c.punches.Add(1)
	}
}

// Rest ends the work and tells how many punches were recorded.
func (c *Crew) Rest(_ int, made *int64) error {
	c.working()
	err := <-c.ended
	*made = c.punches.Load()
	return err
}

// Span is from a time until another.
type Span struct{ From, Until time.Time }

// Samples tells how long the acknowledgements of punches made in a span took.
func (c *Crew) Samples(s Span, took *[]time.Duration) error {
	for _, k := range c.fleet.kiosks {
		*took = append(*took, k.journal.samples(s.From, s.Until)...)
	}
	return nil
}

// Stand is how a kiosk's journal stands.
type Stand struct {
	Kiosk   string
	Journal []byte
	Seq     uint64
	Queue   int
}

// Stands tells of every kiosk.
func (c *Crew) Stands(_ int, all *[]Stand) error {
	for _, k := range c.fleet.kiosks {
		h, err := k.journal.Head(context.Background())
		if err != nil {
			return err
		}
		*all = append(*all, Stand{k.id, h.Journal[:], h.Seq, h.Queue})
	}
	return nil
}

// Stop ends all kiosks.
func (c *Crew) Stop(int, *int) error { return c.fleet.stop() }

// crew is the other end of one.
type crew struct {
	*rpc.Client
	process *exec.Cmd
	before  int64 // its memory with no kiosk, in bytes
}

// startCrew starts this program again.
func startCrew(ctx context.Context, dir, ca string) (*crew, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := exec.CommandContext(ctx, self, "-crew", dir, "-ca", ca)
	p.Stderr = os.Stderr
	in, err := p.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.Start(); err != nil {
		return nil, err
	}
	return &crew{rpc.NewClient(pipes{out, in}), p, memory(p.Process.Pid)}, nil
}

// end stops the kiosks and waits for the process.
func (c *crew) end() error {
	err := c.Call("Crew.Stop", 0, new(int))
	return errors.Join(err, c.Close(), c.process.Wait())
}
