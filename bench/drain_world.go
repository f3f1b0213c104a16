package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/broker"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/mqttlink"
	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/schedule"
	"github.com/timepost/timepost/sync/trust"
	"github.com/timepost/timepost/sync/wire"
)

// world is central's half of the drain.
type world struct {
	keys  *fleet.Keys
	db    *centraldb.DB
	group lifecycle.Group
	bus   *broker.Embedded
	cert  tls.Certificate
}

// drain runs the whole and gives the time until the kiosk knows that everything
// is stored.
func drain(ctx context.Context, dir string, key ed25519.PrivateKey, journal *devicedb.Journal) (time.Duration, error) {
	w, err := newWorld(ctx, dir, key)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.group.Run(ctx) }()
	took, err := w.drainFrom(ctx, dir, key, journal)
	cancel()
	return took, errors.Join(err, <-ended, w.db.Close())
}

func newWorld(ctx context.Context, dir string, key ed25519.PrivateKey) (*world, error) {
	keys, err := fleet.CreateKeys(filepath.Join(dir, "keys"), org, time.Now())
	if err != nil {
		return nil, err
	}
	db, err := centraldb.Open(ctx, filepath.Join(dir, "central.db"))
	if err != nil {
		return nil, err
	}
	w := &world{keys: keys, db: db}
	if err := w.seed(ctx, key); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	log := slog.New(slog.DiscardHandler)
	listener := keys.ServerTLS([]string{"127.0.0.1"}, time.Now)
	listener.ClientCAs = keys.Pool()
	w.bus, err = broker.NewEmbedded(broker.EmbeddedConfig{
		Addr: "127.0.0.1:0", Dir: filepath.Join(dir, "broker"), Org: org,
		TLS: listener, Admit: func(*x509.Certificate) (string, error) { return kioskID, nil }, Logger: log,
	}, rand.Text())
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	ids, err := wire.NewIDs(rand.Reader)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	logStore, err := db.Records(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	counts := ingest.NewCounts()
	projector := ingest.NewProjector(db, counts, log, nil)
	in := ingest.New(ingest.Config{
		Org: org, Signer: wire.NewSigner(keys.Message), NewID: ids.Next, Keyset: keys.Keyset, Now: time.Now,
		Log: logStore, Fleet: db, Rosters: emptyRosters{}, Counts: counts, Logger: log, Stored: projector.Wake,
	})
	exchange := broker.NewLocal(w.bus, 0, log)
	w.group.Add("broker", w.bus)
	w.group.AddFunc("ingest", func(ctx context.Context) error { return exchange.Run(ctx, in.Handle) })
	w.group.Add("projector", projector)
	return w, nil
}

// seed makes the organisation with one enrolled kiosk.
func (w *world) seed(ctx context.Context, key ed25519.PrivateKey) error {
	if err := w.db.Create(ctx, centraldb.Organisation{ID: org, Name: "Bench", Zone: "Europe/Berlin", Gen: 1, PINLen: 4}); err != nil {
		return err
	}
	now := time.Now().UnixNano()
	k := attendance.Kiosk{ID: kioskID, Name: "Bench", Zone: "Europe/Berlin", RequiresPIN: true}
	err := w.db.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.AddKiosk(ctx, k, now); err != nil {
			return err
		}
		return tx.SetKioskIdentity(ctx, centraldb.Kiosk{Kiosk: k, Status: centraldb.KioskEnrolled, RecordKey: key.Public().(ed25519.PublicKey), EnrolledAt: now})
	})
	if err != nil {
		return err
	}
	w.cert, err = clientCert(w.keys)
	return err
}

func (w *world) drainFrom(ctx context.Context, dir string, key ed25519.PrivateKey, journal *devicedb.Journal) (time.Duration, error) {
	select {
	case <-w.bus.Ready():
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	a, closeCache, err := w.kiosk(ctx, dir, key, journal)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	began := time.Now()
	go func() { ended <- a.Run(ctx) }()
	err = until(ctx, 5*time.Minute, func() bool {
		h, err := journal.Head(ctx)
		return err == nil && h.Queue == 0
	})
	took := time.Since(began)
	cancel()
	return took, errors.Join(err, <-ended, closeCache())
}

// kiosk is the sending half, wired as kioskd wires it.
func (w *world) kiosk(ctx context.Context, dir string, key ed25519.PrivateKey, journal *devicedb.Journal) (*agent.Agent, func() error, error) {
	log := slog.New(slog.DiscardHandler)
	cache, err := devicedb.OpenCache(ctx, filepath.Join(dir, "cache.db"), devicedb.CacheOptions{BootID: "bench", Logger: log})
	if err != nil {
		return nil, nil, err
	}
	ids, err := wire.NewIDs(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	tr := trust.Config{Roots: []*x509.Certificate{w.keys.CA}, Certificate: func() (*tls.Certificate, error) { return &w.cert, nil }, Built: time.Now()}
	dialer, err := mqttlink.New(mqttlink.Config{
		Brokers: []string{"tls://" + w.bus.Addr()}, ClientID: kioskID,
		Filters: []string{wire.KioskFilter(org, kioskID)}, DialTLS: tr.Dial, Logger: log,
	})
	if err != nil {
		return nil, nil, err
	}
	plan, err := schedule.Parse("@every 1m")
	if err != nil {
		return nil, nil, err
	}
	signer := wire.NewSigner(key)
	out := outbox.New(outbox.Config{Journal: journal, Sealer: signer, Topic: wire.Topic{Org: org, Kiosk: kioskID, Channel: wire.UpRecords}, Key: key.Public().(ed25519.PublicKey), IDs: ids.Next})
	in := inbox.New(inbox.Config{
		Org: org, Kiosk: kioskID, CA: &w.keys.CAKey.PublicKey, Keyset: w.keys.Keyset(),
		KeepKeyset: func(context.Context, wire.Keyset) error { return nil }, Cache: cache,
	})
	a := agent.New(agent.Config{
		Org: org, Kiosk: kioskID, Software: "bench", Dialer: dialer, Sealer: signer, IDs: ids.Next, Outbox: out, Inbox: in,
		Journal: journal, Plan: agent.Plan{Schedule: plan, Live: true}, Now: time.Now, Chance: mathrand.Float64, Logger: log,
	})
	return a, cache.Close, nil
}

// clientCert gives the kiosk a certificate as enrolment would.
func clientCert(keys *fleet.Keys) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	der, err := keys.IssueKiosk(fleet.Device{CSR: csr}, kioskID, time.Now())
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// emptyRosters is a kiosk without a roster: nothing of it is measured here.
type emptyRosters struct{}

// Version gives the version of nothing.
func (emptyRosters) Version(context.Context, string) (uint64, error) { return 0, nil }

// Pages gives none.
func (emptyRosters) Pages(context.Context, string, string, wire.Pull) ([]wire.Message, error) {
	return nil, nil
}
