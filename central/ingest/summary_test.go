package ingest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// withSummaries gives a pusher that also tells people's own punches.
func (c *centre) withSummaries(o *outbox) *ingest.Presence {
	return ingest.NewPresence(ingest.PresenceConfig{
		Org: org, DB: c.db, Signer: wire.NewSigner(c.key), NewID: newIDs(c.t, "presence"), Publisher: o, Logger: quiet(), Summaries: c.db,
	})
}

// summaries runs the pusher at now and gives the summaries it sent, by kiosk.
func (c *centre) summaries(p *ingest.Presence, o *outbox, now time.Time) map[string][]wire.SummaryPage {
	c.t.Helper()
	o.sent = nil
	if _, err := p.Once(c.t.Context(), now); err != nil {
		c.t.Fatal(err)
	}
	out := map[string][]wire.SummaryPage{}
	for _, m := range o.sent {
		a := c.open(m)
		if a.env.Type != wire.TypeSummary {
			continue
		}
		var page wire.SummaryPage
		if err := a.env.Decode(&page); err != nil {
			c.t.Fatal(err)
		}
		out[a.topic.Kiosk] = append(out[a.topic.Kiosk], page)
	}
	return out
}

// monday is the week's beginning at kiosks in UTC; start is eight hours later.
func monday() time.Time { return start.Add(-8 * time.Hour) }

// Every kiosk that lists a person hears their own punches, also the one that made
// them; taken back ones are not in it, corrected ones as they hold.
func TestSummariesFollowEveryChange(t *testing.T) {
	t.Parallel()
	gate, lobby := newKiosk("gate"), newKiosk("lobby")
	c := newCentre(t, gate, lobby)
	c.people("ada", "bob")
	c.onRoster("gate", "ada", "bob")
	c.onRoster("lobby", "ada")
	c.now = start.Add(time.Hour)
	o := &outbox{}
	p := c.withSummaries(o)
	c.project = ingest.NewProjector(c.db, c.counts, quiet(), p.Changed)
	for _, k := range []string{"gate", "lobby"} {
		p.Heard(k, false)
	}
	if got := c.summaries(p, o, start); len(got) != 0 {
		t.Fatalf("nobody has punched: %+v", got)
	}
	gate.punch(t, "ada", attendance.In, start)
	gate.punch(t, "ada", attendance.Out, start.Add(time.Minute))
	c.take(gate, 1)
	in := wire.SummaryPunch{At: start.UnixNano(), Action: attendance.In, Kiosk: "gate"}
	out := wire.SummaryPunch{At: start.Add(time.Minute).UnixNano(), Action: attendance.Out, Kiosk: "gate"}
	row := wire.SummaryRow{Person: "ada", From: monday().UnixNano(), Punches: []wire.SummaryPunch{in, out}}
	want := map[string][]wire.SummaryPage{
		"gate":  {{Gen: 3, Journal: gate.journal, AsOf: 2, Rows: []wire.SummaryRow{row}}},
		"lobby": {{Gen: 3, Rows: []wire.SummaryRow{row}}},
	}
	if d := cmp.Diff(want, c.summaries(p, o, start.Add(3*time.Second))); d != "" {
		t.Fatal(d)
	}
	gate.takeBack(t, "ada", 2, start.Add(90*time.Second))
	c.take(gate, 3)
	row.Punches = []wire.SummaryPunch{in}
	got := c.summaries(p, o, start.Add(6*time.Second))
	if d := cmp.Diff([]wire.SummaryRow{row}, got["lobby"][0].Rows); d != "" || got["gate"][0].AsOf != 3 {
		t.Fatal(d, got["gate"])
	}
	c.update(func(tx *centraldb.Tx) error {
		_, err := tx.AddCorrection(t.Context(), centraldb.Correction{Entry: 1, Kind: centraldb.FixCorrect, Person: "ada", Kiosk: "gate", Action: attendance.In, At: in.At - 9, Zone: "UTC"})
		return err
	})
	p.Changed([]string{"ada"})
	row.Punches[0].At, row.Punches[0].Fixed = in.At-9, true
	if d := cmp.Diff([]wire.SummaryRow{row}, c.summaries(p, o, start.Add(9*time.Second))["lobby"][0].Rows); d != "" {
		t.Fatal(d)
	}
	p.Heard("lobby", true) // a pull: everything
	if d := cmp.Diff([]wire.SummaryRow{row}, c.summaries(p, o, start.Add(12*time.Second))["lobby"][0].Rows); d != "" {
		t.Fatal(d)
	}
}

