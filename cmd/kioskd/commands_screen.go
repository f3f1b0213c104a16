package main

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// standOutFor is how long a kiosk stands out that is looked for.
const standOutFor = 30 * time.Second

// noScreen is the answer where nobody would see what is shown; nil: somebody would.
func (o *orders) noScreen() error {
	if o.screens.n.Load() > 0 {
		return nil
	}
	return problem.New(problem.Unavailable, "No touchscreen is connected.", "")
}

// message shows a text, or takes the one that is shown off.
func (o *orders) message(_ context.Context, c wire.Command) (string, error) {
	if c.Text == "" {
		o.face.Notice("", 0)
		return "No message is shown any more.", nil
	}
	text, ok := wire.Shown(c.Text)
	if !ok || c.Minutes < 1 || c.Minutes > wire.MaxShownMinutes {
		return "", problem.New(problem.Invalid, "This can't be shown.", "")
	}
	if err := o.noScreen(); err != nil {
		return "", err
	}
	o.face.Notice(text, time.Duration(c.Minutes)*time.Minute)
	if c.Minutes == 1 {
		return "It is shown for a minute.", nil
	}
	return fmt.Sprintf("It is shown for %d minutes.", c.Minutes), nil
}

func (o *orders) identify(_ context.Context, c wire.Command) (string, error) {
	if err := o.noScreen(); err != nil {
		return "", err
	}
	o.face.StandOut(fmt.Sprintf("%d.%d", c.Gen, c.N), standOutFor)
	return "It stands out for half a minute, or until somebody touches it.", nil
}
