package main

import (
	"crypto/rand"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/devices"
	"github.com/timepost/timepost/central/diagnostics"
	"github.com/timepost/timepost/central/salvage"
	"github.com/timepost/timepost/sync/wire"
)

// handedIn gives the calls of the device listener by which kiosks hand in what they
// could not send, and their diagnostics, and get new certificates.
func (s *server) handedIn() []devices.Route {
	records := salvage.New(salvage.Config{
		Org: s.org.ID, Store: s.db, Log: s.ingest, Signer: wire.NewSigner(s.keys.Message), Keyset: s.keys.Keyset, NewID: rand.Text,
		Now: time.Now, Logger: s.log,
	})
	return append(devices.HandedIn(records, time.Now), devices.Diagnostics(s.shelf(), time.Now), devices.Renewal(s.fleet, time.Now), devices.Readoption(s.fleet, time.Now), devices.Asking(s.fleet))
}

// shelf is where archives of diagnostics are kept.
func (s *server) shelf() *diagnostics.Shelf {
	return diagnostics.New(diagnostics.Config{
		Org: s.org.ID, Dir: filepath.Join(s.cmd.Data, "diagnostics"), Store: s.db, Audit: audit.New(s.db, time.Now), Now: time.Now,
	})
}
