package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// The demo behaves like a service manager: a program that ends is started again
// after restartPause; at the end each gets SIGTERM and stopGrace, then SIGKILL.
const (
	restartPause = 2 * time.Second
	stopGrace    = 2 * time.Second
)

// crew keeps the demo's programs running and stops them in reverse order. Each
// dies with the demo even if that is killed.
type crew struct {
	ctx    context.Context
	cancel context.CancelFunc
	logs   string
	jobs   []*job
}

type job struct {
	name string
	stop context.CancelFunc
	done chan struct{}
	err  error
}

// newCrew gives an empty crew. It does not end with ctx's cancellation, only
// with stop, so that the order of stopping holds.
func newCrew(ctx context.Context, logs string) *crew {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	return &crew{ctx: ctx, cancel: cancel, logs: logs}
}

// keep starts the program and starts it again whenever it ends. extra are
// environment settings.
func (c *crew) keep(name string, extra []string, argv ...string) error {
	log, err := os.OpenFile(filepath.Join(c.logs, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	ctx, stop := context.WithCancel(c.ctx)
	j := &job{name: name, stop: stop, done: make(chan struct{})}
	c.jobs = append(c.jobs, j)
	first := make(chan error, 1)
	go func() {
		defer close(j.done)
		// Pdeathsig is tied to the thread that started the program.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		j.err = errors.Join(keepRunning(ctx, log, extra, argv, first), log.Close())
	}()
	return <-first
}

func keepRunning(ctx context.Context, log *os.File, extra, argv []string, first chan<- error) error {
	var once sync.Once
	for ctx.Err() == nil {
		p := exec.Command(argv[0], argv[1:]...)
		p.Env = append(os.Environ(), extra...)
		p.Stdout, p.Stderr = log, log
		p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
		err := p.Start()
		once.Do(func() { first <- err })
		if err != nil {
			return fmt.Errorf("start %s: %w", argv[0], err)
		}
		if err := attend(ctx, p); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(restartPause):
		}
	}
	return nil
}

// attend waits until the program ends by itself or ctx does; then it ends the
// program. How the program ended does not matter to its keeper.
func attend(ctx context.Context, p *exec.Cmd) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = p.Wait() // an exit status is no error of the demo: the log has it
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	if err := signalGroup(p, syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-ended:
		return nil
	case <-time.After(stopGrace):
	}
	err := signalGroup(p, syscall.SIGKILL)
	<-ended
	return err
}

// signalGroup signals the program and whatever it started.
func signalGroup(p *exec.Cmd, s syscall.Signal) error {
	if err := syscall.Kill(-p.Process.Pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal %s: %w", p.Path, err)
	}
	return nil
}

// stop ends everything, the newest first. One that takes its time does not hold
// up the others: the whole must be over within 5 s.
func (c *crew) stop() error {
	var err error
	for i := len(c.jobs) - 1; i >= 0; i-- {
		c.jobs[i].stop()
		select {
		case <-c.jobs[i].done:
		case <-time.After(stopGrace / 4):
		}
	}
	for _, j := range c.jobs {
		<-j.done
		err = errors.Join(err, j.err)
	}
	c.cancel()
	return err
}
