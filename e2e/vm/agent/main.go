// Agent runs in the guest of package vm: each line of its serial port is a
// command, each answer a line.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// port is the serial port as udev names it.
const port = "/dev/virtio-ports/agent"

// order is one command; answer what came of it.
type order struct {
	ID      int      `json:"id"`
	Argv    []string `json:"argv"`
	Seconds int      `json:"seconds"`
}

type answer struct {
	ID   int    `json:"id"`
	Out  string `json:"out"` // standard output and error together
	Code int    `json:"code"`
}

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "agent:", err)
		os.Exit(1)
	}
}

func serve() error {
	f, err := os.OpenFile(port, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("open port: %w", err)
	}
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	enc := json.NewEncoder(f)
	for in.Scan() {
		var o order
		if err := json.Unmarshal(in.Bytes(), &o); err != nil {
			return fmt.Errorf("read order: %w", err)
		}
		if err := enc.Encode(run(o)); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
	return errors.Join(in.Err(), f.Close()) // systemd starts the next one
}

func run(o order) answer {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(o.Seconds)*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, o.Argv[0], o.Argv[1:]...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	a := answer{ID: o.ID, Out: string(out)}
	var exit *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &exit) && ctx.Err() == nil:
		a.Code = exit.ExitCode()
	default:
		a.Code, a.Out = -1, a.Out+err.Error()
	}
	return a
}
