package admin

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/store/centraldb"
)

// Door begins, checks and ends sessions. See package access for the errors.
type Door interface {
	Login(ctx context.Context, email, password string, v access.Visit) (secret string, who access.Identity, err error)
	Session(ctx context.Context, secret string) (access.Identity, error)
	Peek(ctx context.Context, secret string) (access.Identity, error)
	Logout(ctx context.Context, secret string) error
	Reprove(ctx context.Context, secret, password, address string) error
	Passkeys
	Welcome
	Own
	Tokens
	Accounts
}

// Lists reads what the pages show.
type Lists interface {
	NowPage(ctx context.Context, f centraldb.NowFilter) ([]centraldb.NowLine, error)
	NowCounts(ctx context.Context, f centraldb.NowFilter) ([]centraldb.NowCount, error)
	Punched(ctx context.Context, f centraldb.PunchedFilter) ([]attendance.Person, error)
	Entries(ctx context.Context, f centraldb.EntryFilter) ([]centraldb.Entry, error)
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
	Corrections  Corrections
	EntryLists   EntryLists
	TimeLists    TimeLists
	Fleet        Fleet
	People       People
	PINs         PINs
	Roll         Roll
	Teams        Teams
	TeamLists    TeamLists
	Kiosks       Kiosks
	Listings     Listings
	KioskLists   KioskLists
	PeopleLists  PeopleLists
	Exports      Exports
	ExportLists  ExportLists
	PINLengths   PINLengths
	PINLists     PINLists
	Audits       Audits
	AuditLists   AuditLists
	Mails        Mails
	MailLists    MailLists
	Webhooks     Webhooks
	WebhookLists WebhookLists
	Organisation centraldb.Organisation // as it was at the start
	Settings     Settings
	Decisions    Decisions
	Forgets      Forgets
	LastPunches  LastPunches
	Reviews      Reviews
	ReviewLists  ReviewLists
	Requests     Requests
	RequestLists RequestLists

	Commands     Commands
	CommandLists CommandLists
	Diagnostics  Diagnostics
	Doorkeeper   Doorkeeper
	Limits       health.Limits // from when on something is wrong with a kiosk; zero: health.Usual

	Bulletins     Bulletins
	BulletinLists BulletinLists
	Projects      Projects
	ProjectLists  ProjectLists
	Badges        Badges
	BadgeLists    BadgeLists
	Now           func() time.Time
	Log           *slog.Logger
}

// pages answers the web pages.
type pages struct {
	Config
	zone   *time.Location
	assets assets
	views  views
	once   *once
	needs  map[string]access.Permission // of each page without an id
	asking atomic.Int64                 // requests for punches that wait
	lost   atomic.Int64                 // people who wait for a new PIN
}

// route is one line of the table that the server and the tests share. An empty
// permission needs no session.
type route struct {
	method string
	path   string
	needs  access.Permission
	serve  func(w http.ResponseWriter, r *http.Request, who access.Identity) error
}

// routes is the whole table; each area keeps its own part beside its pages.
func (p *pages) routes() []route {
	return slices.Concat(p.nowRoutes(), p.punchRoutes(), p.meRoutes(), p.teamRoutes(), p.kioskRoutes(), p.waitingRoutes(), p.commandRoutes(), p.wipeRoutes(), p.doorRoutes(), p.pinLengthRoutes(), p.accountRoutes(), p.accountsRoutes(), p.auditRoutes(), p.settingsRoutes(), p.forgetRoutes(), p.mailRoutes(), p.webhookRoutes(), p.teamsRoutes(), p.reviewRoutes(), p.requestRoutes(), p.messageRoutes(), p.projectRoutes(), p.lookRoutes(), p.badgeRoutes())
}
