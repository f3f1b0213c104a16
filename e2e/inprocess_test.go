package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/broker"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/central/roster"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/linktest"
	"github.com/timepost/timepost/sync/wire"
)

const simulatedOrg = "acme"

// inProcess is central's taking-in without its programs: the real ingest, rosters
// and tables behind a network of linktest. It may stop and start again; the
// tables stay, everything else is made anew.
type inProcess struct {
	net    *linktest.Network
	db     *centraldb.DB
	ca     *ecdsa.PrivateKey
	key    ed25519.PrivateKey
	keyset wire.Keyset
	counts *ingest.Counts
	ids    *wire.IDs

	cancel context.CancelFunc
	parts  sync.WaitGroup
}

func newInProcess(t *testing.T, net *linktest.Network) *inProcess {
	t.Helper()
	db, err := centraldb.Open(t.Context(), filepath.Join(memoryDir(t), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Create(t.Context(), centraldb.Organisation{ID: simulatedOrg, Name: "Acme", Zone: "UTC", Gen: 1, PINLen: 4}); err != nil {
		t.Fatal(err)
	}
	c := &inProcess{net: net, db: db, counts: ingest.NewCounts()}
	var public ed25519.PublicKey
	public, c.key, err = ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if c.ca, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	c.keyset, err = wire.SignKeyset(c.ca, simulatedOrg, wire.Keyset{Version: 1, Keys: []wire.Key{{Kid: wire.KeyID(public), Public: public}}})
	if err != nil {
		t.Fatal(err)
	}
	if c.ids, err = wire.NewIDs(rand.Reader); err != nil {
		t.Fatal(err)
	}
	return c
}

// start wires and starts the parts, as a server that has just begun.
func (c *inProcess) start(t *testing.T) {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	signer := wire.NewSigner(c.key)
	log, err := c.db.Records(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	exchange := broker.NewExternal(broker.ExternalConfig{
		Dialer: c.net.Dialer("central", wire.CentralFilter(simulatedOrg)), Chance: mathrand.Float64, Logger: quiet, Workers: 4,
	})
	projector := ingest.NewProjector(c.db, c.counts, quiet, nil)
	rosters := roster.New(roster.Config{
		Org: simulatedOrg, Signer: signer, NewID: c.ids.Next, Source: c.db, Rows: c.db, Publisher: exchange, Logger: quiet,
		OpenHash: func(pin.Kind, string, uint64, []byte) ([]byte, error) {
			return nil, errors.New("nobody has a PIN here")
		},
	})
	in := ingest.New(ingest.Config{
		Org: simulatedOrg, Signer: signer, NewID: c.ids.Next, Keyset: func() wire.Keyset { return c.keyset }, Now: time.Now,
		Log: log, Fleet: c.db, Rosters: rosters, Counts: c.counts, Logger: quiet, Stored: projector.Wake,
	})
	ctx, cancel := context.WithCancel(t.Context())
	c.cancel = cancel
	c.parts.Go(func() { c.must(t, exchange.Run(ctx, in.Handle)) })
	c.parts.Go(func() { c.must(t, projector.Run(ctx)) })
}

func (c *inProcess) must(t *testing.T, err error) {
	if err != nil {
		t.Errorf("central: %v", err)
	}
}

func (c *inProcess) stop() {
	c.cancel()
	c.parts.Wait()
}

// punches gives what central's tables hold, in the form of the API.
func (c *inProcess) punches(t *testing.T) []client.Punch {
	t.Helper()
	lines, err := c.db.PunchLines(t.Context(), centraldb.PunchFilter{Limit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	out := make([]client.Punch, len(lines))
	for i, l := range lines {
		out[i] = client.Punch{ID: l.ID, Person: l.Person, Kiosk: l.Kiosk, Journal: hex.EncodeToString(l.Journal), Seq: l.Seq, Note: l.Note}
	}
	return out
}

// enrol makes a kiosk known.
func (c *inProcess) enrol(t *testing.T, id string, record ed25519.PublicKey) {
	t.Helper()
	err := c.db.Update(t.Context(), func(tx *centraldb.Tx) error {
		a := attendance.Kiosk{ID: id, Name: id, Zone: "UTC"}
		if err := tx.AddKiosk(t.Context(), a, 1); err != nil {
			return err
		}
		return tx.SetKioskIdentity(t.Context(), centraldb.Kiosk{
			Kiosk: a, Status: centraldb.KioskEnrolled, RecordKey: record, SealKey: make([]byte, 32),
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}
