package ingest_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// takeBack writes that the person takes back record seq of this journal.
func (k *kiosk) takeBack(t testing.TB, person string, seq int, at time.Time) {
	t.Helper()
	k.say(t, at, record.Body{Type: record.Void, Person: person, Seq: uint64(seq)})
}

// underReview gives what waits for a decision: kind, why, and the punch in it.
func (c *centre) underReview() []string {
	c.t.Helper()
	items, err := c.db.OpenReviews(c.t.Context(), 0, 100)
	if err != nil {
		c.t.Fatal(err)
	}
	var out []string
	for _, i := range items {
		out = append(out, fmt.Sprintf("%s %s %d", i.Kind, i.Reason, i.Entry))
	}
	slices.Sort(out)
	return out
}

func TestTakingBackAPunch(t *testing.T) {
	t.Parallel()
	gate, lobby := newKiosk("gate"), newKiosk("lobby")
	c := newCentre(t, gate, lobby)
	c.people("ada", "bob")
	c.now = start.Add(24 * time.Hour)
	var moved []string
	c.project = ingest.NewProjector(c.db, c.counts, quiet(), func(p []string) { moved = append(moved, p...) })
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	lobby.punch(t, "ada", attendance.In, at(0))
	gate.punch(t, "ada", attendance.Out, at(10))
	gate.punch(t, "bob", attendance.In, at(11))
	c.take(lobby, 1)
	c.take(gate, 1)
	moved = nil
	gate.takeBack(t, "ada", 1, at(40)) // the usual way
	gate.takeBack(t, "ada", 1, at(41)) // once more: harmless
	gate.takeBack(t, "ada", 2, at(42)) // Bob's
	gate.takeBack(t, "bob", 2, at(600))
	gate.takeBack(t, "bob", 3, at(43))    // no punch
	gate.takeBack(t, "bob", 4000, at(43)) // not there
	gate.takeBack(t, "bob", 8, at(43))    // itself
	c.take(gate, 3)
	if got := c.presence("ada"); got.State != attendance.StateIn || got.Kiosk != "lobby" || !got.Since.Equal(at(0)) {
		t.Errorf("ada %+v", got)
	}
	if got := c.presence("bob"); got.State != attendance.StateIn {
		t.Errorf("bob %+v", got)
	}
	want := []string{"void late 3", "void no_punch 0", "void no_punch 0", "void no_punch 0", "void not_their 3"}
	if got := c.underReview(); !slices.Equal(got, want) {
		t.Errorf("under review: %q, want %q", got, want)
	}
	h, err := c.db.Held(t.Context(), 2)
	if err != nil || h.Kind != centraldb.FixVoid || h.MadeBy != centraldb.ByPerson || h.MadeAt != at(40).UnixNano() {
		t.Errorf("%+v %v", h, err)
	}
	if rows, err := c.db.Corrections(t.Context(), 2); err != nil || len(rows) != 1 {
		t.Errorf("%+v %v", rows, err)
	}
	if !slices.Equal(moved, []string{"ada"}) {
		t.Errorf("moved %v", moved)
	}
}

// A punch that an admin has put right is not taken back over their head.
func TestTakingBackWhatWasCorrected(t *testing.T) {
	t.Parallel()
	gate := newKiosk("gate")
	c := newCentre(t, gate)
	c.people("ada")
	gate.punch(t, "ada", attendance.In, start)
	c.take(gate, 1)
	c.update(func(tx *centraldb.Tx) error {
		_, err := tx.AddCorrection(t.Context(), centraldb.Correction{
			Entry: 1, Kind: centraldb.FixCorrect, Person: "ada", Kiosk: "gate", Action: attendance.In, At: start.UnixNano() - 1, Zone: "UTC", MadeBy: "boss", Reason: "earlier",
		})
		return err
	})
	gate.takeBack(t, "ada", 1, start.Add(time.Minute))
	c.take(gate, 2)
	if got := c.underReview(); !slices.Equal(got, []string{"void fixed 1"}) {
		t.Errorf("%q", got)
	}
}

// The clock of the wall may be set between a punch and its end; the time since the
// machine's start decides.
func TestTakingBackIsSoonByTheClockThatNobodySets(t *testing.T) {
	t.Parallel()
	gate := newKiosk("gate")
	c := newCentre(t, gate)
	c.people("ada")
	c.now = start.Add(24 * time.Hour)
	stamped := func(b record.Body, boot, real time.Duration) {
		b.Stamp = attendance.Stamp{Real: start.Add(real).UnixNano(), Boot: int64(boot), BootID: "b1", Zone: "UTC"}
		text, err := record.Encode(b)
		if err != nil {
			t.Fatal(err)
		}
		gate.write(t, text)
	}
	punch := record.Body{Type: record.Punched, Person: "ada", Action: attendance.In, Auth: attendance.AuthPersonal}
	stamped(punch, time.Minute, 0)
	stamped(record.Body{Type: record.Void, Person: "ada", Seq: 1}, 2*time.Minute, time.Hour)
	stamped(punch, 3*time.Minute, 0)
	stamped(record.Body{Type: record.Void, Person: "ada", Seq: 3}, time.Hour, time.Minute)
	c.take(gate, 1)
	if got := c.underReview(); !slices.Equal(got, []string{"void late 3"}) {
		t.Errorf("%q", got)
	}
}

