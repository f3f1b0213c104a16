package team

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/schedule"
)

// When the rules are checked, in the organisation's zone, and how old the last
// check may be when the server starts: one that was off at three catches up.
const (
	nightly    = "0 3 * * *"
	watchStale = 24 * time.Hour
)

// checkedKey is where the outcome of the last check lies in the organisation's table.
const checkedKey = "pins_checked"

// watcher is the actor of what the nightly check writes.
const watcher = "nightly check"

// Checked is the outcome of the last check of all PINs.
type Checked struct {
	At       int64          `json:"at"`                // unix nanoseconds; 0: there has been none
	Findings int            `json:"findings"`          // rules that did not hold
	Rules    map[string]int `json:"by_rule,omitempty"` // how often each
}

// Metas reads the organisation's own table.
type Metas interface {
	Meta(ctx context.Context, key string) (string, error)
}

// LastCheck reads the outcome of the last check.
func LastCheck(ctx context.Context, m Metas) (Checked, error) {
	var c Checked
	text, err := m.Meta(ctx, checkedKey)
	if err != nil || text == "" {
		return c, err
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return c, fmt.Errorf("read outcome of the check: %w", err)
	}
	return c, nil
}

// Check is Invariants with its consequences, in one transaction: the outcome is
// noted, and where a rule does not hold there is a row in the audit log and a
// notice to the owners, once a day. Neither tells whose PIN it is: a mail is read
// by others. zone says what a day is.
func (t *Team) Check(ctx context.Context, zone *time.Location) ([]Finding, error) {
	var found []Finding
	err := t.store.Update(ctx, func(tx *centraldb.Tx) error {
		var err error
		if found, err = t.invariants(ctx, tx); err != nil {
			return err
		}
		now := t.now()
		c := Checked{At: now.UnixNano(), Findings: len(found), Rules: map[string]int{}}
		for _, f := range found {
			c.Rules[f.Rule]++
		}
		text, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("encode outcome of the check: %w", err)
		}
		if err := tx.SetMeta(ctx, checkedKey, string(text)); err != nil || len(found) == 0 {
			return err
		}
		return errors.Join(
			t.audit.Record(ctx, tx, watcher, "pins.broken", "", c),
			tx.AddNotice(ctx, brokenNotice(c, now.In(zone))),
		)
	})
	return found, err
}

func brokenNotice(c Checked, now time.Time) centraldb.Notice {
	return centraldb.Notice{
		At: c.At, Kind: "pins.broken", Key: "pins.broken:" + now.Format(time.DateOnly), Audience: centraldb.ToOwners,
		Title: "The PIN rules do not hold",
		Body: fmt.Sprintf("The nightly check of all PINs found %d that break a rule. Every change is checked before it is written, so\n"+
			"either the database was changed by hand, or Timepost has a fault.\n\n"+
			"On the server, this tells which and how: central pins check\n"+
			"A new PIN for each of them puts it right.", c.Findings),
	}
}

// Watch runs Check every night.
type Watch struct {
	team  *Team
	zone  *time.Location
	metas Metas
	log   *slog.Logger
}

// NewWatch gives a Watch; zone is the organisation's.
func NewWatch(t *Team, metas Metas, zone *time.Location, log *slog.Logger) *Watch {
	return &Watch{team: t, zone: zone, metas: metas, log: log}
}

// Run checks at three in the morning until ctx ends, and at once where the last
// check is more than a day old.
func (w *Watch) Run(ctx context.Context) error {
	night, err := schedule.Parse(nightly)
	if err != nil {
		return err
	}
	last, err := LastCheck(ctx, w.metas)
	if err != nil {
		w.log.Error("read last check of pins", "err", err)
	}
	if w.team.now().Sub(time.Unix(0, last.At)) > watchStale {
		w.Once(ctx)
	}
	return schedule.Run(ctx, night, func() time.Time { return w.team.now().In(w.zone) }, nil, w.Once)
}

// watchShown is how many findings the log names; central pins check names all.
const watchShown = 50

// Once checks now and logs what it found.
func (w *Watch) Once(ctx context.Context) {
	found, err := w.team.Check(ctx, w.zone)
	if err != nil {
		if ctx.Err() == nil {
			w.log.Error("check pins", "err", err)
		}
		return
	}
	for _, f := range found[:min(len(found), watchShown)] {
		w.log.Error("pin rule broken", "rule", f.Rule, "kind", f.Kind, "subject", f.Subject, "other", f.Other)
	}
	w.log.Info("pins checked", "broken", len(found))
}
