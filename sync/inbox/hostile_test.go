package inbox_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/wire"
	"pgregory.net/rapid"
)

// TestHostileWire: whoever holds the broker, but not central's key, reaches
// nothing: nothing is applied, nothing handed on, everything counted.
func TestHostileWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	thief := wire.NewSigner(key("thief"))
	delta := split(2, 10, 11, person("p1", "Eve"))[0]
	good := w.seal(wire.DownPush, wire.TypePage, delta)
	moved := func(to string) wire.Message { m := good; m.Topic = to; return m }
	body := func(b string) wire.Message { return wire.Message{Topic: good.Topic, Payload: []byte(b)} }
	var forged wire.Envelope
	if err := json.Unmarshal(good.Payload, &forged); err != nil {
		t.Fatal(err)
	}
	forged.Body[20] ^= 1
	altered, _ := json.Marshal(forged)
	cases := []struct {
		name   string
		m      wire.Message
		reason inbox.Reason
	}{
		{"signed by somebody else", w.sealBy(thief, topic(wire.DownPush), wire.TypePage, delta), inbox.UnknownKey},
		{"an ack by somebody else", w.sealBy(thief, topic(wire.DownAck), wire.TypeAck, wire.Ack{Through: 9}), inbox.UnknownKey},
		{"altered", wire.Message{Topic: good.Topic, Payload: altered}, inbox.Forged},
		{"truncated", wire.Message{Topic: good.Topic, Payload: good.Payload[:len(good.Payload)/2]}, inbox.Malformed},
		{"empty", body(""), inbox.Malformed},
		{"not JSON", body("hello"), inbox.Malformed},
		{"gzip that is none", body("\x1f\x8bhello"), inbox.Malformed},
		{"no signature", body(`{"v":1,"type":"page","id":"x","kid":"` + forged.Kid + `","body":"e30="}`), inbox.Forged},
		{"oversized", body(string(make([]byte, wire.MaxPayload+1))), inbox.Malformed},
		{"another channel", moved("timepost/v1/acme/front-door/down/res"), inbox.Forged},
		{"another kiosk", moved("timepost/v1/acme/back-door/down/push"), inbox.Foreign},
		{"another organisation", moved("timepost/v1/evil/front-door/down/push"), inbox.Foreign},
		{"our own direction", moved("timepost/v1/acme/front-door/up/req"), inbox.Misplaced},
		{"no topic of ours", moved("timepost/v2/acme/front-door/down/push"), inbox.Malformed},
		{"meant for another kiosk", w.sealBy(w.central, wire.Topic{Org: org, Kiosk: "back-door", Channel: wire.DownPush}, wire.TypePage, delta), inbox.Foreign},
		{"an ack on the push channel", w.seal(wire.DownPush, wire.TypeAck, wire.Ack{}), inbox.Misplaced},
		{"an upward type", w.seal(wire.DownRes, wire.TypeHello, wire.Hello{}), inbox.Misplaced},
		{"no page", w.seal(wire.DownPush, wire.TypePage, []int{1}), inbox.Malformed},
		{"part out of range", w.seal(wire.DownPush, wire.TypePage, wire.Page{Gen: 2, From: 10, To: 11, Part: 3, Parts: 3}), inbox.Malformed},
		{"too many parts", w.seal(wire.DownPush, wire.TypePage, wire.Page{Gen: 2, From: 10, To: 11, Parts: 1 << 30}), inbox.Malformed},
		{"backwards", w.seal(wire.DownPush, wire.TypePage, wire.Page{Gen: 2, From: 10, To: 9, Parts: 1}), inbox.Malformed},
		{"an old generation", w.seal(wire.DownPush, wire.TypePage, split(1, 0, 99, person("p1", "Eve"))[0]), inbox.Stale},
		{"a rolled-back snapshot", w.seal(wire.DownRes, wire.TypePage, split(2, 0, 9, person("p1", "Eve"))[0]), inbox.Stale},
	}
	for i, c := range cases {
		w.want(c.m, inbox.Dropped, c.reason)
		if s := w.in.Stats(); s.Refused()+s.Stale != uint64(i+1) || s.Taken != 0 {
			t.Fatalf("%s: not counted: %+v", c.name, s)
		}
	}
	if w.cache.applies != 0 || w.cache.version != 10 || len(w.cache.presence) != 0 {
		t.Fatalf("something was applied: %+v", w.cache)
	}
	w.want(good, inbox.Applied, "") // the real one still works
	w.want(good, inbox.Dropped, inbox.Repeated)
}

