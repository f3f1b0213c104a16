package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/badges"
	"github.com/timepost/timepost/central/bulletin"
	"github.com/timepost/timepost/central/commands"
	"github.com/timepost/timepost/central/correct"
	"github.com/timepost/timepost/central/devices"
	"github.com/timepost/timepost/central/export"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/central/notify"
	"github.com/timepost/timepost/central/roster"
	"github.com/timepost/timepost/central/settings"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/central/times"
	"github.com/timepost/timepost/central/webcert"
	"github.com/timepost/timepost/central/witness"
	"github.com/timepost/timepost/central/work"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// stopWithin bounds the stop of everything; systemd and people wait longer.
const stopWithin = 8 * time.Second

// server is all parts of central, wired.
type server struct {
	cmd     *serveCmd
	org     centraldb.Organisation
	keys    *fleet.Keys
	db      *centraldb.DB
	records *centraldb.Records
	log     *slog.Logger

	door      *access.Access
	team      *team.Team
	hasher    *team.Hasher
	watch     *team.Watch
	audits    *audit.Watch
	settings  *settings.Settings
	fleet     *fleet.Fleet
	exports   *export.Export
	health    *health.Book
	alerts    *health.Watch
	hooks     *health.Hooks
	mails     *notify.Notify
	rosters   *roster.Rosters
	later     *roster.Later
	spread    *roster.Spread
	counts    *ingest.Counts
	ingest    *ingest.Ingest
	times     *times.Times
	projector *ingest.Projector
	presence  *ingest.Presence
	correct   *correct.Correct
	bulletin  *bulletin.Bulletin
	commands  *commands.Commands
	work      *work.Work
	badges    *badges.Book
	witness   *witness.Daily // nil: nobody asks for it
	wire      *exchange
	device    *devices.Server
	web       *devices.Server
	acme      *webcert.ACME // nil: the web certificate is another
}

