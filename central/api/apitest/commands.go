package apitest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/commands"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// commands gives what tells kiosks what to do: it reaches none.
func (c *Central) commands(trail *audit.Log, log *slog.Logger) *commands.Commands {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	c.orders = commands.New(commands.Config{
		Org: "acme", Store: c.DB, Audit: trail, Signer: wire.NewSigner(key), NewID: rand.Text, Publisher: noKiosks{}, Now: time.Now, Log: log,
	})
	return c.orders
}

// Enrol gives a kiosk a machine: a set of keys that nobody has.
func (c *Central) Enrol(kiosk string) {
	c.t.Helper()
	c.must(c.DB.Update(c.t.Context(), func(tx *centraldb.Tx) error {
		k, err := tx.Kiosk(context.Background(), kiosk)
		if err != nil {
			return err
		}
		k.Status, k.RecordKey, k.SealKey, k.EnrolledAt = centraldb.KioskEnrolled, bytes.Repeat([]byte{9}, ed25519.PublicKeySize), []byte{9}, time.Now().UnixNano()
		return tx.SetKioskIdentity(context.Background(), k)
	}))
}

// Answer says how a kiosk's command went, as the kiosk's record does.
func (c *Central) Answer(kiosk string, number uint64, ok bool, said string) {
	c.t.Helper()
	c.must(c.DB.Update(c.t.Context(), func(tx *centraldb.Tx) error {
		b := record.Body{Type: record.CommandDone, Gen: 1, Command: number, OK: ok, Note: said}
		return c.orders.Ended(context.Background(), tx, kiosk, time.Now().UnixNano(), b)
	}))
}

// noKiosks are not there to hear anything.
type noKiosks struct{}

// Publish tells nobody.
func (noKiosks) Publish(context.Context, wire.Message) error { return nil }

// Flaw writes down that the journal of a kiosk does not hold from a number on; kind as
// centraldb names them.
func (c *Central) Flaw(kiosk, kind string, from uint64) {
	c.must(c.DB.NoteFlaw(c.t.Context(), centraldb.Flaw{
		Kiosk: kiosk, Journal: record.JournalID{1}, Kind: kind, From: from, To: from, LastAt: time.Now().UnixNano(),
	}))
}