// TestMemoryIsBounded: a central gone mad can't fill a small kiosk's memory.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for to := uint64(20); to < 60; to++ {
		w.want(w.seal(wire.DownRes, wire.TypePage, split(2, 15, to, person("a", "A"), person("b", "B"))[0]), inbox.Part, "")
	}
	w.want(w.seal(wire.DownRes, wire.TypePage, split(2, 15, 59, person("a", "A"), person("b", "B"))[1]), inbox.Unfit, "")
	w.want(w.seal(wire.DownRes, wire.TypePage, split(2, 15, 20, person("a", "A"), person("b", "B"))[1]), inbox.Part, "") // was given up
	first := split(2, 10, 11, person("a", "A"), person("b", "B"))
	w.want(w.seal(wire.DownRes, wire.TypePage, first[0]), inbox.Part, "")
	ev := w.takeAt(now.Add(3*time.Minute), w.seal(wire.DownRes, wire.TypePage, first[1]))
	if ev.Kind != inbox.Part || w.in.Stats().Expired == 0 {
		t.Errorf("a half page from 3 minutes ago was completed: %s, %+v", ev.Kind, w.in.Stats())
	}
}

// TestAnyOrder: pages and snapshots arrive in any order, repeated, some lost.
// The rows in force are always those that central had at that version.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		w.cache.gen, w.cache.version = 1, 0
		states := []map[string]string{{}}
		var all []wire.Page
		n := rapid.IntRange(1, 8).Draw(rt, "versions")
		for v := 1; v <= n; v++ {
			state := map[string]string{}
			for k, s := range states[v-1] {
				state[k] = s
			}
			r := person(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "who"), rapid.StringN(1, 5, 20).Draw(rt, "name"))
			state[r.ID] = string(r.Put)
			states = append(states, state)
			if v > 1 {
				all = append(all, split(1, uint64(v-1), uint64(v), r)...)
			}
			var rows []wire.Row
			for id, put := range state {
				rows = append(rows, wire.Row{Kind: wire.KindPerson, ID: id, Put: json.RawMessage(put)})
			}
			all = append(all, split(1, 0, uint64(v), rows...)...)
		}
		for range rapid.IntRange(0, 40).Draw(rt, "messages") {
			p := rapid.SampledFrom(all).Draw(rt, "page")
			before := w.cache.version
			if _, err := w.in.Take(context.Background(), now, w.seal(wire.DownPush, wire.TypePage, p)); err != nil {
				t.Fatal(err)
			}
			if w.cache.version < before {
				t.Fatalf("went back from %d to %d", before, w.cache.version)
			}
			for id, put := range states[w.cache.version] {
				if w.cache.rows[id] != put {
					t.Fatalf("at version %d %s is %s, want %s", w.cache.version, id, w.cache.rows[id], put)
				}
			}
		}
	})
}

// FuzzTake: no payload makes the inbox panic or believe.
func FuzzTake(f *testing.F) {
	w := newWorld(f)
	good := w.seal(wire.DownPush, wire.TypePage, split(2, 10, 11, person("p1", "Ada"))[0])
	f.Add(good.Topic, good.Payload[:len(good.Payload)-9])
	f.Add("timepost/v1/acme/front-door/down/ack", []byte(`{"v":1,"type":"ack","id":"1","kid":"k","body":"e30=","sig":"AA=="}`))
	f.Add("", []byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		w := newWorld(t)
		ev, err := w.in.Take(context.Background(), now, wire.Message{Topic: topic, Payload: payload})
		if err != nil || ev.Kind != inbox.Dropped || w.cache.applies != 0 {
			t.Fatalf("%+v, %v", ev, err)
		}
	})
}
