package e2e

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// attackerACL lets one account read and write everything: a broker in bad hands.
const attackerACL = "user attacker\ntopic readwrite #\n"

// TestBrokerInBadHands: whoever runs the broker reads everything, replays what
// was said before, and writes acknowledgements and rosters of their own to a
// kiosk that is cut off from central. No punch may be released by it, no roster
// go back, no record be made up.
func TestBrokerInBadHands(t *testing.T) {
	t.Parallel()
	c := foundCentre(t)
	b := outsideBroker(t, c, attackerACL)
	spy := connect(t, c.keys(t), b.Addr, "attacker", clientCert(t, c.keys(t), "attacker"), "timepost/#")
	tape := &tape{link: spy}
	c.up(t, "--broker", "tls://"+b.Addr, "--log-level", "debug")
	v := &besieged{c: c, tally: newTally(), people: importPeople(t, c, 3)}
	v.w = newClock(t, c, "Victim", false)
	v.tap(t, 0, 10)
	awaitDrained(t, []*clock{v.w})
	tape.until(t, "an old roster", func(m wire.Message, e wire.Envelope) bool { return e.Type == wire.TypePage })
	old := v.w.state(t).RosterVer
	if _, err := c.api.AddPerson(t.Context(), client.NewPerson{Name: "New Hire"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "the new roster is at the kiosk", func() bool { return v.w.state(t).RosterVer > old })
	tape.drain()
	past := slices.Clone(tape.all)
	c.proc.kill9()
	v.tap(t, 10, 10)
	tape.until(t, "the records that central has not heard", func(_ wire.Message, e wire.Envelope) bool {
		return e.Type == wire.TypeRecords && !slices.ContainsFunc(past, func(m wire.Message) bool { return sameID(m, e.ID) })
	})
	a := newAttack(t, c, v.w, tape.newest)
	toKiosk := v.holdsOut(t, a, spy, past)
	toCentral := v.comesThrough(t, a, spy, past)
	t.Logf("to the kiosk %d forged or replayed messages, to central %d", toKiosk, toCentral)
}

// besieged is a kiosk whose broker is in bad hands.
type besieged struct {
	c      *centre
	w      *clock
	people []string
	tally  *tally
}

// tap makes n punches, numbered from the given number on.
func (v *besieged) tap(t *testing.T, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		note := fmt.Sprintf("0.%d", i)
		if _, err := v.w.punch(t, v.people[i%2], note); err != nil {
			t.Fatal(err)
		}
		v.tally.note(v.tally.shown, note)
	}
}

// holdsOut attacks the kiosk while central is away: nothing may change.
func (v *besieged) holdsOut(t *testing.T, a *attack, spy wire.Link, past []wire.Message) int {
	t.Helper()
	before := v.w.state(t)
	if before.Queue == 0 {
		t.Fatal("nothing waits to be sent; the test would show nothing")
	}
	injected := slices.Concat(downs(past), a.rosters(t), a.acks(t))
	a.say(t, spy, injected)
	eventually(t, 20*time.Second, "the kiosk has said what it dropped", func() bool {
		return matches(v.w.proc.log, map[string]int{"reason=forged": 1, "reason=unknown_key": 1, "reason=malformed": 1, "reason=stale": 1, "reason=repeated": 1}) == ""
	})
	a.fence(t, spy)
	if now := v.w.state(t); now.Queue < before.Queue || now.RosterVer != before.RosterVer || now.People != before.People {
		t.Errorf("before the attack %+v, after it %+v", before, now)
	}
	return len(injected)
}

// comesThrough brings central back, which hears the past again, and worse; then
// everything that was tapped must be there, and nothing else.
func (v *besieged) comesThrough(t *testing.T, a *attack, spy wire.Link, past []wire.Message) int {
	t.Helper()
	v.c.up(t)
	eventually(t, 20*time.Second, "central is at the broker again", func() bool {
		return matches(v.c.proc.log, map[string]int{"broker connected": 2}) == ""
	})
	forged := a.records(t)
	injected := slices.Concat(forged, upsOf(past))
	a.say(t, spy, injected)
	awaitDrained(t, []*clock{v.w})
	v.tap(t, 20, 1)
	awaitDrained(t, []*clock{v.w})
	awaitPunches(t, v.c, v.tally)
	eventually(t, 20*time.Second, "central has counted the forgeries", func() bool {
		return matches(v.c.proc.log, map[string]int{"reason=forged": len(forged)}) == ""
	})
	compare(t, v.c.punches(t), v.tally)
	compareLogs(t, v.c, []*clock{v.w})
	return len(injected)
}

// state asks the kiosk how it stands.
func (w *clock) state(t *testing.T) local.State {
	t.Helper()
	s, err := w.local.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sameID(m wire.Message, id string) bool {
	_, e, err := wire.Peek(m)
	return err == nil && e.ID == id
}

// downs gives what central said, upsOf what kiosks said.
func downs(all []wire.Message) []wire.Message { return only(all, false) }
func upsOf(all []wire.Message) []wire.Message { return only(all, true) }

func only(all []wire.Message, up bool) []wire.Message {
	var out []wire.Message
	for _, m := range all {
		if to, err := wire.ParseTopic(m.Topic); err == nil && (to.Channel == wire.UpRecords || to.Channel == wire.UpReq) == up {
			out = append(out, m)
		}
	}
	return out
}

// tape records what goes over the broker.
type tape struct {
	link   wire.Link
	all    []wire.Message
	newest wire.Message
}

// until records until a message of that kind has come.
func (p *tape) until(t *testing.T, what string, is func(wire.Message, wire.Envelope) bool) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		select {
		case m, ok := <-p.link.Receive():
			if !ok {
				t.Fatalf("the link ended: %v", p.link.Err())
			}
			p.all = append(p.all, m)
			if _, e, err := wire.Peek(m); err == nil && is(m, e) {
				p.newest = m
				return
			}
		case <-limit:
			t.Fatalf("never went over the wire: %s", what)
		}
	}
}

