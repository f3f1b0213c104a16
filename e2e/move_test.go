package e2e

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/timepost/timepost/sync/linktest/mosquitto"
)

// TestAFleetMovesToAnotherBroker: kiosks learn of the next broker before the one
// before goes, and use no other once central is at no other. Nobody goes there.
func TestAFleetMovesToAnotherBroker(t *testing.T) {
	t.Parallel()
	c := foundCentre(t)
	first, second := shippedBroker(t, c), shippedBroker(t, c)
	url := func(b *mosquitto.Broker) string { return "tls://" + b.Addr }
	again := restarts(t, c)
	again(url(first))
	person := importPeople(t, c, 1)[0]
	clocks := []*clock{newClock(t, c, "Door", false), newClock(t, c, "Hall", false)}
	n := 0
	punch := func(why string) {
		t.Helper()
		n++
		for _, w := range clocks {
			tap(t, w, person, fmt.Sprintf("%s %d", w.id, n))
		}
		began := time.Now()
		awaitDrained(t, clocks)
		t.Logf("%s: acknowledged after %v", why, time.Since(began).Round(time.Millisecond))
	}
	at := func(want ...string) {
		t.Helper()
		for _, w := range clocks {
			eventually(t, 30*time.Second, w.id+" is to use "+fmt.Sprint(want), func() bool {
				id := w.identity(t)
				return fmt.Sprint(id.Brokers) == fmt.Sprint(want) && len(id.Reserve) == 0
			})
		}
	}
	punch("at the first")

	again(url(second), url(first))
	at(url(second), url(first))
	punch("told of the second")
	first.Kill()
	punch("the first is gone")
	again(url(second))
	at(url(second))
	first.Restart()
	punch("the second alone")
	second.Kill()
	n++
	for _, w := range clocks {
		tap(t, w, person, fmt.Sprintf("%s %d", w.id, n))
		pass(t, time.Second)
		if w.state(t).Queue == 0 {
			t.Errorf("%s still uses the first broker", w.id)
		}
	}
	second.Restart()
	awaitDrained(t, clocks)
	eventually(t, 20*time.Second, "central has each punch", func() bool { return len(c.punches(t)) == n*len(clocks) })
	compareLogs(t, c, clocks)
}

// TestAFleetMovesOffTheEmbeddedBroker: central's own broker is one of several, too. While
// both are there, kiosks do without either.
func TestAFleetMovesOffTheEmbeddedBroker(t *testing.T) {
	t.Parallel()
	c := foundCentre(t)
	b := shippedBroker(t, c)
	next := "tls://" + b.Addr
	again := restarts(t, c)
	again()
	person, w := importPeople(t, c, 1)[0], newClock(t, c, "Door", false)
	clocks := []*clock{w}
	own := w.identity(t).Brokers[0]
	uses := func(want ...string) {
		t.Helper()
		eventually(t, 60*time.Second, "the kiosk is to use "+fmt.Sprint(want), func() bool {
			id := w.identity(t)
			return slices.Equal(id.Brokers, want) && len(id.Reserve) == 0
		})
	}
	again(next, "embedded")
	uses(next, own)
	tap(t, w, person, "0.0")
	awaitDrained(t, clocks)
	b.Kill()
	tap(t, w, person, "0.1")
	awaitDrained(t, clocks)
	b.Restart()
	again(next)
	uses(next)
	tap(t, w, person, "0.2")
	awaitDrained(t, clocks)
	again("embedded")
	tap(t, w, person, "0.3") // it never heard of this, and comes back by itself with both
	again("embedded", next)
	uses(own, next)
	awaitDrained(t, clocks)
	compareLogs(t, c, clocks)
}

// restarts gives what starts central, again, with these brokers.
func restarts(t *testing.T, c *centre) func(brokers ...string) {
	t.Helper()
	base := slices.Clone(c.args)
	return func(brokers ...string) {
		t.Helper()
		if c.proc != nil {
			c.proc.stop(syscall.SIGTERM, 10*time.Second)
		}
		c.args = slices.Clone(base)
		for _, b := range brokers {
			c.args = append(c.args, "--broker", b)
		}
		c.up(t)
	}
}
