package inbox_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

const (
	org   = "acme"
	kiosk = "front-door"
)

var now = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// memCache is the cache's contract in memory: the rows by kind and id.
type memCache struct {
	gen, version uint64
	rows         map[string]string
	presence     []wire.PresencePage
	summaries    []wire.SummaryPage
	applies      int
	err          error
}

func (c *memCache) Version(context.Context) (uint64, uint64, error) { return c.gen, c.version, nil }

func (c *memCache) Apply(_ context.Context, pages []wire.Page) error {
	p := pages[0]
	switch {
	case c.err != nil:
		return c.err
	case p.Gen < c.gen || (p.Gen == c.gen && p.To < c.version):
		return problem.New(problem.Untrusted, "Older.", "")
	case p.From != 0 && (p.Gen != c.gen || p.From != c.version):
		return problem.New(problem.Conflict, "Does not start here.", "")
	case len(pages) != p.Parts:
		return problem.New(problem.Internal, "Not all parts.", "")
	}
	if p.From == 0 || c.rows == nil {
		c.rows = map[string]string{}
	}
	for i, page := range pages {
		if page.Part != i {
			return problem.New(problem.Internal, "Parts out of order.", "")
		}
		for _, r := range page.Rows {
			if r.Put == nil {
				delete(c.rows, r.ID)
				continue
			}
			c.rows[r.ID] = string(r.Put)
		}
	}
	c.gen, c.version = p.Gen, p.To
	c.applies++
	return nil
}

func (c *memCache) ApplyPresence(_ context.Context, p wire.PresencePage) error {
	c.presence = append(c.presence, p)
	return c.err
}

func (c *memCache) ApplySummary(_ context.Context, _ time.Time, p wire.SummaryPage) error {
	c.summaries = append(c.summaries, p)
	return c.err
}

// world is one kiosk's inbox and a central that writes to it.
type world struct {
	t       testing.TB
	ca      *ecdsa.PrivateKey
	central *wire.Signer
	cache   *memCache
	kept    []wire.Keyset
	in      *inbox.Inbox
	ids     int
}

func keyset(t testing.TB, ca *ecdsa.PrivateKey, version uint64, names ...string) wire.Keyset {
	t.Helper()
	k := wire.Keyset{Version: version}
	for _, n := range names {
		p := key(n).Public().(ed25519.PublicKey)
		k.Keys = append(k.Keys, wire.Key{Kid: wire.KeyID(p), Public: p})
	}
	k, err := wire.SignKeyset(ca, org, k)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newWorld(t testing.TB) *world {
	t.Helper()
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, ca: ca, central: wire.NewSigner(key("central")), cache: &memCache{gen: 2, version: 10}}
	w.in = inbox.New(inbox.Config{
		Org: org, Kiosk: kiosk, CA: &ca.PublicKey, Keyset: keyset(t, ca, 5, "central"), Cache: w.cache,
		KeepKeyset: func(_ context.Context, k wire.Keyset) error { w.kept = append(w.kept, k); return nil },
	})
	return w
}

func topic(c wire.Channel) wire.Topic { return wire.Topic{Org: org, Kiosk: kiosk, Channel: c} }

// seal makes a message of central's.
func (w *world) seal(c wire.Channel, typ wire.Type, body any) wire.Message {
	w.t.Helper()
	return w.sealBy(w.central, topic(c), typ, body)
}

func (w *world) sealBy(s *wire.Signer, t wire.Topic, typ wire.Type, body any) wire.Message {
	w.t.Helper()
	w.ids++
	m, err := s.Seal(t, typ, fmt.Sprintf("c-%d", w.ids), "q-1", body)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

func (w *world) take(m wire.Message) inbox.Event { return w.takeAt(now, m) }

func (w *world) takeAt(at time.Time, m wire.Message) inbox.Event {
	w.t.Helper()
	ev, err := w.in.Take(context.Background(), at, m)
	if err != nil {
		w.t.Fatalf("take: %v", err)
	}
	return ev
}

// want fails the test when a message became something else.
func (w *world) want(m wire.Message, kind inbox.Kind, reason inbox.Reason) inbox.Event {
	w.t.Helper()
	ev := w.take(m)
	if ev.Kind != kind || ev.Reason != reason {
		w.t.Fatalf("got %s %s, want %s %s", ev.Kind, ev.Reason, kind, reason)
	}
	return ev
}

func person(id, name string) wire.Row {
	put, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		panic(err) // a map of strings always has a JSON form
	}
	return wire.Row{Kind: wire.KindPerson, ID: id, Put: put}
}

// split makes a page of one row per part.
func split(gen, from, to uint64, rows ...wire.Row) []wire.Page {
	var ps []wire.Page
	for i, r := range rows {
		ps = append(ps, wire.Page{Gen: gen, From: from, To: to, Part: i, Parts: len(rows), Rows: []wire.Row{r}})
	}
	return ps
}

func journal(n byte) record.JournalID { return record.JournalID{n} }
