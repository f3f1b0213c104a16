package api

import (
	"context"
	_ "embed"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/store/centraldb"
)

// Base is the path that all routes begin with.
const Base = "/api/v1"

//go:embed openapi.yaml
var contract []byte

// Door says who a caller is. Errors are problem.Unauthenticated and
// problem.Limited.
type Door interface {
	Token(ctx context.Context, text string) (access.Identity, error)
	Verify(ctx context.Context, email, password, address string) (access.Identity, error)
	CreateToken(ctx context.Context, who access.Identity, n access.NewToken) (string, error)
	Tokens(ctx context.Context, who access.Identity) ([]access.Token, error)
	RevokeToken(ctx context.Context, who access.Identity, id string) error
	Accounts
}

// People administers people. See package team for the errors.
type People interface {
	Create(ctx context.Context, actor string, n team.NewPerson) (attendance.Person, []team.Issued, error)
	Import(ctx context.Context, actor string, file []byte, dryRun bool) (team.ImportResult, error)
	Assign(ctx context.Context, actor, kiosk string, a centraldb.Assignments) ([]team.Issued, error)
	Edit(ctx context.Context, actor, id string, edit func(p *attendance.Person) error) ([]team.Issued, error)
	Archive(ctx context.Context, actor, id string) error
}

// PINs changes people's PINs, and brings archived people back with a new one.
// See package team for the errors.
type PINs interface {
	GeneratePIN(ctx context.Context, actor, person string) (pin.PIN, error)
	SetPIN(ctx context.Context, actor, person string, typed pin.PIN) error
	Unlock(ctx context.Context, actor, person string) error
	Restore(ctx context.Context, actor, id string) ([]team.Issued, error)
}

// Kiosks administers kiosks. See package fleet for the errors.
type Kiosks interface {
	Create(ctx context.Context, actor string, n fleet.NewKiosk) (attendance.Kiosk, pin.PIN, error)
	Code(ctx context.Context, actor, kiosk string, life time.Duration) (fleet.Code, error)
	Edit(ctx context.Context, actor, kiosk string, e fleet.Edit) error
	Revoke(ctx context.Context, actor, kiosk string) error
	RevokeSettled(ctx context.Context, actor, kiosk string) error
}

// Universals changes kiosks' Universal PINs. See package team for the errors.
type Universals interface {
	GenerateUniversal(ctx context.Context, actor, kiosk string) (pin.PIN, error)
	SetUniversal(ctx context.Context, actor, kiosk string, typed pin.PIN) error
}

// Lists reads what lists show.
type Lists interface {
	TeamPage(ctx context.Context, f centraldb.TeamFilter) ([]centraldb.TeamLine, int, error)
	PunchLines(ctx context.Context, f centraldb.PunchFilter) ([]centraldb.PunchLine, error)
	NowLines(ctx context.Context) ([]centraldb.NowLine, error)
	Hashing(ctx context.Context) (pending, total int, err error)
	Person(ctx context.Context, id string) (attendance.Person, error)
}

// Fleet reads kiosks.
type Fleet interface {
	Kiosk(ctx context.Context, id string) (centraldb.Kiosk, error)
	Kiosks(ctx context.Context) ([]centraldb.Kiosk, error)
	Assignments(ctx context.Context, kiosk string) (centraldb.Assignments, error)
	AssigneeCounts(ctx context.Context) (map[string]int, error)
}

// Follower ticks after punches were added.
type Follower interface {
	Follow() (ticks <-chan struct{}, stop func())
}

// Config is what the API stands on.
type Config struct {
	Door        Door
	People      People
	PINs        PINs
	Kiosks      Kiosks
	Universals  Universals
	Lists       Lists
	Fleet       Fleet
	Healths     Healths
	Limits      health.Limits // from when on something is wrong; zero: health.Usual
	Flaws       Flaws
	FlawLists   FlawLists
	Diagnostics Diagnostics
	FleetTokens FleetTokens

	FleetTokenLists FleetTokenLists
	Doorkeeper      Doorkeeper

	Commands     Commands
	CommandLists CommandLists
	Exports      Exports
	Mails        Mails
	MailLists    MailLists
	Webhooks     Webhooks
	PINLengths   PINLengths
	PINLists     PINLists
	Teams        Teams
	TeamLists    TeamLists
	Settings     Settings
	Decisions    Decisions
	Forgets      Forgets
	Audits       Audits
	AuditLists   AuditLists
	Reviews      Reviews
	ReviewLists  ReviewLists
	Projects     Projects
	ProjectLists ProjectLists
	Badges       Badges
	BadgeLists   BadgeLists

	PunchRequests PunchRequests
	RequestLists  RequestLists
	Bulletins     Bulletins
	BulletinLists BulletinLists

	Corrections Corrections
	PunchLists  PunchLists
	Punches     Follower
	Log         *slog.Logger
}

// API answers /api/v1.
type API struct{ Config }

// New gives the API's handler.
func New(c Config) http.Handler {
	a := &API{c}
	mux := http.NewServeMux()
	for _, r := range a.routes() {
		mux.Handle(r.method+" "+Base+r.path, a.handle(r))
	}
	mux.HandleFunc(Base+"/", a.strayed(mux))
	return mux
}

// route is one line of the table that the server, the contract test and the
// permission test share. An empty permission needs no token.
type route struct {
	method string
	path   string
	needs  access.Permission
	serve  func(w http.ResponseWriter, r *http.Request, who access.Identity) error
}

// routes is the whole table; each area keeps its own part beside its calls.
func (a *API) routes() []route {
	return slices.Concat(a.doorRoutes(), a.accessRoutes(), a.peopleRoutes(), a.kioskRoutes(), a.healthRoutes(), a.flawRoutes(), a.diagnosticsRoutes(), a.fleetTokenRoutes(), a.waitingRoutes(), a.commandRoutes(), a.pinLengthRoutes(), a.punchRoutes(), a.mailRoutes(), a.webhookRoutes(), a.settingsRoutes(), a.auditRoutes(), a.teamsRoutes(), a.reviewRoutes(), a.projectRoutes(), a.punchRequestRoutes(), a.messageRoutes(), a.badgeRoutes())
}

func (a *API) doorRoutes() []route {
	return []route{
		{"GET", "/openapi.yaml", "", a.openapi},
		{"GET", "/healthz", "", a.healthz},
		{"POST", "/tokens", "", a.createToken},
	}
}
