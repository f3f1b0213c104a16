package ingest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/lifecycle/lifecycletest"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// projectAll runs the projector until nothing is left.
func (c *centre) projectAll() {
	c.t.Helper()
	for {
		n, err := c.project.Once(c.t.Context())
		if err != nil {
			c.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func (c *centre) presence(person string) attendance.Presence {
	c.t.Helper()
	m, err := c.db.Presence(c.t.Context(), []string{person})
	if err != nil {
		c.t.Fatal(err)
	}
	return m[person].Presence
}

func TestPunchesAndPresenceFollowTheLog(t *testing.T) {
	t.Parallel()
	gate, lobby := newKiosk("gate"), newKiosk("lobby")
	c := newCentre(t, gate, lobby)
	var changed [][]string
	c.project = ingest.NewProjector(c.db, c.counts, quiet(), func(p []string) { changed = append(changed, slices.Clone(p)) })
	ticks, stop := c.project.Follow()
	defer stop()

	at := func(min int) time.Time { return start.Add(time.Duration(min) * time.Minute) }
	c.now = at(600) // nothing arrives before it happened
	gate.write(t, []byte(`{"v":1,"type":"opened","reason":"enrolled"}`))
	gate.punch(t, "ada", attendance.In, at(0))
	gate.write(t, []byte(`{"v":9,"type":"from the future","person":"ada"}`))
	gate.write(t, []byte(`not json`))
	gate.punch(t, "ada", attendance.Out, at(60))
	lobby.punch(t, "ada", attendance.In, at(90))
	lobby.punch(t, "bob", attendance.In, at(30))
	c.ack(lobby.send(t, 1, 2))
	c.projectAll()
	c.ack(gate.send(t, 1, 5)) // arrives late: older than what is known of ada
	c.projectAll()

	if d := cmp.Diff(attendance.Presence{Person: "ada", State: attendance.StateIn, Since: at(90), Kiosk: "lobby"}, c.presence("ada")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([][]string{{"ada", "bob"}, {}}, changed); d != "" {
		t.Error(d)
	}
	select {
	case <-ticks:
	default:
		t.Error("followers heard nothing")
	}
	if p, u := c.counts.Of(ingest.Punches), c.counts.Of(ingest.Undecodable); p != 4 || u != 1 {
		t.Errorf("%d punches, %d undecodable", p, u)
	}

	// The later one by its stamp wins, of equal stamps the later arrival.
	gate.punch(t, "bob", attendance.Out, at(30))
	c.ack(gate.send(t, 6, 6))
	c.projectAll()
	if got := c.presence("bob"); got.State != attendance.StateOut || got.Kiosk != "gate" {
		t.Errorf("bob %+v", got)
	}
}

func TestProjectingTwiceIsProjectingOnce(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	k.punches(t, 30)
	c.ack(k.send(t, 1, 30))
	rows, upto, err := c.db.Unprojected(t.Context(), 30)
	if err != nil || upto != 0 || len(rows) != 30 {
		t.Fatalf("%d rows from %d: %v", len(rows), upto, err)
	}
	c.projectAll()
	// A second projector that read before the first committed does nothing.
	done, err := c.db.Project(t.Context(), centraldb.Step{From: 0, To: rows[29].ID, Present: []centraldb.Present{{
		Presence: attendance.Presence{Person: "p0", State: attendance.StateIn, Since: start},
	}}})
	if err != nil || done {
		t.Fatalf("stale step: %v %v", done, err)
	}
	if got := c.presence("p0"); got.State != attendance.StateOut {
		t.Fatalf("%+v", got)
	}
	if n := c.counts.Of(ingest.Punches); n != 30 {
		t.Fatalf("%d punches", n)
	}
}

// failingProjection fails a number of times.
type failingProjection struct {
	ingest.Projection
	left int
}

func (f *failingProjection) Unprojected(ctx context.Context, n int) ([]centraldb.Logged, int64, error) {
	if f.left > 0 {
		f.left--
		return nil, 0, errors.New("busy")
	}
	return f.Projection.Unprojected(ctx, n)
}

func TestProjectorRunsAndGoesOnAfterAnError(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	p := ingest.NewProjector(&failingProjection{c.db, 1}, c.counts, quiet(), nil)
	ticks, stop := p.Follow()
	defer stop()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- p.Run(ctx) }()
	k.punches(t, 3)
	c.ack(k.send(t, 1, 3))
	p.Wake()
	select {
	case <-ticks:
	case <-time.After(20 * time.Second):
		t.Error("nothing projected")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

func TestServicesStartAndStop(t *testing.T) {
	t.Parallel()
	c := newCentre(t, newKiosk("gate"))
	lifecycletest.StartStop(t, func() lifecycle.Service {
		p := ingest.NewProjector(c.db, c.counts, quiet(), nil)
		p.Wake()
		return p
	})
	lifecycletest.StartStop(t, func() lifecycle.Service {
		p := c.newPresence(new(outbox))
		p.Heard("gate", false)
		return p
	})
}

// outbox keeps what is published.
type outbox struct {
	sent []wire.Message
	fail error
}

func (o *outbox) Publish(_ context.Context, m wire.Message) error {
	if o.fail != nil {
		return o.fail
	}
	o.sent = append(o.sent, m)
	return nil
}

func (c *centre) newPresence(o *outbox) *ingest.Presence {
	return ingest.NewPresence(ingest.PresenceConfig{
		Org: org, DB: c.db, Signer: wire.NewSigner(c.key), NewID: newIDs(c.t, "presence"), Publisher: o, Logger: quiet(),
	})
}
