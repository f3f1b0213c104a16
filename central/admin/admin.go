package admin

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/store/centraldb"
)

// Door begins, checks and ends sessions. See package access for the errors.
type Door interface {
	Login(ctx context.Context, email, password, address, previous string) (secret string, who access.Identity, err error)
	Session(ctx context.Context, secret string) (access.Identity, error)
	Logout(ctx context.Context, secret string) error
}

// Lists reads what the pages show.
type Lists interface {
	NowPage(ctx context.Context, f centraldb.NowFilter) ([]centraldb.NowLine, error)
	NowCounts(ctx context.Context, f centraldb.NowFilter) ([]centraldb.NowCount, error)
	Punched(ctx context.Context, f centraldb.PunchedFilter) ([]attendance.Person, error)
	PunchLines(ctx context.Context, f centraldb.PunchFilter) ([]centraldb.PunchLine, error)
	Teams(ctx context.Context) ([]string, error)
}

// Fleet reads kiosks.
type Fleet interface {
	Kiosks(ctx context.Context) ([]centraldb.Kiosk, error)
	Kiosk(ctx context.Context, id string) (centraldb.Kiosk, error)
	Assignments(ctx context.Context, kiosk string) (centraldb.Assignments, error)
	AssigneeCounts(ctx context.Context) (map[string]int, error)
}

// Config is what the pages stand on. Now may be nil for the system's clock.
type Config struct {
	Door         Door
	Lists        Lists
	Fleet        Fleet
	People       People
	PINs         PINs
	Roll         Roll
	Kiosks       Kiosks
	Listings     Listings
	KioskLists   KioskLists
	PeopleLists  PeopleLists
	Organisation centraldb.Organisation
	Now          func() time.Time
	Log          *slog.Logger
}

// pages answers the web pages.
type pages struct {
	Config
	zone   *time.Location
	assets assets
	views  views
	once   once
}

// New gives the handler of the web pages, for the root of the web listener. It
// fails where the organisation's zone is unknown.
func New(c Config) (http.Handler, error) {
	zone, err := time.LoadLocation(c.Organisation.Zone)
	if err != nil {
		return nil, fmt.Errorf("load the organisation's zone: %w", err)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	p := &pages{Config: c, zone: zone}
	if p.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if p.views, err = loadViews(p.assets); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, r := range p.routes() {
		mux.Handle(r.method+" "+r.path, p.handle(r))
	}
	mux.Handle("GET "+staticPath, p.assets)
	mux.Handle("/", p.handle(route{serve: p.missing}))
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(p.handle(route{serve: p.crossOrigin}))
	return secured(guard.Handler(mux)), nil
}

// route is one line of the table that the server and the tests share. An empty
// permission needs no session.
type route struct {
	method string
	path   string
	needs  access.Permission
	serve  func(w http.ResponseWriter, r *http.Request, who access.Identity) error
}

func (p *pages) routes() []route {
	return []route{
		{"GET", "/{$}", access.PunchesAll, p.now},
		{"GET", "/live", access.PunchesAll, p.live},
		{"GET", "/punches", access.PunchesAll, p.punches},
		{"GET", "/punches.csv", access.PunchesAll, p.punchesCSV},
		{"GET", "/team", access.PeopleRead, p.team},
		{"GET", "/team/hashing", access.PeopleRead, p.teamHashing},
		{"GET", "/team/new", access.PeopleWrite, p.newPerson},
		{"POST", "/team/new", access.PeopleWrite, p.createPerson},
		{"GET", "/team/import", access.PeopleWrite, p.importForm},
		{"POST", "/team/import", access.PeopleWrite, p.previewImport},
		{"POST", "/team/import/run", access.PeopleWrite, p.importPeople},
		{"GET", "/team/{id}", access.PeopleRead, p.person},
		{"POST", "/team/{id}", access.PeopleWrite, p.editPerson},
		{"POST", "/team/{id}/pin/generate", access.PINsWrite, p.generatePIN},
		{"POST", "/team/{id}/pin", access.PINsWrite, p.setPIN},
		{"POST", "/team/{id}/unlock", access.PINsWrite, p.unlockPerson},
		{"GET", "/team/{id}/archive", access.PeopleWrite, p.archiveForm},
		{"POST", "/team/{id}/archive", access.PeopleWrite, p.archivePerson},
		{"POST", "/team/{id}/restore", access.PeopleWrite, p.restorePerson},
		{"GET", "/team-pins/{note}", access.PeopleWrite, p.shownOnce},
		{"POST", "/team-pins.csv", access.PeopleWrite, p.pinsCSV},
		{"GET", "/kiosks", access.KiosksRead, p.kiosks},
		{"GET", "/kiosks/new", access.KiosksWrite, p.newKiosk},
		{"POST", "/kiosks", access.KiosksWrite, p.createKiosk},
		{"GET", "/kiosks/{id}", access.KiosksRead, p.kiosk},
		{"POST", "/kiosks/{id}/settings", access.KiosksWrite, p.editKiosk},
		{"GET", "/kiosks/{id}/people", access.KiosksRead, p.kioskPeople},
		{"POST", "/kiosks/{id}/people", access.KiosksWrite, p.setKioskPeople},
		{"GET", "/kiosks/{id}/universal", access.KiosksRead, p.universalUses},
		{"POST", "/kiosks/{id}/universal", access.PINsWrite, p.universalPIN},
		{"POST", "/kiosks/{id}/code", access.KiosksWrite, p.kioskCode},
		{"POST", "/kiosks/{id}/revoke", access.KiosksWrite, p.revokeKiosk},
		{"GET", "/login", "", p.loginForm},
		{"POST", "/login", "", p.login},
		{"POST", "/logout", "", p.logout},
	}
}
