package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// notifier tells the service manager that we serve, that we are alive, and that
// we stop. Without one it does nothing.
type notifier struct {
	face *face
	log  *slog.Logger
}

// Run tells until ctx ends. It is started last, when everything else is ready.
func (n *notifier) Run(ctx context.Context) error {
	n.log.Info("ready")
	n.tell(daemon.SdNotifyReady)
	n.watchdog(ctx)
	<-ctx.Done()
	n.tell(daemon.SdNotifyStopping)
	return nil
}

// watchdog says that we are alive, as often as the service manager wants to hear
// it and only while the Terminal answers: a daemon that hangs is restarted.
func (n *notifier) watchdog(ctx context.Context) {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		n.log.Warn("watchdog not understood", "err", err)
		return
	}
	if every == 0 {
		return
	}
	t := time.NewTicker(every / 3)
	defer t.Stop()
	for {
		if _, err := n.face.State(ctx); err == nil {
			n.tell(daemon.SdNotifyWatchdog)
		} else if ctx.Err() == nil {
			n.log.Error("watchdog not told", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

func (n *notifier) tell(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		n.log.Warn("service manager not told", "state", state, "err", err)
	}
}
