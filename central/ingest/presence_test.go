package ingest_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// told runs the pusher at now and gives the pages it sent, by kiosk.
func (c *centre) told(p *ingest.Presence, o *outbox, now time.Time) (map[string][]wire.PresencePage, time.Time) {
	c.t.Helper()
	o.sent = nil
	next, err := p.Once(c.t.Context(), now)
	if err != nil {
		c.t.Fatal(err)
	}
	out := map[string][]wire.PresencePage{}
	for _, m := range o.sent {
		a := c.open(m)
		if a.env.Type != wire.TypePresence || a.topic.Channel != wire.DownPush {
			c.t.Fatalf("%+v", a)
		}
		var page wire.PresencePage
		if err := a.env.Decode(&page); err != nil {
			c.t.Fatal(err)
		}
		out[a.topic.Kiosk] = append(out[a.topic.Kiosk], page)
	}
	return out, next
}

// onRoster puts people on a kiosk's roster.
func (c *centre) onRoster(kiosk string, people ...string) {
	c.t.Helper()
	var rows []centraldb.RosterRow
	for _, id := range people {
		rows = append(rows, centraldb.RosterRow{RosterKey: centraldb.RosterKey{Kind: wire.KindPerson, ID: id}, Body: []byte("{}")})
	}
	if done, err := c.db.PutRoster(c.t.Context(), kiosk, 0, 1, rows); err != nil || !done {
		c.t.Fatal(done, err)
	}
}

func TestOtherKiosksAreTold(t *testing.T) {
	t.Parallel()
	gate, lobby, dock := newKiosk("gate"), newKiosk("lobby"), newKiosk("dock")
	c := newCentre(t, gate, lobby, dock)
	c.onRoster("gate", "ada", "bob")
	c.onRoster("lobby", "ada")
	c.onRoster("dock", "bob")
	o := &outbox{}
	p := c.newPresence(o)
	c.project = ingest.NewProjector(c.db, c.counts, quiet(), p.Changed)
	c.ingest = c.newIngest(c.log)
	for _, k := range []string{"gate", "lobby", "dock"} {
		p.Heard(k, false)
	}
	if got, _ := c.told(p, o, start); len(got) != 0 {
		t.Fatalf("nobody has punched: %+v", got)
	}

	lobby.punches(t, 3)
	c.ack(lobby.send(t, 1, 3))
	gate.punch(t, "ada", attendance.In, start)
	c.ack(gate.send(t, 1, 1))
	c.projectAll()
	lobby.punches(t, 2)
	c.ack(lobby.send(t, 4, 5)) // stored, but not yet counted in presence
	got, next := c.told(p, o, start.Add(3*time.Second))
	want := map[string][]wire.PresencePage{"lobby": {{
		Gen: 3, Journal: lobby.journal, AsOf: 3,
		Rows: []wire.PresenceRow{{Person: "ada", State: "in", Since: start.UnixNano(), Kiosk: "gate"}},
	}}}
	if d := cmp.Diff(want, got); d != "" || !next.IsZero() {
		t.Fatal(d, next)
	}

	// Not more often than every two seconds.
	gate.punch(t, "ada", attendance.Out, start.Add(time.Minute))
	c.ack(gate.send(t, 2, 2))
	c.projectAll()
	got, next = c.told(p, o, start.Add(4*time.Second))
	if len(got) != 0 || !next.Equal(start.Add(5*time.Second)) {
		t.Fatalf("told %+v, next %v", got, next)
	}
	if got, _ = c.told(p, o, next); len(got["lobby"]) != 1 || got["lobby"][0].Rows[0].State != "out" || got["lobby"][0].AsOf != 5 {
		t.Fatalf("told %+v", got)
	}

	// What was pushed may be lost: the next two hellos bring it again, the third does not.
	for i, again := range []bool{true, true, false} {
		p.Heard("lobby", false)
		got, _ = c.told(p, o, start.Add(time.Duration(10+10*i)*time.Second))
		if (len(got["lobby"]) == 1) != again {
			t.Fatalf("hello %d: %+v", i, got)
		}
	}
	p.Heard("lobby", true)
	if got, _ = c.told(p, o, start.Add(time.Minute)); len(got["lobby"]) != 1 {
		t.Fatalf("after a pull: %+v", got)
	}
}

func TestPresencePagesFitAndFailuresAreMadeGood(t *testing.T) {
	t.Parallel()
	gate, lobby := newKiosk("gate"), newKiosk("lobby")
	c := newCentre(t, gate, lobby)
	var people []string
	for i := range 900 {
		id := fmt.Sprintf("person-%04d", i)
		people = append(people, id)
		gate.punch(t, id, attendance.In, start)
	}
	c.onRoster("lobby", people...)
	for i := 1; i <= 900; i += 100 {
		c.ack(gate.send(t, i, i+99))
	}
	c.projectAll()
	o := &outbox{fail: errors.New("no broker")}
	p := c.newPresence(o)
	p.Heard("lobby", false)
	if _, err := p.Once(t.Context(), start); err == nil {
		t.Fatal("a failure is not told")
	}
	o.fail = nil
	got, _ := c.told(p, o, start.Add(time.Minute))
	seen := map[string]bool{}
	for _, page := range got["lobby"] {
		for _, row := range page.Rows {
			seen[row.Person] = true
		}
	}
	if len(seen) != 900 {
		t.Fatalf("%d people told", len(seen))
	}
}