// newServer makes the parts in the order in which they stand on each other.
func newServer(s *server) (*server, error) {
	for _, part := range []func() error{s.makeWire, s.makeRecords, s.makePeople, s.makeFleet, s.makeMail, s.makeWitness, s.makeListeners} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// makeRecords wires what takes in and passes on: rosters, ingest, projector, presence.
func (s *server) makeRecords() error {
	book, err := team.NewBook(s.org.ID, s.keys.Data)
	if err != nil {
		return err
	}
	signer := wire.NewSigner(s.keys.Message)
	s.counts = ingest.NewCounts()
	s.presence = ingest.NewPresence(ingest.PresenceConfig{
		Org: s.org.ID, DB: s.db, Signer: signer, NewID: rand.Text, Publisher: s.wire, Logger: s.log, Summaries: s.db,
	})
	s.spread = roster.NewSpread(s.wire, s.log)
	s.rosters = roster.New(roster.Config{
		Org: s.org.ID, Signer: signer, NewID: rand.Text, Source: s.db, Rows: s.db, OpenHash: book.OpenHash,
		Publisher: s.wire, Logger: s.log, Added: s.presence.Added, Messages: s.db, Spread: s.spread,
	})
	s.later = roster.NewLater(s.rosters, s.db, s.log)
	s.projector = ingest.NewProjector(s.db, s.counts, s.log, s.presence.Changed)
	s.projector.Read = s.later.Soon
	s.makeCommands(signer)
	s.health = health.NewBook(s.db, time.Now, s.log)
	limits, err := s.cmd.Health.limits()
	if err != nil {
		return err
	}
	s.alerts = health.NewWatch(s.db, limits, time.Now, s.log)
	clock, err := newOwnClock(s.cmd.ClockWithin, s.log)
	if err != nil {
		return err
	}
	s.ingest = ingest.New(ingest.Config{
		Org: s.org.ID, Signer: signer, NewID: rand.Text, Keyset: s.keys.Keyset, Now: time.Now, Log: s.records, Fleet: s.db,
		Rosters: s.rosters, Counts: s.counts, Logger: s.log, Stored: s.projector.Wake, Heard: s.presence.Heard,
		Health: s.health.Take, Cloned: s.cloned, Flawed: s.db.NoteFlaw, Clock: clock.Quality, Commands: s.commands.For, Brokers: s.brokers,
	})
	s.wire.handle = s.ingest.Handle
	hasher, err := pin.NewHasher(hashCost())
	if err != nil {
		return err
	}
	s.hasher = team.NewHasher(team.HasherConfig{
		Store: s.db, Book: book, Rosters: s.rosters, Hasher: hasher, Workers: hashWorkers(), Log: s.log,
	})
	return nil
}

// makePeople wires who may do what, people and PINs.
func (s *server) makePeople() error {
	book, err := team.NewBook(s.org.ID, s.keys.Data)
	if err != nil {
		return err
	}
	trail := audit.New(s.db, time.Now)
	s.audits = audit.NewWatch(trail, s.db, s.log)
	s.settings = settings.New(settings.Config{Store: s.db, Audit: trail, Kiosks: func(context.Context) { s.hasher.RefreshAll() }})
	if s.door, err = access.New(access.Config{Store: s.db, Audit: trail}); err != nil {
		return err
	}
	s.exports = export.New(export.Config{Store: s.db, People: s.db, Book: book, Audit: trail})
	s.team = team.New(team.Config{
		Store: s.db, Book: book, Audit: trail, Rosters: s.rosters, Wake: s.hasher.Poke,
		RefreshAll: s.hasher.RefreshAll, Log: s.log,
	})
	zone, err := time.LoadLocation(s.org.Zone)
	if err != nil {
		return fmt.Errorf("load the organisation's zone: %w", err)
	}
	s.times = times.New(times.Config{Store: s.db, Audit: trail, Changed: s.presence.Changed, Now: time.Now, Log: s.log})
	s.projector.Next = s.times.Wake
	s.correct = correct.New(correct.Config{Store: s.db, Audit: trail, Changed: s.presence.Changed, Answered: s.later.Soon})
	s.work = work.New(work.Config{Store: s.db, Audit: trail, Rosters: s.rosters, Later: s.hasher.RefreshAll, Log: s.log})
	s.badges = badges.New(badges.Config{Store: s.db, Audit: trail, Rosters: s.rosters, Later: s.hasher.RefreshAll, Log: s.log})
	s.bulletin = bulletin.New(bulletin.Config{Store: s.db, Audit: trail, Changed: s.later.All})
	s.watch = team.NewWatch(s.team, s.db, zone, s.log)
	return nil
}

func (s *server) makeFleet() error {
	var err error
	s.fleet, err = fleet.New(fleet.Config{
		Keys: s.keys, Store: s.db, Audit: audit.New(s.db, time.Now), Universals: s.team,
		Brokers: s.brokers, Device: s.deviceAddr, Changed: s.kioskChanged, Edited: s.kioskEdited, Log: s.log,
	})
	s.wire.admit = s.fleet.Admit
	return err
}

// kioskChanged follows a kiosk's new identity, or its end: nobody believes the old
// keys any more, its connections are cut, its roster is sealed to the new ones.
func (s *server) kioskChanged(ctx context.Context, kiosk string) {
	s.ingest.Forget(kiosk)
	s.wire.kick(kiosk)
	s.kioskEdited(ctx, kiosk)
}

// kioskEdited brings a kiosk its new settings; where that fails, the next refresh
// makes up for it.
func (s *server) kioskEdited(ctx context.Context, kiosk string) {
	if err := s.rosters.Refresh(ctx, kiosk); err != nil {
		s.log.Error("refresh roster", "kiosk", kiosk, "err", err)
	}
}

func (s *server) makeListeners() error {
	config := s.keys.ServerTLS(s.cmd.Hosts, time.Now)
	s.device = &devices.Server{
		Listen: s.cmd.Device, TLS: config, Handler: devices.Handler(s.fleet, s.log, s.handedIn()...), Log: s.log,
	}
	handler, err := s.webHandler()
	if err != nil {
		return err
	}
	shown, err := s.webTLS(config)
	s.web = &devices.Server{Listen: s.cmd.Web, TLS: shown, Handler: handler, Log: s.log, Streams: true}
	return err
}

// run starts the parts, what others stand on first, and stops them in reverse.
func (s *server) run(ctx context.Context) error {
	g := lifecycle.Group{StopWithin: stopWithin}
	if s.wire.embedded != nil {
		g.Add("broker", s.wire.embedded)
	}
	if s.wire.outside {
		g.Add("revocations", s.makeRevocations())
		g.Add("list proof", s.makeListProof())
	}
	g.Add("exchange", s.wire)
	g.Add("projector", s.projector)
	g.Add("times", s.times)
	g.Add("presence", s.presence)
	g.Add("hasher", s.hasher)
	g.Add("messages", s.later)
	g.Add("spread", s.spread)
	g.Add("nightly check", s.watch)
	g.Add("audit check", s.audits)
	g.Add("health", s.health)
	g.Add("alerts", s.alerts)
	g.Add("commands", s.commands)
	g.Add("webhook", s.hooks)
	g.Add("mails", s.mails)
	if s.witness != nil {
		g.Add("witness", s.witness)
	}
	if s.acme != nil {
		g.AddFunc("web certificate", s.acme.Run)
	}
	g.Add("device listener", s.device)
	g.Add("web listener", s.web)
	if s.cmd.Metrics != "" {
		g.Add("metrics", &metricsServer{s.cmd.Metrics, newMetrics(fleetMetrics{s.counts, s.ingest.Waiting, s.db, s.log}), s.log, lifecycle.NewSignal()})
	}
	g.AddFunc("announcement", s.announce)
	g.AddFunc("catching up", func(ctx context.Context) error {
		// What was committed before a crash may not have reached the rosters.
		if err := s.rosters.RefreshAll(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("refresh rosters", "err", err)
		}
		return nil
	})
	return g.Run(ctx)
}

// addresses is where the parts listen; the content of DATA/run/addresses.json.
type addresses struct {
	Web    string `json:"web"`
	Device string `json:"device"`
	MQTT   string `json:"mqtt"`
	CAFile string `json:"ca_file"`
}

func (s *server) announce(context.Context) error {
	a := addresses{
		Web: "https://" + s.reached(s.web.Addr()), Device: "https://" + s.deviceAddr(),
		CAFile: filepath.Join(s.cmd.keys(), fleet.CAFile),
	}
	if b := s.brokers(); len(b) > 0 {
		a.MQTT = b[0]
	}
	dir := filepath.Join(s.cmd.Data, "run")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write addresses: %w", err)
	}
	if err := writeJSON(filepath.Join(dir, "addresses.json"), a); err != nil {
		return err
	}
	s.log.Info("listening", "web", a.Web, "device", a.Device, "mqtt", a.MQTT)
	return nil
}

// reached gives the address by which others reach a listener: our first name and
// the real port.
func (s *server) reached(listener string) string {
	_, port, err := net.SplitHostPort(listener)
	if err != nil {
		return s.cmd.Hosts[0] // it does not listen yet
	}
	return net.JoinHostPort(s.cmd.Hosts[0], port)
}

func (s *server) deviceAddr() string { return s.reached(s.device.Addr()) }
