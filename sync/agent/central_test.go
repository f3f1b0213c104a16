package agent_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/sync/linktest"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// central answers as PROTOCOL.md says, from memory.
type central struct {
	t      *testing.T
	dialer wire.Dialer
	link   wire.Link
	signer *wire.Signer
	ids    int

	mu      sync.Mutex
	gen     uint64
	roster  uint64
	deaf    map[wire.Type]bool // types it does not answer
	silent  bool
	stored  map[record.JournalID][]record.Record
	hellos  int
	clock   func() *wire.Clock
	welcome func(*wire.Welcome) // adds to it
	batches int
	reopen  bool
	healths []wire.Health
	heard   func(wire.Type) // told of each message, answered or not
}

func newCentral(t *testing.T, n *linktest.Network) *central {
	t.Helper()
	d := n.Dialer("central", wire.CentralFilter(org))
	l, err := d.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &central{
		t: t, dialer: d, link: l, signer: wire.NewSigner(key("central")), gen: 1, roster: 3,
		stored: map[record.JournalID][]record.Record{}, deaf: map[wire.Type]bool{},
	}
}

func (c *central) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m, ok := <-c.link.Receive():
			if !ok {
				c.redial(ctx)
				continue
			}
			c.handle(ctx, m)
		}
	}
}

// redial tries each second until the broker is back.
func (c *central) redial(ctx context.Context) {
	for ctx.Err() == nil {
		if l, err := c.dialer.Dial(ctx); err == nil {
			c.set(func() { c.link = l })
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (c *central) handle(ctx context.Context, m wire.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, e, err := wire.Open(m, func(wire.Topic, string) (ed25519.PublicKey, error) { return public("kiosk"), nil })
	if err == nil && c.heard != nil {
		c.heard(e.Type)
	}
	if err != nil || c.silent || c.deaf[e.Type] {
		return
	}
	switch e.Type {
	case wire.TypeHello:
		var h wire.Hello
		c.decode(e, &h)
		c.hellos++
		ack := c.ack(h.Journal)
		if c.reopen { // it stores something else than this journal says
			ack.Reopen, ack.Hash = true, record.Hash{1}
		}
		c.reopen = false
		w := wire.Welcome{Versions: wire.Versions{1}, Gen: c.gen, Ack: ack, Roster: c.roster, FleetSize: 200}
		if c.clock != nil {
			w.Clock = c.clock()
		}
		if c.welcome != nil {
			c.welcome(&w)
		}
		c.send(ctx, wire.DownRes, wire.TypeWelcome, e.ID, w)
	case wire.TypePull:
		var p wire.Pull
		c.decode(e, &p)
		for _, page := range c.snapshot() {
			c.send(ctx, wire.DownRes, wire.TypePage, e.ID, page)
		}
	case wire.TypeHealth:
		var h wire.Health
		c.decode(e, &h)
		c.healths = append(c.healths, h)
	case wire.TypeRecords:
		var b wire.Records
		c.decode(e, &b)
		c.batches++
		c.store(b)
		c.send(ctx, wire.DownAck, wire.TypeAck, e.ID, c.ack(b.Journal))
	}
}

func (c *central) decode(e wire.Envelope, v any) {
	if err := e.Decode(v); err != nil {
		c.t.Errorf("decode %s: %v", e.Type, err)
	}
}

func (c *central) store(b wire.Records) {
	have := c.stored[b.Journal]
	if b.From > uint64(len(have))+1 {
		return
	}
	for i, en := range b.Entries {
		switch seq := b.From + uint64(i); {
		case seq > uint64(len(have)):
			have = append(have, record.Record{Journal: b.Journal, Seq: seq, Body: en.Body, Hash: en.Hash, Sig: en.Sig})
		case have[seq-1].Hash != en.Hash:
			c.t.Errorf("record %d was sent with two hashes", seq)
		}
	}
	c.stored[b.Journal] = have
}

func (c *central) ack(j record.JournalID) wire.Ack {
	a := wire.Ack{Gen: c.gen, Journal: j, Through: uint64(len(c.stored[j])), Credits: 10_000}
	if a.Through > 0 {
		a.Hash = c.stored[j][a.Through-1].Hash
	}
	return a
}

// snapshot is a roster of one person per version, a part each.
func (c *central) snapshot() []wire.Page {
	var ps []wire.Page
	for i := range c.roster {
		ps = append(ps, wire.Page{Gen: c.gen, To: c.roster, Part: int(i), Parts: int(c.roster), Rows: []wire.Row{person(i)}})
	}
	return ps
}

func person(i uint64) wire.Row {
	id := fmt.Sprintf("p-%d", i)
	put, err := json.Marshal(wire.PersonRow{Person: attendance.Person{ID: id, Name: "Ada", Role: attendance.Regular, Active: true}, Listed: true})
	if err != nil {
		panic(err) // a struct of strings always has a JSON form
	}
	return wire.Row{Kind: wire.KindPerson, ID: id, Put: put}
}

func (c *central) send(ctx context.Context, ch wire.Channel, typ wire.Type, re string, body any) {
	c.sendBy(ctx, c.signer, ch, typ, re, body)
}

func (c *central) sendBy(ctx context.Context, s *wire.Signer, ch wire.Channel, typ wire.Type, re string, body any) {
	c.ids++
	m, err := s.Seal(wire.Topic{Org: org, Kiosk: kiosk, Channel: ch}, typ, fmt.Sprintf("c-%d", c.ids), re, body)
	if err != nil {
		c.t.Errorf("seal %s: %v", typ, err)
		return
	}
	if err := c.link.Publish(ctx, m); err != nil && ctx.Err() == nil {
		c.t.Errorf("publish %s: %v", typ, err)
	}
}

// set changes central under its lock.
func (c *central) set(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}
