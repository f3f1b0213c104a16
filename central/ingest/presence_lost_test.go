package ingest_test

import (
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
)

// The push that tells a kiosk everything may be lost like any other: who is in
// would look unknown there, and could not leave.
func TestEverythingIsToldOnceMoreWithTheNextHello(t *testing.T) {
	t.Parallel()
	gate, lobby := newKiosk("gate"), newKiosk("lobby")
	c := newCentre(t, gate, lobby)
	c.onRoster("lobby", "ada")
	o := &outbox{}
	p := c.newPresence(o)
	gate.punch(t, "ada", attendance.In, start)
	c.ack(gate.send(t, 1, 1))
	c.projectAll() // before this process began: it knows of no change
	for i, want := range []int{1, 1, 0} {
		p.Heard("lobby", false)
		if got, _ := c.told(p, o, start.Add(time.Duration(10*i)*time.Second)); len(got["lobby"]) != want {
			t.Errorf("hello %d: told %+v", i+1, got)
		}
	}
}
