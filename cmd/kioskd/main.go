// Command kioskd is the kiosk's daemon: the journal, the PIN check, the guess
// limits and the conversation with central. It has no screen; the touchscreen
// talks to it over a unix socket.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones also where the machine has none
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
