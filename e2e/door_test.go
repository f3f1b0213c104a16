package e2e

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	mathrand "math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/schedule"
	"github.com/timepost/timepost/sync/wire"
)

// door is a kiosk without its programs: the real tables, outbox, inbox and agent
// on a network of linktest. A person at it is a record.
type door struct {
	id      string
	dir     string
	key     ed25519.PrivateKey
	centre  *inProcess
	chance  *mathrand.Rand
	journal *devicedb.Journal
	cache   *devicedb.Cache

	cancel context.CancelFunc
	life   sync.WaitGroup
}

func newDoor(t *testing.T, c *inProcess, id string, seed uint64) *door {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.enrol(t, id, public)
	return &door{id: id, dir: memoryDir(t), key: key, centre: c, chance: mathrand.New(mathrand.NewPCG(seed, uint64(len(id))))}
}

// start opens the tables and starts the agent, as a program that has just begun.
func (d *door) start(t *testing.T) {
	t.Helper()
	var err error
	stamp := func() attendance.Stamp {
		return attendance.Stamp{Real: time.Now().UnixNano(), BootID: "b1", Zone: "UTC"}
	}
	d.journal, err = devicedb.OpenJournal(t.Context(), filepath.Join(d.dir, "journal.db"),
		devicedb.Identity{Org: simulatedOrg, Kiosk: d.id, Key: d.key}, devicedb.Options{Random: rand.Reader, Stamp: stamp})
	if err != nil {
		t.Fatal(err)
	}
	if d.cache, err = devicedb.OpenCache(t.Context(), filepath.Join(d.dir, "cache.db"), devicedb.CacheOptions{}); err != nil {
		t.Fatal(err)
	}
	a := agent.New(d.config(t))
	ctx, cancel := context.WithCancel(t.Context())
	d.cancel = cancel
	d.life.Go(func() {
		if err := a.Run(ctx); err != nil {
			t.Errorf("%s: %v", d.id, err)
		}
	})
}

func (d *door) config(t *testing.T) agent.Config {
	t.Helper()
	ids, err := wire.NewIDs(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rounds, err := schedule.Parse("")
	if err != nil {
		t.Fatal(err)
	}
	signer := wire.NewSigner(d.key)
	out := outbox.New(outbox.Config{
		Journal: d.journal, Sealer: signer, Key: d.key.Public().(ed25519.PublicKey), IDs: ids.Next, Gen: 1,
		Topic: wire.Topic{Org: simulatedOrg, Kiosk: d.id, Channel: wire.UpRecords},
	})
	in := inbox.New(inbox.Config{
		Org: simulatedOrg, Kiosk: d.id, CA: &d.centre.ca.PublicKey, Keyset: d.centre.keyset, Cache: d.cache,
		KeepKeyset: func(context.Context, wire.Keyset) error { return nil },
	})
	return agent.Config{
		Org: simulatedOrg, Kiosk: d.id, Software: "test", Dialer: d.centre.net.Dialer(d.id, wire.KioskFilter(simulatedOrg, d.id)),
		Sealer: signer, IDs: ids.Next, Outbox: out, Inbox: in, Journal: d.journal,
		Plan: agent.Plan{Schedule: rounds.For(d.id), Live: true}, Now: time.Now,
		Chance: d.chance.Float64, Logger: slog.New(slog.DiscardHandler),
	}
}

// halt ends the agent; the tables stay open.
func (d *door) halt() {
	d.cancel()
	d.life.Wait()
}

// stop ends the agent and closes the tables.
func (d *door) stop(t *testing.T) {
	t.Helper()
	d.halt()
	if err := d.journal.Close(); err != nil {
		t.Error(err)
	}
	if err := d.cache.Close(); err != nil {
		t.Error(err)
	}
}

// compareRecords holds central's log against the journal, byte by byte: every
// record of every type, once, in order, from 1 with no gap.
func (d *door) compareRecords(t *testing.T, c *inProcess) {
	t.Helper()
	j, err := devicedb.OpenJournal(t.Context(), filepath.Join(d.dir, "journal.db"),
		devicedb.Identity{Org: simulatedOrg, Kiosk: d.id, Key: d.key},
		devicedb.Options{Random: rand.Reader, Stamp: func() attendance.Stamp { return attendance.Stamp{BootID: "b1"} }})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close() //nolint:errcheck // read only
	sameRecords(t, d.id, j, c.db)
}
