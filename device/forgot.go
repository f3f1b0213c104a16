package device

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// Anybody may ask for a new PIN in anybody's name, and each asking becomes mail
// at the centre. So: once an hour for a person, and twenty an hour at a kiosk,
// where somebody may tap through the whole list.
const (
	askAgain   = time.Hour
	asksAnHour = 20
)

const asksKey = "asks"

// asks is who has asked for a new PIN within the last hour of running time.
type asks struct {
	Asks []ask `json:"asks,omitempty"` // the oldest first
}

type ask struct {
	Person string        `json:"person"`
	Run    time.Duration `json:"run"` // running time then
	At     int64         `json:"at"`  // what the clock on the wall said, unix ms: for people only
}

// current drops what is over at running time run. An asking from a future that
// never was, as when the running time was lost, counts as made now.
func (a asks) current(run time.Duration) asks {
	var kept []ask
	for _, one := range a.Asks {
		one.Run = min(one.Run, run)
		if run-one.Run < askAgain {
			kept = append(kept, one)
		}
	}
	return asks{kept}
}

func (a asks) of(person string) (ask, bool) {
	i := slices.IndexFunc(a.Asks, func(one ask) bool { return one.Person == person })
	if i < 0 {
		return ask{}, false
	}
	return a.Asks[i], true
}

// wait gives how long the kiosk takes no more askings at running time run.
func (a asks) wait(run time.Duration) time.Duration {
	if len(a.Asks) < asksAnHour {
		return 0
	}
	return askAgain - (run - a.Asks[0].Run)
}

// Forgot records that a person asks for a new PIN. It needs no network: the
// record is queued like a punch. See local.Requests for its errors.
func (t *Terminal) Forgot(ctx context.Context, id string) (local.Asked, error) {
	settings, err := t.settings(ctx)
	if err != nil {
		return local.Asked{}, err
	}
	if !settings.RequiresPIN {
		return local.Asked{}, problem.New(problem.Conflict, "This kiosk needs no PIN.", "Choose your name and go on.")
	}
	person, err := t.person(ctx, id)
	if err != nil {
		return local.Asked{}, err
	}
	stamp := t.c.Clocks(settings.Zone)
	body := record.Body{Type: record.Forgot, Stamp: stamp, Person: id, UnlockVersion: person.UnlockVersion}
	if person.PIN != nil {
		body.PINVersion = person.PIN.Version
	}
	out := local.Asked{Person: person.Name, At: stamp.Time().UnixMilli()}
	var wait time.Duration
	err = t.update(ctx, func(tx *devicedb.JournalTx) error {
		before, closed, err := askOnce(tx, body)
		if before.Person != "" {
			out.At, out.Repeated = before.At, true
		}
		wait = closed
		return err
	})
	if err != nil {
		return local.Asked{}, fmt.Errorf("ask for pin: %w", err)
	}
	if wait > 0 {
		return local.Asked{}, problem.New(problem.Limited, "Too many people have asked for a new PIN here.",
			"Ask your supervisor, or try again "+inWords(wait)+".").With("wait_ms", wait.Milliseconds())
	}
	t.poke()
	t.log.Info("new pin asked for", "person", id, "repeated", out.Repeated)
	return out, nil
}

// askOnce appends the record, unless the person has asked within the hour: then
// it gives that asking; or unless too many have: then it gives how long to wait.
func askOnce(tx *devicedb.JournalTx, body record.Body) (before ask, wait time.Duration, err error) {
	k, err := loadKiosk(tx, instantOf(body.Stamp))
	if err != nil {
		return before, 0, err
	}
	kept, _, err := load[asks](tx, asksKey)
	if err != nil {
		return before, 0, err
	}
	all := kept.current(k.Up.Run)
	before, asked := all.of(body.Person)
	if !asked {
		wait = all.wait(k.Up.Run)
	}
	if !asked && wait == 0 {
		all.Asks = append(all.Asks, ask{Person: body.Person, Run: k.Up.Run, At: body.Stamp.Time().UnixMilli()})
		if _, err := tx.Append(body); err != nil {
			return before, 0, err
		}
	}
	if slices.Equal(kept.Asks, all.Asks) {
		return before, wait, nil // and no flush of the disk for it
	}
	if err := save(tx, asksKey, all); err != nil {
		return before, 0, err
	}
	return before, wait, save(tx, kioskKey, k)
}
