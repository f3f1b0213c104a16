package ingest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/ingest"
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

// What could not be told to one kiosk is not lost for those that were next.
func TestAFailureLosesNobodysPresence(t *testing.T) {
	t.Parallel()
	gate, lobby, dock := newKiosk("gate"), newKiosk("lobby"), newKiosk("dock")
	c := newCentre(t, gate, lobby, dock)
	for _, k := range []string{"lobby", "dock"} {
		c.onRoster(k, "ada")
	}
	o := &outbox{}
	p := c.withSummaries(o)
	c.project = ingest.NewProjector(c.db, c.counts, quiet(), p.Changed)
	for _, k := range []string{"lobby", "dock"} {
		p.Heard(k, false)
		p.Heard(k, false)
	}
	if _, err := p.Once(t.Context(), start); err != nil {
		t.Fatal(err)
	}
	gate.punch(t, "ada", attendance.In, start)
	c.ack(gate.send(t, 1, 1))
	c.projectAll()
	o.fail = errors.New("no broker")
	if _, err := p.Once(t.Context(), start.Add(3*time.Second)); err == nil {
		t.Fatal("a failure is not told")
	}
	o.fail = nil
	if got := c.summaries(p, o, start.Add(6*time.Second)); len(got["lobby"]) != 1 || len(got["dock"]) != 1 {
		t.Errorf("told: %+v", got)
	}
}
