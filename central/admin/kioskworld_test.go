package admin_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/admin"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/badges"
	"github.com/timepost/timepost/central/diagnostics"
	"github.com/timepost/timepost/central/export"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/roster"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/central/work"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// desk wires the pages of kiosks to the real use cases, down to the messages that
// would go to the kiosks.
func (w *world) desk(c *admin.Config, book *team.Book) {
	w.t.Helper()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	keys, err := fleet.CreateKeys(w.t.TempDir(), "harbour-bakery", noon)
	must(err)
	trail, log := audit.New(w.db, w.now), slog.New(slog.DiscardHandler)
	rosters := roster.New(roster.Config{
		Org: "harbour-bakery", Signer: wire.NewSigner(keys.Message), NewID: rand.Text, Source: w.db, Rows: w.db,
		OpenHash: book.OpenHash, Publisher: w, Logger: log,
	})
	people := team.New(team.Config{Store: w.db, Book: book, Audit: trail, Rosters: rosters, Now: w.now, Log: log})
	kiosks, err := fleet.New(fleet.Config{
		Keys: keys, Store: w.db, Audit: trail, Universals: people, Now: w.now, Log: log,
		Brokers: func() []string { return nil }, Device: func() string { return "clock.harbour.example:8443" },
		Edited: func(ctx context.Context, kiosk string) {
			if err := rosters.Refresh(ctx, kiosk); err != nil {
				w.t.Error(err)
			}
		},
	})
	must(err)
	c.Exports, c.ExportLists = export.New(export.Config{Store: w.db, People: w.db, Book: book, Audit: trail, Now: w.now}), w.db
	c.PINLengths, c.PINLists = people, w.db
	c.Projects, c.ProjectLists = work.New(work.Config{Store: w.db, Audit: trail, Rosters: rosters, Now: w.now, Log: log}), w.db
	c.Badges, c.BadgeLists = badges.New(badges.Config{Store: w.db, Audit: trail, Rosters: rosters, Now: w.now, Log: log}), w.db
	c.Commands, c.CommandLists = w.orders(keys), w.db
	w.archives = w.t.TempDir()
	c.Diagnostics = diagnostics.New(diagnostics.Config{Org: "harbour-bakery", Dir: w.archives, Store: w.db, Audit: trail, Now: w.now})
	c.Doorkeeper, w.asked = kiosks, kiosks
	c.Kiosks, c.Listings, c.KioskLists, c.PeopleLists = kiosks, people, w.db, w.db
}

// Publish takes what would go to a kiosk.
func (w *world) Publish(_ context.Context, m wire.Message) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pushed = append(w.pushed, m)
	return nil
}

// enrolled makes a kiosk that was set up and heard of some time ago.
func (w *world) enrolled(id, name string, heard time.Duration, queue int) {
	w.t.Helper()
	w.kiosk(id, name)
	seal, err := pin.NewSealKey(rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	w.update(func(tx *centraldb.Tx) error {
		return tx.SetKioskIdentity(w.t.Context(), centraldb.Kiosk{
			Kiosk: attendance.Kiosk{ID: id}, Status: centraldb.KioskEnrolled, RecordKey: make([]byte, 32), SealKey: seal.PublicKey().Bytes(),
			Hardware: "Raspberry Pi 4", EnrolledAt: w.now().Add(-30 * 24 * time.Hour).UnixNano(),
		})
	})
	if err := w.db.Seen(w.t.Context(), centraldb.Seen{Kiosk: id, At: w.now().Add(-heard), Queue: queue, Software: "timepost 1.0"}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) stored(id string) centraldb.Kiosk {
	w.t.Helper()
	k, err := w.db.Kiosk(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}