// drain records what has arrived already.
func (p *tape) drain() {
	for {
		select {
		case m := <-p.link.Receive():
			p.all = append(p.all, m)
		default:
			return
		}
	}
}

// attack knows everything but the keys.
type attack struct {
	kiosk   string
	own     ed25519.PrivateKey
	central string // the id of central's message key
	victim  string // and of the kiosk's record key: both are on the wire
	ids     *wire.IDs
	batch   wire.Records
}

func newAttack(t *testing.T, c *centre, w *clock, heard wire.Message) *attack {
	t.Helper()
	a := &attack{kiosk: w.id, central: wire.KeyID(c.keys(t).Message.Public().(ed25519.PublicKey))}
	var err error
	if _, a.own, err = ed25519.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if a.ids, err = wire.NewIDs(rand.Reader); err != nil {
		t.Fatal(err)
	}
	_, e, err := wire.Peek(heard)
	if err != nil {
		t.Fatal(err)
	}
	a.victim = e.Kid
	if err := e.Decode(&a.batch); err != nil || len(a.batch.Entries) == 0 {
		t.Fatalf("no records in %s: %v", heard.Topic, err)
	}
	return a
}

// seal signs with the attacker's own key, and claims with as to be somebody else.
func (a *attack) seal(t *testing.T, ch wire.Channel, typ wire.Type, as string, body any) wire.Message {
	t.Helper()
	m, err := wire.NewSigner(a.own).Seal(up(a.kiosk, ch), typ, a.ids.Next(), "", body)
	if err != nil {
		t.Fatal(err)
	}
	if as == "" {
		return m
	}
	return resigned(t, m, func(e *wire.Envelope) { e.Kid = as })
}

// acks would release every record that waits, by the right hashes.
func (a *attack) acks(t *testing.T) []wire.Message {
	var out []wire.Message
	for i, e := range a.batch.Entries {
		ack := wire.Ack{Gen: 1, Journal: a.batch.Journal, Through: a.batch.From + uint64(i), Hash: e.Hash, Credits: 1000}
		out = append(out, a.seal(t, wire.DownAck, wire.TypeAck, a.central, ack), a.seal(t, wire.DownAck, wire.TypeAck, "", ack))
		ack.Gen, ack.Reopen = 9, true
		out = append(out, a.seal(t, wire.DownAck, wire.TypeAck, a.central, ack))
		welcome := wire.Welcome{Versions: wire.Versions{1}, Gen: 9, Ack: ack}
		out = append(out, a.seal(t, wire.DownRes, wire.TypeWelcome, a.central, welcome))
	}
	good := a.seal(t, wire.DownAck, wire.TypeAck, a.central, wire.Ack{})
	return append(out, truncated(good), wire.Message{Topic: good.Topic, Payload: make([]byte, wire.MaxPayload)},
		wire.Message{Topic: up(a.kiosk, wire.DownRes).String(), Payload: []byte(`{"v":1}`)})
}

// rosters would leave nobody on the kiosk, or somebody of the attacker's.
func (a *attack) rosters(t *testing.T) []wire.Message {
	var out []wire.Message
	for _, gen := range []uint64{1, 2, 99} {
		page := wire.Page{Gen: gen, From: 0, To: 1, Parts: 1}
		out = append(out, a.seal(t, wire.DownPush, wire.TypePage, a.central, page), a.seal(t, wire.DownRes, wire.TypePage, "", page))
	}
	return out
}

// records would add to the victim's journal, or pass over what it holds.
func (a *attack) records(t *testing.T) []wire.Message {
	forged := a.batch
	forged.Entries = slices.Clone(a.batch.Entries)
	forged.Entries[0].Hash = record.Hash{1}
	hello := wire.Hello{Versions: wire.Versions{1}, Journal: a.batch.Journal, Head: 1 << 30, Oldest: 1 << 29}
	return []wire.Message{
		a.seal(t, wire.UpRecords, wire.TypeRecords, a.victim, forged),
		a.seal(t, wire.UpRecords, wire.TypeRecords, "", forged),
		a.seal(t, wire.UpReq, wire.TypeHello, a.victim, hello),
		a.seal(t, wire.UpReq, wire.TypePull, a.victim, wire.Pull{}),
	}
}

// say publishes the messages.
func (a *attack) say(t *testing.T, link wire.Link, all []wire.Message) {
	t.Helper()
	for _, m := range all {
		if err := link.Publish(t.Context(), m); err != nil {
			t.Fatalf("publish to %s: %v", m.Topic, err)
		}
	}
}

// fence waits until the broker has handed on all that was said: what the
// attacker says to itself comes back after it.
func (a *attack) fence(t *testing.T, link wire.Link) {
	t.Helper()
	m := wire.Message{Topic: "timepost/fence", Payload: []byte(a.ids.Next())}
	a.say(t, link, []wire.Message{m})
	p := &tape{link: link}
	limit := time.After(20 * time.Second)
	for {
		select {
		case got := <-p.link.Receive():
			if got.Topic == m.Topic && string(got.Payload) == string(m.Payload) {
				return
			}
		case <-limit:
			t.Fatal("the broker does not hand on messages any more")
		}
	}
}