// A summary holds the week, or the last ten, and never more than it may; it says
// from when on it is whole.
func TestHowFarASummaryGoesBack(t *testing.T) {
	t.Parallel()
	gate := newKiosk("gate")
	c := newCentre(t, gate)
	c.onRoster("gate", "few", "old", "many")
	c.now = start.Add(24 * time.Hour)
	day := 24 * time.Hour
	gate.punch(t, "few", attendance.In, start.Add(-3*day))
	gate.punch(t, "few", attendance.Out, start)
	for i := range 30 {
		gate.punch(t, "old", attendance.In, start.Add(-30*day+time.Duration(i)*time.Hour))
	}
	for i := range 80 {
		gate.punch(t, "many", attendance.In, start.Add(time.Duration(i)*time.Second))
	}
	for i := 1; i <= 101; i += 50 {
		c.ack(gate.send(t, i, min(i+49, len(gate.recs))))
	}
	c.projectAll()
	o := &outbox{}
	p := c.withSummaries(o)
	p.Heard("gate", false)
	p.Changed([]string{"few", "old", "many"})
	rows := map[string]wire.SummaryRow{}
	for _, page := range c.summaries(p, o, start.Add(time.Hour))["gate"] {
		for _, r := range page.Rows {
			rows[r.Person] = r
		}
	}
	if _, ok := rows["old"]; ok {
		t.Error("the first of a kiosk is those of this week and the last")
	}
	p.Changed([]string{"old"})
	for _, r := range c.summaries(p, o, start.Add(2*time.Hour))["gate"][0].Rows {
		rows[r.Person] = r
	}
	for person, want := range map[string]struct {
		n    int
		from time.Time
	}{"few": {2, start.Add(-3 * day)}, "old": {10, start.Add(-30*day + 20*time.Hour)}, "many": {wire.MaxSummary, start.Add(20 * time.Second)}} {
		r := rows[person]
		if len(r.Punches) != want.n || r.From != want.from.UnixNano() {
			t.Errorf("%s: %d punches from %s", person, len(r.Punches), time.Unix(0, r.From).UTC())
		}
	}
}

// crowd has people on kiosks, with an ordinary week of punches each.
func crowd(t testing.TB, people, kiosks, punches int) *centre {
	t.Helper()
	var clocks []*kiosk
	for i := range kiosks {
		clocks = append(clocks, newKiosk(fmt.Sprintf("kiosk-%03d", i)))
	}
	c := newCentre(t, clocks...)
	var names []string
	for i := range people {
		names = append(names, fmt.Sprintf("p-%012d", i))
	}
	for _, k := range clocks {
		c.onRoster(k.id, names...)
	}
	var step centraldb.Step
	for i := range people * punches {
		u := attendance.Punch{Person: names[i%people], Kiosk: clocks[i%kiosks].id, Action: attendance.In, At: start.Add(time.Duration(i) * time.Second), Auth: attendance.AuthPersonal}
		step.Punches = append(step.Punches, centraldb.Projected{ID: int64(i + 1), Journal: record.JournalID{1}, Seq: uint64(i + 1), Punch: u, Zone: "UTC"})
	}
	step.To = int64(len(step.Punches))
	if done, err := c.db.Project(t.Context(), step); err != nil || !done {
		t.Fatal(done, err)
	}
	return c
}

// bytesOf is what one run of the pusher sends.
func (c *centre) bytesOf(p *ingest.Presence, o *outbox, now time.Time) (bytes, messages int) {
	c.t.Helper()
	o.sent = nil
	if _, err := p.Once(c.t.Context(), now); err != nil {
		c.t.Fatal(err)
	}
	for _, m := range o.sent {
		bytes += len(m.Payload)
	}
	return bytes, len(o.sent)
}

// Five hundred people cost a kiosk little, at its first hello and with each punch.
func TestSummariesOfACrowd(t *testing.T) {
	t.Parallel()
	const kiosks, people = 8, 500
	c := crowd(t, people, kiosks, 15)
	o := &outbox{}
	p := c.withSummaries(o)
	for i := range kiosks {
		p.Heard(fmt.Sprintf("kiosk-%03d", i), false)
	}
	all, messages := c.bytesOf(p, o, start.Add(24*time.Hour))
	p.Changed([]string{"p-000000000007"})
	one, each := c.bytesOf(p, o, start.Add(24*time.Hour+3*time.Second))
	t.Logf("a kiosk: %d bytes in %d messages for all, %d bytes in %d for a punch", all/kiosks, messages/kiosks, one/kiosks, each/kiosks)
	if all == 0 || all/kiosks > 300<<10 || messages/kiosks > 20 {
		t.Errorf("all: %d bytes in %d messages", all, messages)
	}
	if one == 0 || one/kiosks > 3<<10 || each/kiosks > 2 {
		t.Errorf("one: %d bytes in %d messages", one, each)
	}
}

// A fleet of 200 kiosks after a start of the server, all with the same 500 people.
func BenchmarkSummariesAfterAStart(b *testing.B) {
	c := crowd(b, 500, 200, 15)
	for b.Loop() {
		o := &outbox{}
		p := c.withSummaries(o)
		for i := range 200 {
			p.Heard(fmt.Sprintf("kiosk-%03d", i), false)
		}
		bytes, messages := c.bytesOf(p, o, start.Add(24*time.Hour))
		b.ReportMetric(float64(bytes), "bytes")
		b.ReportMetric(float64(messages), "messages")
	}
}
