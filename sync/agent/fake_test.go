package agent_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"log/slog"
	mrand "math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/linktest"
	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/schedule"
	"github.com/timepost/timepost/sync/wire"
)

const (
	org   = "acme"
	kiosk = "front-door"
)

func key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func public(name string) ed25519.PublicKey { return key(name).Public().(ed25519.PublicKey) }

// world is a kiosk with its real tables, a network, and a central on the other side.
type world struct {
	t       *testing.T
	net     *linktest.Network
	journal *devicedb.Journal
	cache   *cache
	outbox  *outbox.Outbox
	inbox   *inbox.Inbox
	cfg     agent.Config
	agent   *agent.Agent
	central *central
}

// cache is the real one, until its disk breaks.
type cache struct {
	*devicedb.Cache
	broken atomic.Bool
}

func (c *cache) Apply(ctx context.Context, pages []wire.Page) error {
	if c.broken.Load() {
		return problem.New(problem.OutOfOrder, "The disk is read-only.", "")
	}
	return c.Cache.Apply(ctx, pages)
}

// newWorld builds everything; only central has begun to listen.
func newWorld(t *testing.T, w linktest.Weather, live bool) *world {
	t.Helper()
	dir := t.TempDir()
	j, err := devicedb.OpenJournal(t.Context(), filepath.Join(dir, "journal.db"),
		devicedb.Identity{Org: org, Kiosk: kiosk, Key: key("kiosk")}, devicedb.Options{
			Random: rand.Reader, Stamp: func() attendance.Stamp { return attendance.Stamp{Real: time.Now().UnixNano(), BootID: "b1"} },
		})
	if err != nil {
		t.Fatal(err)
	}
	c, err := devicedb.OpenCache(t.Context(), filepath.Join(dir, "cache.db"), devicedb.CacheOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(); _ = j.Close() })
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys := wire.Keyset{Version: 1, Keys: []wire.Key{{Kid: wire.KeyID(public("central")), Public: public("central")}}}
	if keys, err = wire.SignKeyset(ca, org, keys); err != nil {
		t.Fatal(err)
	}
	ids, err := wire.NewIDs(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	n := linktest.New(1, w)
	v := &world{t: t, net: n, journal: j, cache: &cache{Cache: c}, central: newCentral(t, n)}
	v.outbox = outbox.New(outbox.Config{
		Journal: j, Sealer: wire.NewSigner(key("kiosk")), Key: public("kiosk"), IDs: ids.Next, Gen: 1,
		Topic: wire.Topic{Org: org, Kiosk: kiosk, Channel: wire.UpRecords},
	})
	v.inbox = inbox.New(inbox.Config{
		Org: org, Kiosk: kiosk, CA: &ca.PublicKey, Keyset: keys, Cache: v.cache,
		KeepKeyset: func(context.Context, wire.Keyset) error { return nil },
	})
	v.cfg = agent.Config{
		Org: org, Kiosk: kiosk, Software: "test", Dialer: n.Dialer(kiosk, wire.KioskFilter(org, kiosk)),
		Sealer: wire.NewSigner(key("kiosk")), IDs: ids.Next, Outbox: v.outbox, Inbox: v.inbox, Journal: j,
		Plan: agent.Plan{Schedule: minutely(t), Live: live}, Now: time.Now,
		Chance: mrand.New(mrand.NewPCG(1, 2)).Float64, Logger: slog.New(slog.DiscardHandler),
	}
	v.agent = agent.New(v.cfg)
	return v
}

func minutely(t testing.TB) agent.Schedule {
	t.Helper()
	s, err := schedule.Parse("")
	if err != nil {
		t.Fatal(err)
	}
	return s.For(kiosk)
}

// punch records n punches.
func (w *world) punch(n int) {
	w.t.Helper()
	err := w.journal.Update(w.t.Context(), func(tx *devicedb.JournalTx) error {
		for range n {
			if _, err := tx.Append(record.Body{Type: record.Punched, Person: "p-1", Action: attendance.In}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// start runs agent and central until the returned function is called.
func (w *world) start() (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { w.central.run(ctx) })
	wg.Go(func() {
		if err := w.agent.Run(ctx); err != nil {
			w.t.Errorf("run: %v", err)
		}
	})
	return func() { cancel(); wg.Wait() }
}

// head gives where the journal stands.
func (w *world) head() devicedb.Head {
	w.t.Helper()
	h, err := w.journal.Head(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

// arrived fails the test unless central has every record once, in order, and
// the kiosk knows it.
func (w *world) arrived() {
	w.t.Helper()
	h := w.head()
	recs, err := w.journal.After(w.t.Context(), 0, 1<<30)
	if err != nil {
		w.t.Fatal(err)
	}
	w.central.mu.Lock()
	defer w.central.mu.Unlock()
	got := w.central.stored[h.Journal]
	if h.Queue != 0 || len(got) != len(recs) || uint64(len(got)) != h.Seq {
		w.t.Fatalf("central has %d of %d records, %d queued; %+v %+v", len(got), h.Seq, h.Queue, w.outbox.Stats(), w.inbox.Stats())
	}
	for i, r := range recs {
		if got[i].Hash != r.Hash {
			w.t.Fatalf("record %d is another one", i+1)
		}
	}
}
