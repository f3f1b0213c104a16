package linktest_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/timepost/timepost/sync/linktest"
	"github.com/timepost/timepost/sync/wire"
)

const org = "acme"

func TestContract(t *testing.T) {
	t.Parallel()
	linktest.Contract(t, func(t *testing.T) linktest.Harness {
		n := linktest.New(1, linktest.Weather{})
		central, err := n.Dialer("central", wire.CentralFilter(org)).Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return linktest.Harness{
			Org: org, Central: central, Cut: n.Cut,
			Kiosk: func(kiosk string) wire.Dialer { return n.Dialer(kiosk, wire.KioskFilter(org, kiosk)) },
		}
	})
}

// ends gives two links of a network: one that listens to up/, and a kiosk.
func ends(t *testing.T, n *linktest.Network) (central, kiosk wire.Link) {
	t.Helper()
	var links []wire.Link
	for _, d := range []wire.Dialer{n.Dialer("central", wire.CentralFilter(org)), n.Dialer("k", wire.KioskFilter(org, "k"))} {
		l, err := d.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		links = append(links, l)
	}
	return links[0], links[1]
}

func up(i int) wire.Message {
	return wire.Message{Topic: wire.Topic{Org: org, Kiosk: "k", Channel: wire.UpReq}.String(), Payload: fmt.Append(nil, i)}
}

// story sends count messages one by one and gives what arrived, in order.
func story(t *testing.T, n *linktest.Network, count int) (heard []string) {
	t.Helper()
	central, kiosk := ends(t, n)
	read := func() {
		for {
			select {
			case m := <-central.Receive():
				heard = append(heard, string(m.Payload))
				continue
			default:
			}
			return
		}
	}
	for i := range count {
		if err := kiosk.Publish(t.Context(), up(i)); err != nil {
			t.Fatal(err)
		}
		read()
	}
	n.Settle()
	read()
	return heard
}

func TestWeatherKeepsItsProbabilities(t *testing.T) {
	t.Parallel()
	const count = 10000
	w := linktest.Weather{Drop: 0.1, Repeat: 0.2, Reorder: 0.1, Stall: 0.05}
	n := linktest.New(7, w)
	heard := story(t, n, count)
	s := n.Stats()
	left := count * (1 - w.Drop)
	for name, c := range map[string]struct {
		got  int
		want float64
	}{
		"dropped":   {s.Dropped, count * w.Drop},
		"repeated":  {s.Repeated, left * w.Repeat},
		"stalled":   {s.Stalled, left * w.Stall},
		"reordered": {s.Reordered, left * (1 - w.Stall) * w.Reorder},
	} {
		if math.Abs(float64(c.got)-c.want) > c.want/5 {
			t.Errorf("%s: %d, want about %.0f", name, c.got, c.want)
		}
	}
	if want := count - s.Dropped + s.Repeated; len(heard) != want || s.Delivered != want || s.Overflowed != 0 {
		t.Errorf("%d heard, %d delivered, want %d", len(heard), s.Delivered, want)
	}
	turned := 0
	for i := 1; i < len(heard); i++ {
		if len(heard[i]) < len(heard[i-1]) || len(heard[i]) == len(heard[i-1]) && heard[i] < heard[i-1] {
			turned++
		}
	}
	if turned < 500 {
		t.Errorf("only %d messages arrived out of order", turned)
	}
}

func TestASeedReplays(t *testing.T) {
	t.Parallel()
	w := linktest.Weather{Drop: 0.2, Repeat: 0.2, Reorder: 0.2, Stall: 0.2}
	a, b, c := story(t, linktest.New(3, w), 500), story(t, linktest.New(3, w), 500), story(t, linktest.New(4, w), 500)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("the same seed told two stories: %s", diff)
	}
	if cmp.Equal(a, c) {
		t.Error("two seeds told the same story")
	}
}

// Whatever the weather, nothing is invented, and without drops nothing is lost.
func TestNothingIsInvented(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := func(name string) float64 { return rapid.Float64Range(0, 1).Draw(rt, name) }
		w := linktest.Weather{Drop: p("drop"), Repeat: p("repeat"), Reorder: p("reorder"), Stall: p("stall")}
		n := linktest.New(rapid.Uint64().Draw(rt, "seed"), w)
		seen := map[string]int{}
		for _, payload := range story(t, n, 100) {
			seen[payload]++
		}
		missing := 0
		for i := range 100 {
			if seen[fmt.Sprint(i)] == 0 {
				missing++
			}
			if seen[fmt.Sprint(i)] > 2 {
				rt.Fatalf("message %d came %d times", i, seen[fmt.Sprint(i)])
			}
		}
		if missing != n.Stats().Dropped || len(seen) != 100-missing {
			rt.Fatalf("%d missing of which %d dropped, %d seen", missing, n.Stats().Dropped, len(seen))
		}
	})
}

func TestPartition(t *testing.T) {
	t.Parallel()
	n := linktest.New(1, linktest.Weather{})
	central, kiosk := ends(t, n)
	n.Partition("k", true)
	if err := kiosk.Publish(t.Context(), up(1)); err != nil {
		t.Errorf("a half-open connection shows itself: %v", err)
	}
	if _, err := n.Dialer("k").Dial(t.Context()); err == nil {
		t.Error("a dial crossed the partition")
	}
	n.Partition("k", false)
	if err := kiosk.Publish(t.Context(), up(2)); err != nil {
		t.Fatal(err)
	}
	if m := <-central.Receive(); string(m.Payload) != "2" {
		t.Errorf("%q crossed the partition", m.Payload)
	}
	n.SetDown(true)
	for name, l := range map[string]wire.Link{"central": central, "kiosk": kiosk} {
		if l.Err() == nil {
			t.Errorf("%s outlived the broker", name)
		}
	}
	n.SetDown(false)
	ends(t, n)
}
