package ingest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// Admins get a mail of what waits for them where the organisation wants it, once in
// an hour for each kiosk.
func TestMailOfWhatWaits(t *testing.T) {
	t.Parallel()
	gate, lobby := newKiosk("gate"), newKiosk("lobby")
	c := newCentre(t, gate, lobby)
	c.people("ada")
	c.now = start
	asks := func(k *kiosk) {
		k.say(t, c.now, record.Body{Type: record.Request, Person: "ada", Action: attendance.Out, Claim: start.UnixNano(), Note: "my bus"})
		k.say(t, c.now, record.Body{Type: record.Unlisted, Name: "Nia", Action: attendance.In})
	}
	asks(gate)
	c.take(gate, 1)
	if got := c.titles(); len(got) != 0 {
		t.Errorf("nobody wanted that: %q", got)
	}
	c.update(func(tx *centraldb.Tx) error {
		return tx.SetSettings(t.Context(), centraldb.Settings{MailRequests: true})
	})
	asks(gate)
	asks(gate)
	asks(lobby)
	c.take(gate, 3)
	c.take(lobby, 1)
	want := []string{"Ada Brandt asks for a missed punch", "Somebody is not listed at gate", "Ada Brandt asks for a missed punch", "Somebody is not listed at lobby"}
	if got := c.titles(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	body := "Ada Brandt (1-ada) asks for a punch of Mon 2 Mar 2026 at 09:00 (Europe/Berlin) at the kiosk gate: my bus\n\n" +
		"Decide on the page Requests. Others who ask there within the hour make no mail of their own."
	if n := c.notices()[0]; n.Body != body || n.Path != "/punches/requests" || n.Audience != centraldb.ToAdmins {
		t.Errorf("%+v", n)
	}
}

// What somebody asks for is stored once; what no kiosk writes is not. Who has seen an
// answer is told to whoever makes the rosters.
func TestRequestsAndWhatWasRead(t *testing.T) {
	t.Parallel()
	gate := newKiosk("gate")
	c := newCentre(t, gate)
	c.people("ada", "bob")
	var read []string
	c.project.Read = func(p []string) { read = append(read, p...) }
	claim := start.Add(-time.Hour).UnixNano()
	gate.say(t, start, record.Body{Type: record.Request, Person: "ada", Action: attendance.Out, Claim: claim, Note: "my card\nwas lost"})
	gate.say(t, start, record.Body{Type: record.Request, Person: "ada", Action: attendance.Unresolved, Claim: claim})
	gate.say(t, start, record.Body{Type: record.Request, Person: "ada", Action: attendance.Out})
	c.take(gate, 1)
	list, err := c.db.PunchRequests(t.Context(), centraldb.RequestFilter{Limit: 9})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	q := list[0]
	if q.ID != 1 || q.Person != "ada" || q.Reason != "my card was lost" || q.Claim != claim || q.MadeAt != start.UnixNano() || q.Zone != "Europe/Berlin" || q.KioskName != "gate" {
		t.Errorf("%+v", q)
	}
	c.update(func(tx *centraldb.Tx) error {
		q.Decision, q.Told = centraldb.RequestRefused, "no"
		return tx.DecidePunchRequest(t.Context(), q.PunchRequest)
	})
	for _, b := range []record.Body{
		{Person: "bob", Message: "answer-1"},
		{Person: "ada", Message: "answer-01"},
		{Person: "ada", Message: "answer-"},
		{Person: "ada", Message: "note-7"},
		{Person: "ada", Message: "x"},
		{Person: "ada", Message: "answer-1"},
		{Person: "ada", Message: "answer-1"},
	} {
		b.Type = record.MessageRead
		gate.say(t, start, b)
	}
	c.take(gate, 4)
	if !slices.Equal(read, []string{"ada", "ada"}) {
		t.Errorf("read by %v", read)
	}
	if q, err := c.db.PunchRequest(t.Context(), 1); err != nil || q.ReadAt != start.UnixNano() {
		t.Errorf("%+v %v", q, err)
	}
}
