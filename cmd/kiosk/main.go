// Command kiosk is the touchscreen of a time clock: one window over the whole
// panel. It holds no data and no keys; everything it shows and records goes
// through kioskd's unix socket, which it waits for as long as it takes.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones also where the machine has none
)

// main keeps the main goroutine for Fyne, which owns it.
func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
