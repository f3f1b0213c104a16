package ui

import (
	"context"
	"time"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

const (
	tickEvery  = 250 * time.Millisecond
	watchAgain = time.Second      // after the service was lost
	slowStart  = 30 * time.Second // after which "starting" becomes "not answering"
)

// Run follows the service's state and the clock until ctx ends, or the service wants
// the screen to be started again. It is the only
// method that is called off the main goroutine.
func (k *Kiosk) Run(ctx context.Context) error {
	ticks := time.NewTicker(tickEvery)
	defer ticks.Stop()
	states := k.cfg.Watcher.Watch(ctx)
	var again <-chan time.Time
	var leave restart
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
			k.cfg.Do(k.Tick)
		case <-again:
			again, states = nil, k.cfg.Watcher.Watch(ctx)
		case s, ok := <-states:
			if ok && s.Fault == string(problem.Unavailable) {
				k.cfg.Do(k.Lost)
				continue
			}
			if ok && leave.wanted(s) {
				return nil
			}
			if ok {
				k.cfg.Do(func() { k.Update(s) })
				continue
			}
			states, again = nil, time.After(watchAgain)
			k.cfg.Do(k.Lost)
		}
	}
}

// Update takes a newer state of the kiosk.
func (k *Kiosk) Update(s local.State) {
	if !k.known || s.Zone != k.state.Zone {
		k.zone = k.load(s.Zone)
	}
	first := !k.met
	k.state, k.known, k.met = s, true, true
	k.dress()
	if large := k.LargeText(); large != k.large {
		k.large = large
		k.changed() // the window has to follow
	}
	k.idle.say(s)
	k.notice.say(s)
	k.here.name.set(s.KioskName)
	k.enrol.update()
	switch k.current { // whoever is at another screen goes on in their language
	case k.idle, k.notice, k.here, k.asleep, k.wait, k.enrol:
		k.speak(k.own())
	}
	if k.mustMove() {
		k.home()
	}
	k.cardRead(s.Badge, first)
}

// Lost says that the service does not answer.
func (k *Kiosk) Lost() {
	k.known = false
	if k.mustMove() {
		k.home()
	}
}

// mustMove says whether the state has made the current screen the wrong one.
// Somebody in the middle of something is left there: what they do next will be
// refused if it cannot be done, and a receipt stays true.
func (k *Kiosk) mustMove() bool {
	if k.busy {
		return false
	}
	ready := k.ready()
	switch k.current {
	case k.asleep:
		return !ready || k.called()
	case k.idle, k.notice, k.here:
		return !ready || k.current != k.resting()
	case k.wait:
		return true
	case k.enrol:
		return k.known && k.state.Enrolled
	case k.people, k.pin, k.teamPIN:
		return k.known && !ready
	}
	return false
}

// ready says whether this clock takes punches.
func (k *Kiosk) ready() bool {
	return k.known && k.state.Fault == "" && k.state.Enrolled && !k.state.Leaving
}

// load gives the zone by name; an unknown one shows as UTC, which the idle
// screen's clock makes obvious.
func (k *Kiosk) load(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		k.cfg.Logger.Error("zone_unknown", "zone", name, "error", err)
		return time.UTC
	}
	return z
}

// restart tells a wish for a new start from the one that this start was for.
type restart struct {
	met   bool
	first string
}

// wanted says whether s asks for a new start since the first state.
func (r *restart) wanted(s local.State) bool {
	if !r.met {
		r.met, r.first = true, s.Restart
	}
	return s.Restart != "" && s.Restart != r.first
}
