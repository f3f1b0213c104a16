package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// tellVitals logs how many goroutines there are whenever SIGUSR1 asks, until ctx
// ends: what grows over weeks can be watched without a debugger.
func tellVitals(ctx context.Context, log *slog.Logger) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	defer signal.Stop(asked)
	for {
		select {
		case <-ctx.Done():
			return
		case <-asked:
			log.Info("vitals", "goroutines", runtime.NumGoroutine())
		}
	}
}
