package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/httplink"
	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/mqttlink"
	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/schedule"
	"github.com/timepost/timepost/sync/trust"
	"github.com/timepost/timepost/sync/wire"
)

// kioskFleet is many kiosks in this process.
type kioskFleet struct {
	dir, ca string
	arrived chan arrival
	running sync.WaitGroup
	end     chan struct{}

	mu     sync.Mutex
	kiosks []*fleetKiosk
	closes []func() error
	errs   []error
}

// fleetKiosk is one of them.
type fleetKiosk struct {
	id      string
	agent   *agent.Agent
	journal *timedJournal
}

// arrival says that a kiosk can check a version of somebody's PIN.
type arrival struct {
	person  string
	version uint64
	at      time.Time
}

func newKioskFleet(dir, ca string) *kioskFleet {
	return &kioskFleet{dir: dir, ca: ca, arrived: make(chan arrival, 100_000), end: make(chan struct{})}
}

// stop ends all kiosks and closes their databases.
func (f *kioskFleet) stop() error {
	close(f.end)
	f.running.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	err := errors.Join(f.errs...)
	for _, c := range f.closes {
		err = errors.Join(err, c())
	}
	return err
}

// connected counts the kiosks that central talks to.
func (f *kioskFleet) connected() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, k := range f.kiosks {
		if k.agent.Status().Connected {
			n++
		}
	}
	return n
}

// add enrols a kiosk with a code and starts it.
func (f *kioskFleet) add(ctx context.Context, code string) error {
	text, err := os.ReadFile(f.ca)
	if err != nil {
		return err
	}
	block, _ := pem.Decode(text)
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(f.dir, "kiosk")
	if err != nil {
		return err
	}
	deps := enrol.Deps{
		Random: rand.Reader, CA: ca, Software: "bench",
		Central: httplink.New(httplink.Config{Built: time.Now(), Now: time.Now, Extra: []*x509.Certificate{ca}}),
	}
	id, err := enrol.Enrol(ctx, dir, deps, local.EnrolRequest{Server: code}, func(local.EnrolStep) {})
	if err != nil {
		return err
	}
	return f.start(ctx, dir, id)
}

func (f *kioskFleet) start(ctx context.Context, dir string, id *enrol.Identity) error {
	log := slog.New(slog.DiscardHandler)
	journal, err := devicedb.OpenJournal(ctx, filepath.Join(dir, "journal.db"), devicedb.Identity{Org: id.Org, Kiosk: id.Kiosk, Key: id.RecordKey},
		devicedb.Options{Random: rand.Reader, Logger: log, Stamp: func() attendance.Stamp { return attendance.Stamp{Real: time.Now().UnixNano(), Zone: "UTC"} }})
	if err != nil {
		return err
	}
	cache, err := devicedb.OpenCache(ctx, filepath.Join(dir, "cache.db"), devicedb.CacheOptions{BootID: "bench", Logger: log})
	if err != nil {
		return errors.Join(err, journal.Close())
	}
	timed := &timedJournal{Journal: journal}
	a, err := f.agent(id, dir, timed, cache)
	if err != nil {
		return errors.Join(err, cache.Close(), journal.Close())
	}
	f.mu.Lock()
	f.kiosks = append(f.kiosks, &fleetKiosk{id.Kiosk, a, timed})
	f.closes = append(f.closes, cache.Close, journal.Close)
	f.mu.Unlock()
	f.running.Go(func() {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		go func() { <-f.end; cancel() }()
		if err := a.Run(ctx); err != nil {
			f.mu.Lock()
			f.errs = append(f.errs, fmt.Errorf("kiosk %s: %w", id.Kiosk, err))
			f.mu.Unlock()
		}
	})
	return nil
}

// agent wires a kiosk as kioskd does, with a look at what comes into its cache.
func (f *kioskFleet) agent(id *enrol.Identity, dir string, journal *timedJournal, cache *devicedb.Cache) (*agent.Agent, error) {
	log := slog.New(slog.DiscardHandler)
	tr := trust.Config{Roots: []*x509.Certificate{id.CA}, Certificate: func() (*tls.Certificate, error) { return &id.Cert, nil }, Built: time.Now()}
	dialer, err := mqttlink.New(mqttlink.Config{
		Brokers: id.Brokers, ClientID: id.Kiosk, Filters: []string{wire.KioskFilter(id.Org, id.Kiosk)}, DialTLS: tr.Dial, Logger: log,
	})
	if err != nil {
		return nil, err
	}
	ids, err := wire.NewIDs(rand.Reader)
	if err != nil {
		return nil, err
	}
	plan, err := schedule.Parse("@every 1m")
	if err != nil {
		return nil, err
	}
	signer := wire.NewSigner(id.RecordKey)
	return agent.New(agent.Config{
		Org: id.Org, Kiosk: id.Kiosk, Software: "bench", Dialer: dialer, Sealer: signer, IDs: ids.Next,
		Outbox: outbox.New(outbox.Config{
			Journal: journal, Sealer: signer, Topic: wire.Topic{Org: id.Org, Kiosk: id.Kiosk, Channel: wire.UpRecords},
			Key: id.RecordKey.Public().(ed25519.PublicKey), IDs: ids.Next, Gen: id.Gen,
		}),
		Inbox: inbox.New(inbox.Config{
			Org: id.Org, Kiosk: id.Kiosk, CA: id.CAKey(), Keyset: id.Keyset, Cache: watched{cache, id, f.arrived},
			KeepKeyset: func(ctx context.Context, k wire.Keyset) error { return enrol.KeepKeyset(ctx, dir, k) },
		}),
		Journal: journal, Plan: agent.Plan{Schedule: plan, Live: true}, Now: time.Now, Chance: mathrand.Float64, Logger: log,
	}), nil
}

// watched is a cache that tells of each PIN that is on disk and opens.
type watched struct {
	*devicedb.Cache
	id  *enrol.Identity
	out chan<- arrival
}

// Apply puts the pages into force, then opens what they brought.
func (w watched) Apply(ctx context.Context, pages []wire.Page) error {
	if err := w.Cache.Apply(ctx, pages); err != nil {
		return err
	}
	now := time.Now()
	for _, p := range pages {
		for _, r := range p.Rows {
			var who wire.PersonRow
			if r.Kind != wire.KindPerson || r.Put == nil || json.Unmarshal(r.Put, &who) != nil || who.PIN == nil {
				continue
			}
			b := pin.Binding{
				Org: w.id.Org, Kiosk: w.id.Kiosk, Key: w.id.SealKeyID, Kind: pin.Personal,
				Subject: who.ID, Role: string(who.Role), Version: who.PIN.Version,
			}
			if _, err := pin.Open(w.id.SealKey, b, who.PIN.Sealed); err != nil {
				return err
			}
			w.out <- arrival{who.ID, who.PIN.Version, now}
		}
	}
	return nil
}

// renew makes a new PIN and waits until so many kiosks have it; it gives how long
// each took.
func (f *kioskFleet) renew(ctx context.Context, api *client.Client, person string, kiosks int) ([]time.Duration, error) {
	for len(f.arrived) > 0 {
		<-f.arrived // of earlier ones
	}
	began := time.Now()
	if _, err := api.SetPIN(ctx, person, ""); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var took []time.Duration
	for len(took) < kiosks {
		select {
		case a := <-f.arrived:
			if a.person == person {
				took = append(took, a.at.Sub(began))
			}
		case <-ctx.Done():
			return nil, fmt.Errorf("after a minute %d of %d kiosks know the new PIN", len(took), kiosks)
		}
	}
	return took, nil
}
