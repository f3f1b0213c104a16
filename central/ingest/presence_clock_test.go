package ingest_test

import (
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/ingest"
)

// One punch under a clock in the year 2099 must not decide where a person stands
// until then.
func TestAClockInTheFutureDoesNotFreezePresence(t *testing.T) {
	t.Parallel()
	gate, lobby := newKiosk("gate"), newKiosk("lobby")
	c := newCentre(t, gate, lobby)
	gate.punch(t, "ada", attendance.In, time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC))
	c.ack(gate.send(t, 1, 1))
	c.projectAll()
	if got := c.presence("ada"); got.Since.After(c.now) {
		t.Errorf("present since %v, and it is %v", got.Since, c.now)
	}
	c.now = start.Add(time.Hour)
	lobby.punch(t, "ada", attendance.Out, c.now)
	c.ack(lobby.send(t, 1, 1))
	c.projectAll()
	if got := c.presence("ada"); got.State != attendance.StateOut || got.Kiosk != "lobby" {
		t.Errorf("after leaving: %+v", got)
	}
}

// A kiosk whose machine was replaced has a new journal and knows nothing of who
// came in at it before: it must be told, or they could not leave there.
func TestAReplacedKioskIsToldWhoCameInThere(t *testing.T) {
	t.Parallel()
	gate := newKiosk("gate")
	c := newCentre(t, gate)
	c.onRoster("gate", "ada", "bob")
	o := &outbox{}
	p := c.newPresence(o)
	c.project = ingest.NewProjector(c.db, c.counts, quiet(), p.Changed)
	c.ingest = c.newIngest(c.log)
	gate.punch(t, "ada", attendance.In, start)
	gate.punch(t, "bob", attendance.In, start)
	c.ack(gate.send(t, 1, 2))
	c.projectAll()

	gate.journal[15]++ // the new machine
	gate.recs = nil
	c.now = start.Add(time.Hour)
	gate.punch(t, "bob", attendance.Out, c.now)
	c.ack(gate.send(t, 1, 1))
	c.projectAll()
	p.Heard("gate", true)
	got, _ := c.told(p, o, c.now)
	if len(got["gate"]) != 1 || len(got["gate"][0].Rows) != 1 {
		t.Fatalf("told %+v", got)
	}
	row := got["gate"][0].Rows[0]
	if row.Person != "ada" || row.State != "in" || got["gate"][0].Journal != gate.journal {
		t.Errorf("told %+v", got["gate"][0])
	}
}
