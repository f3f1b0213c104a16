package main

import (
	"crypto/rand"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/commands"
	"github.com/timepost/timepost/sync/wire"
)

// makeCommands wires what tells kiosks what to do, and how they say what came of it.
// The projector must be there.
func (s *server) makeCommands(signer *wire.Signer) {
	s.commands = commands.New(commands.Config{
		Org: s.org.ID, Store: s.db, Audit: audit.New(s.db, time.Now), Signer: signer, NewID: rand.Text, Publisher: s.wire,
		Now: time.Now, Log: s.log,
	})
	s.projector.Ended = s.commands.Ended
}
