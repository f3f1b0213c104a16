package ingest_test

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// model is what central must have of one kiosk: the records in order, those in
// quarantine, and nothing else.
type model struct {
	k       *kiosk
	through int
	faulty  map[int]bool
	sent    []sent // for replays
}

// sent is a batch that was on its way, bad as in send.
type sent struct {
	m             wire.Message
	from, to, bad int
}

// TestWhateverArrives sends random batches of two kiosks: in order, repeated,
// overlapping, too far ahead, with poison in them, replayed late, and through
// another process. Every ack must be the model's, and in the end the log too.
func TestWhateverArrives(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	checks := 0
	rapid.Check(t, func(rt *rapid.T) {
		checks++
		a, b := newKiosk(fmt.Sprintf("gate-%d", checks)), newKiosk(fmt.Sprintf("lobby-%d", checks))
		c.enrol(a)
		c.enrol(b)
		ms := []*model{{k: a, faulty: map[int]bool{}}, {k: b, faulty: map[int]bool{}}}
		pick := func() *model { return ms[rapid.IntRange(0, 1).Draw(rt, "kiosk")] }
		rt.Repeat(map[string]func(*rapid.T){
			"write": func(rt *rapid.T) {
				pick().k.punches(t, rapid.IntRange(1, 12).Draw(rt, "n"))
			},
			"send": func(rt *rapid.T) {
				m := pick()
				if n := len(m.k.recs); n > 0 {
					from := rapid.IntRange(max(1, m.through-6), min(n, m.through+3)).Draw(rt, "from")
					m.send(c, from, rapid.IntRange(from, min(n, from+15)).Draw(rt, "to"), -1)
				}
			},
			"next": func(rt *rapid.T) {
				if m := pick(); m.through < len(m.k.recs) {
					m.send(c, m.through+1, min(len(m.k.recs), m.through+10), -1)
				}
			},
			"poison": func(rt *rapid.T) {
				if m := pick(); m.through < len(m.k.recs) {
					to := min(len(m.k.recs), m.through+10)
					m.send(c, m.through+1, to, rapid.IntRange(m.through+1, to).Draw(rt, "bad"))
				}
			},
			"replay": func(rt *rapid.T) {
				m := pick()
				if len(m.sent) > 0 {
					m.arrive(c, m.sent[rapid.IntRange(0, len(m.sent)-1).Draw(rt, "message")])
				}
			},
			"restart": func(*rapid.T) { c.ingest = c.newIngest(c.log) },
			"compare": func(*rapid.T) { same(t, c, ms) },
		})
		same(t, c, ms)
		if n := c.counts.Of(ingest.Failures) + c.counts.Of(ingest.Forks); n != 0 {
			rt.Fatalf("%v", c.counts.All())
		}
	})
}

// send sends from..to, with the body of bad exchanged (-1: none).
func (m *model) send(c *centre, from, to, bad int) {
	b := m.k.batch(from, to)
	if bad >= 0 {
		b.Entries[bad-from].Body = []byte(`{"v":1,"type":"punch","person":"nobody"}`)
	}
	s := sent{m.k.seal(c.t, wire.UpRecords, wire.TypeRecords, b), from, to, bad}
	m.sent = append(m.sent, s)
	m.arrive(c, s)
}

// arrive gives a batch to central and moves the model. Only one that begins at
// the next record counts, which a late one may come to do.
func (m *model) arrive(c *centre, s sent) {
	if s.from == m.through+1 {
		m.through = s.to
		if s.bad >= 0 {
			m.faulty[s.bad] = true
		}
	}
	m.check(c, c.ack(s.m))
}

func (m *model) check(c *centre, a wire.Ack) {
	c.t.Helper()
	wantAck(c.t, a, m.k, m.through, false)
}

func same(t *testing.T, c *centre, ms []*model) {
	t.Helper()
	for _, m := range ms {
		got, err := c.log.Of(t.Context(), m.k.id, m.k.journal)
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		for seq := 1; seq <= m.through; seq++ {
			if m.faulty[seq] {
				continue
			}
			if at >= len(got) || got[at].Seq != uint64(seq) || !equal(got[at], m.k.recs[seq-1]) {
				t.Fatalf("%s: record %d is not row %d", m.k.id, seq, at)
			}
			at++
		}
		if at != len(got) {
			t.Fatalf("%s: %d rows too many", m.k.id, len(got)-at)
		}
		asides, err := c.log.Asides(t.Context(), m.k.id, m.k.journal)
		if err != nil {
			t.Fatal(err)
		}
		if len(asides) != len(m.faulty) {
			t.Fatalf("%s: %d in quarantine, want %d", m.k.id, len(asides), len(m.faulty))
		}
		for _, a := range asides {
			if !m.faulty[int(a.Record.Seq)] || a.Kind != centraldb.Fault || a.Reason != string(record.Altered) {
				t.Fatalf("%s: %+v in quarantine", m.k.id, a)
			}
		}
	}
}

func equal(a, b record.Record) bool {
	return a.Journal == b.Journal && a.Seq == b.Seq && a.Hash == b.Hash && bytes.Equal(a.Body, b.Body) && bytes.Equal(a.Sig, b.Sig)
}
