package main

import (
	"crypto/rand"
	"time"

	"github.com/timepost/timepost/central/devices"
	"github.com/timepost/timepost/central/salvage"
	"github.com/timepost/timepost/sync/wire"
)

// handedIn gives the calls of the device listener by which kiosks hand in what they
// could not send.
func (s *server) handedIn() []devices.Route {
	records := salvage.New(salvage.Config{
		Org: s.org.ID, Store: s.db, Log: s.ingest, Signer: wire.NewSigner(s.keys.Message), Keyset: s.keys.Keyset, NewID: rand.Text,
		Now: time.Now, Logger: s.log,
	})
	return devices.HandedIn(records, time.Now)
}
