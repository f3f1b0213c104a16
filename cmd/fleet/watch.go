package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
)

// How watch looks: how often it asks, and how many punches it keeps.
const (
	watchEvery   = 2 * time.Second
	watchPunches = 200
)

type watchCmd struct {
	Every time.Duration `help:"Ask the server this often." default:"2s" placeholder:"DURATION"`
	Times int           `help:"Stop after having asked this often; 0: go on until Ctrl-C." default:"0" placeholder:"N"`
}

// Help is shown by fleet watch --help.
func (watchCmd) Help() string {
	return `Fills the terminal with the fleet as it is now: who needs help first, then the
newest punches as they arrive. Ctrl-C ends it. Where the output is no terminal it
prints a line whenever a kiosk changes; with --json a document for each look.

  fleet watch
  fleet watch --json --times 1 | jq '.kiosks[] | select(.queue > 0) | .name'`
}

// look is the fleet at one moment, as --json prints it.
type look struct {
	At      time.Time      `json:"at"`
	In      int            `json:"in"`
	OnBreak int            `json:"on_break"`
	Kiosks  []client.Kiosk `json:"kiosks"`
	Punches []client.Punch `json:"-"` // the newest last
	Problem string         `json:"problem,omitempty"`
}

// Run watches until ctx ends.
func (w *watchCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	every := max(w.Every, 100*time.Millisecond)
	show, done := watcher(c, g.JSON)
	defer done()
	looks, news := make(chan look), make(chan client.Punch, watchPunches)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return lookOut(ctx, api, every, w.Times, looks) })
	group.Go(func() error {
		since := client.PunchFilter{From: time.Now().Add(-time.Hour), Limit: watchPunches}
		return api.Follow(ctx, since, func(p client.Punch) error {
			select {
			case news <- p:
			case <-ctx.Done():
			}
			return nil
		})
	})
	group.Go(func() error { return w.draw(ctx, looks, news, show) })
	if err := group.Wait(); !errors.Is(err, errEnough) {
		return err
	}
	return nil
}

// lookOut asks how the fleet is, the first time at once. That the server does not
// answer is something to show: the next look may succeed. Only the first fails.
func lookOut(ctx context.Context, api *client.Client, every time.Duration, times int, to chan<- look) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var last look
	for n := 1; ; n++ {
		now, err := lookOnce(ctx, api)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && n == 1:
			return err
		case err != nil:
			last.Problem = err.Error()
		default:
			last = now
		}
		select {
		case to <- last:
		case <-ctx.Done():
			return nil
		}
		if n == times {
			close(to)
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func lookOnce(ctx context.Context, api *client.Client) (look, error) {
	kiosks, err := api.Kiosks(ctx)
	if err != nil {
		return look{}, err
	}
	now, err := api.Now(ctx)
	if err != nil {
		return look{}, err
	}
	l := look{At: time.Now(), Kiosks: kiosks}
	for _, p := range now.People {
		switch p.State {
		case attendance.StateIn:
			l.In++
		case attendance.StateBreak:
			l.OnBreak++
		}
	}
	return l, nil
}

// draw shows every look, and every punch at once.
func (w *watchCmd) draw(ctx context.Context, looks <-chan look, news <-chan client.Punch, show func(look) error) error {
	var now look
	for {
		select {
		case <-ctx.Done():
			return nil
		case next, more := <-looks:
			if !more {
				return errEnough
			}
			next.Punches = now.Punches
			now = next
		case p := <-news:
			now.Punches = append(now.Punches[max(0, len(now.Punches)+1-watchPunches):], p)
		}
		if now.At.IsZero() {
			continue // the first look comes first
		}
		if err := show(now); err != nil {
			return err
		}
	}
}

// watcher gives what shows a look on this output, and what puts the terminal back.
func watcher(c *console, asJSON bool) (show func(look) error, done func()) {
	f, isFile := c.out.(*os.File)
	switch {
	case asJSON:
		var last time.Time
		return func(l look) error {
			if l.At.Equal(last) {
				return nil // only a punch is new
			}
			last = l.At
			return printJSON(c.out, l)
		}, func() {}
	case !isFile || !term.IsTerminal(int(f.Fd())):
		return changes(c.out), func() {}
	}
	fmt.Fprint(c.out, "\x1b[?1049h\x1b[?25l") // a screen of its own, no cursor
	return func(l look) error {
			width, height, err := term.GetSize(int(f.Fd()))
			if err != nil || width == 0 || height == 0 {
				width, height = 80, 24 // a terminal that does not know
			}
			_, err = io.WriteString(c.out, frame(l, width, height))
			return err
		}, func() {
			fmt.Fprint(c.out, "\x1b[?25h\x1b[?1049l")
		}
}