func TestNewcomersWaitForADecision(t *testing.T) {
	t.Parallel()
	gate := newKiosk("gate")
	c := newCentre(t, gate)
	gate.say(t, start, record.Body{Type: record.Unlisted, Name: " Nia\nNew ", Action: attendance.In})
	gate.say(t, start, record.Body{Type: record.Unlisted, Action: attendance.In})
	gate.say(t, start, record.Body{Type: record.Unlisted, Name: "x", Action: "dance"})
	c.take(gate, 1)
	i, err := c.db.Review(t.Context(), centraldb.Newcomer, "1")
	if err != nil || i.Claim == nil || i.Claim.Typed != "Nia New" || i.Claim.Action != attendance.In || i.Claim.At != start.UnixNano() || i.Seq != 1 {
		t.Errorf("%+v %v", i, err)
	}
	if got := c.underReview(); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

// said is one record of the model, and whether it still counts.
type said struct {
	kiosk  int
	seq    int
	person string
	action attendance.Action
	at     time.Time
	void   bool
	turn   int // of arrival
}

// In whatever order and pieces the records of two kiosks come, what counts and where
// people stand is what a plain fold over the whole log says.
func TestTakebacksModel(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(root, "m")
		if err != nil {
			t.Fatal(err)
		}
		kiosks := []*kiosk{newKiosk("gate"), newKiosk("lobby")}
		c := newCentreIn(t, dir, kiosks...)
		defer func() {
			if err := c.db.Close(); err != nil {
				t.Error(err)
			}
		}()
		c.now = start.Add(24 * time.Hour)
		log := writeDay(rt, t, kiosks)
		deliver(rt, c, kiosks, log)
		checkDay(rt, c, kiosks, log)
	})
}

func newCentreIn(t testing.TB, dir string, kiosks ...*kiosk) *centre {
	t.Helper()
	db, err := centraldb.Open(t.Context(), filepath.Join(dir, "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	return centreOver(t, db, kiosks...)
}

// writeDay has two people punch at the kiosks and take punches back; it gives what
// the log says, takebacks applied.
func writeDay(rt *rapid.T, t *testing.T, kiosks []*kiosk) []*said {
	var log []*said
	now := start
	for range rapid.IntRange(1, 25).Draw(rt, "records") {
		now = now.Add(time.Duration(rapid.IntRange(0, 50).Draw(rt, "seconds")) * time.Second)
		n := rapid.IntRange(0, 1).Draw(rt, "kiosk")
		person := rapid.SampledFrom([]string{"ada", "bob"}).Draw(rt, "person")
		k := kiosks[n]
		if len(k.recs) == 0 || rapid.Bool().Draw(rt, "punch") {
			action := rapid.SampledFrom([]attendance.Action{"in", "out", "break_start", "break_end", "unresolved"}).Draw(rt, "action")
			k.punch(t, person, action, now)
			log = append(log, &said{kiosk: n, seq: len(k.recs), person: person, action: action, at: now})
			continue
		}
		seq := rapid.IntRange(1, len(k.recs)).Draw(rt, "seq")
		k.takeBack(t, person, seq, now)
		for _, s := range log {
			if s.kiosk == n && s.seq == seq && s.person == person && now.Sub(s.at) <= 2*time.Minute {
				s.void = true
			}
		}
	}
	return log
}

// deliver sends the journals in pieces, in turns, projecting now and then.
func deliver(rt *rapid.T, c *centre, kiosks []*kiosk, log []*said) {
	sent, turn := []int{0, 0}, 0
	for sent[0] < len(kiosks[0].recs) || sent[1] < len(kiosks[1].recs) {
		n := rapid.IntRange(0, 1).Draw(rt, "whose")
		if sent[n] == len(kiosks[n].recs) {
			n = 1 - n
		}
		to := rapid.IntRange(sent[n]+1, len(kiosks[n].recs)).Draw(rt, "to")
		c.ack(kiosks[n].send(c.t, sent[n]+1, to))
		for _, s := range log {
			if s.kiosk == n && s.seq > sent[n] && s.seq <= to {
				s.turn = turn + s.seq
			}
		}
		turn, sent[n] = turn+1000, to
		if rapid.Bool().Draw(rt, "project") {
			c.projectAll()
		}
	}
	c.projectAll()
}

func checkDay(rt *rapid.T, c *centre, kiosks []*kiosk, log []*said) {
	list, err := c.db.Entries(c.t.Context(), centraldb.EntryFilter{Limit: 100})
	if err != nil {
		c.t.Fatal(err)
	}
	void := map[string]bool{}
	for _, e := range list {
		void[fmt.Sprint(e.Kiosk, e.Seq)] = e.Void()
	}
	slices.SortFunc(log, func(a, b *said) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.turn, b.turn)) })
	states := map[string]attendance.State{}
	for _, s := range log {
		if got := void[fmt.Sprint(kiosks[s.kiosk].id, s.seq)]; got != s.void {
			rt.Fatalf("%+v is void: %v", *s, got)
		}
		if !s.void {
			states[s.person] = attendance.Presence{State: states[s.person]}.After(attendance.Punch{Action: s.action}).State
		}
	}
	for _, person := range []string{"ada", "bob"} {
		got, want := c.presence(person).State, states[person]
		if got != want && (got == attendance.StateIn || got == attendance.StateBreak || want != "") {
			rt.Fatalf("%s is %q, the log says %q", person, got, want)
		}
	}
}
