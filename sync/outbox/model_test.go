package outbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/wire"
	"pgregory.net/rapid"
)

type answer struct {
	re  string
	ack wire.Ack
}

// TestWhateverTheNetworkDoes: messages and answers are lost, repeated and
// reordered, the process dies, central stops giving credit and is restored to
// an older state; at the end central has every record once, in order.
func TestWhateverTheNetworkDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		j, c := newJournal(rapid.IntRange(0, 900).Draw(rt, "backlog")), newCentre(t)
		o, now := newOutbox(j), start
		var up []wire.Message
		var down []answer
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "which") }
		rt.Repeat(map[string]func(*rapid.T){
			"send": func(*rapid.T) { up = append(up, next(t, o, now)...) },
			"punch": func(*rapid.T) {
				j.punch(nil)
			},
			"time": func(*rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 200_000).Draw(rt, "ms")) * time.Millisecond)
			},
			"deliver up": func(*rapid.T) {
				if len(up) == 0 {
					return
				}
				i := pick(len(up))
				re, a := c.receive(up[i])
				down = append(down, answer{re, a})
				if rapid.Bool().Draw(rt, "once") {
					up = append(up[:i:i], up[i+1:]...)
				}
			},
			"deliver down": func(*rapid.T) {
				if len(down) == 0 {
					return
				}
				i := pick(len(down))
				onAck(t, o, now, down[i].re, down[i].ack)
				if rapid.Bool().Draw(rt, "once") {
					down = append(down[:i:i], down[i+1:]...)
				}
			},
			"lose": func(*rapid.T) { up, down = nil, nil },
			"forge": func(*rapid.T) {
				a := c.ack(j.id)
				a.Through += uint64(rapid.IntRange(1, 300).Draw(rt, "too far"))
				if v := onAck(t, o, now, "", a); !v.Refused() {
					t.Fatalf("an ack beyond what central has was %s", v)
				}
			},
			"crash":   func(*rapid.T) { o = newOutbox(j) },
			"reset":   func(*rapid.T) { _ = o.Reset(context.Background()) },
			"credits": func(*rapid.T) { c.credits = rapid.SampledFrom([]int{0, 1, 70, 1000}).Draw(rt, "credits") },
			"restore": func(*rapid.T) {
				if keep := len(c.stored[j.id]); keep > 0 {
					c.stored[j.id] = c.stored[j.id][:pick(keep+1)]
					c.gen++
				}
			},
			"": func(*rapid.T) { c.check(j) },
		})
		settle(t, o, c, j, now)
	})
}

// settle gives outbox and central a good network and time, and then everything
// must be there.
func settle(t *testing.T, o *outbox.Outbox, c *centre, j *memJournal, now time.Time) {
	c.credits = 1000
	for range 300 {
		now = now.Add(5 * time.Second)
		onAck(t, o, now, "", c.ack(j.id)) // a round's welcome
		for _, m := range next(t, o, now) {
			re, a := c.receive(m)
			onAck(t, o, now, re, a)
		}
		if next(t, o, now); o.Drained() {
			break
		}
	}
	c.check(j)
	if n := len(j.recs); len(c.stored[j.id]) != n || int(j.acked) != n {
		t.Fatalf("of %d records central has %d, released %d: %+v", n, len(c.stored[j.id]), j.acked, o.Stats())
	}
}
