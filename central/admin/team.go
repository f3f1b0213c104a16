package admin

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/store/centraldb"
)

// People administers people. See package team for the errors.
type People interface {
	Create(ctx context.Context, actor string, n team.NewPerson) (attendance.Person, []team.Issued, error)
	Edit(ctx context.Context, actor, id string, edit func(p *attendance.Person) error) ([]team.Issued, error)
	Archive(ctx context.Context, actor, id string) error
	Restore(ctx context.Context, actor, id string) ([]team.Issued, error)
	Importer
}

// Importer makes people from files, and takes them back. See package team.
type Importer interface {
	Import(ctx context.Context, actor string, file []byte, dryRun bool) (team.ImportResult, error)
	UndoImport(ctx context.Context, actor string, id int64) error
}

// PINs administers people's PINs. See package team for the errors.
type PINs interface {
	GeneratePIN(ctx context.Context, actor, person string) (pin.PIN, error)
	SetPIN(ctx context.Context, actor, person string, typed pin.PIN) error
	Unlock(ctx context.Context, actor, person string) error
}

// Roll reads people.
type Roll interface {
	TeamPage(ctx context.Context, f centraldb.TeamFilter) ([]centraldb.TeamLine, int, error)
	TeamMember(ctx context.Context, id string) (centraldb.TeamLine, error)
	Hashing(ctx context.Context) (pending, total int, err error)
	AskingForPINs(ctx context.Context) (int, error)
	PersonLists
}

// PersonLists reads what belongs to people.
type PersonLists interface {
	Imports(ctx context.Context, limit int) ([]centraldb.ImportRow, error)
	KiosksOf(ctx context.Context, people ...string) ([]string, error)
	AccountsOf(ctx context.Context, person string) ([]centraldb.LoginLine, error)
}

// teamPage is how many people are on a page.
const teamPage = 50

// teamView is the page Team.
type teamView struct {
	page
	Filter   teamFilter
	Teams    []string
	Roles    []attendance.Role
	States   []pinChoice
	Columns  []column
	Asking   int // people who ask for a new PIN
	Current  choice
	Archived choice
	People   []member
	Total    int
	First    int // the number of the page's first person, from 1
	Last     int
	Hashing  hashingView
	Prev     string
	Next     string
}

// member is a person as Team shows them.
type member struct {
	centraldb.TeamLine
	Changed string // the day of the PIN, "" where there is none
}

// Link leads to the person.
func (m member) Link() string { return personLink(m.ID) }

func personLink(id string) string { return "/team/" + url.PathEscape(id) }

func roles() []attendance.Role {
	return []attendance.Role{attendance.Owner, attendance.Admin, attendance.Manager, attendance.Regular}
}

func (p *pages) team(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	f := teamFilterOf(r.URL.Query())
	v := teamView{page: p.page("Team", "team", who), Filter: f, Roles: roles(), States: pinChoices(), Columns: f.columns()}
	lines, total, err := p.Roll.TeamPage(r.Context(), centraldb.TeamFilter{
		Search: f.Search, Team: f.Team, Role: f.Role, PIN: f.PIN, Archived: f.Archived, Sort: f.Sort, Down: f.Down,
		Offset: f.Page * teamPage, Limit: teamPage,
	})
	if err != nil {
		return err
	}
	if v.Asking, err = p.Roll.AskingForPINs(r.Context()); err != nil {
		return err
	}
	if v.Teams, err = p.Lists.Teams(r.Context()); err != nil {
		return err
	}
	if v.Hashing, err = p.hashing(r.Context()); err != nil {
		return err
	}
	for _, l := range lines {
		v.People = append(v.People, p.member(l))
	}
	v.Total, v.First, v.Last = total, f.Page*teamPage+1, f.Page*teamPage+len(lines)
	v.links()
	return p.show(w, http.StatusOK, "team", v)
}

func (v *teamView) links() {
	f := v.Filter
	f.Page--
	if v.Filter.Page > 0 {
		v.Prev = f.Link()
	}
	f.Page = v.Filter.Page + 1
	if v.Last < v.Total && len(v.People) > 0 {
		v.Next = f.Link()
	}
	f.Page, f.Archived = 0, false
	v.Current = choice{"Current", f.Link(), !v.Filter.Archived}
	f.Archived = true
	v.Archived = choice{"Archived", f.Link(), v.Filter.Archived}
}

func (p *pages) member(l centraldb.TeamLine) member {
	m := member{TeamLine: l}
	if l.PINChangedAt > 0 && l.PINLen > 0 {
		m.Changed = time.Unix(0, l.PINChangedAt).In(p.zone).Format("2 Jan 2006")
	}
	return m
}

// hashingView tells how far the background work on PINs is.
type hashingView struct {
	Pending int
	Total   int
}

// Done counts the PINs that kiosks can have.
func (h hashingView) Done() int { return h.Total - h.Pending }

func (p *pages) hashing(ctx context.Context) (hashingView, error) {
	pending, total, err := p.Roll.Hashing(ctx)
	return hashingView{Pending: pending, Total: total}, err
}

// teamHashing is the live part of Team.
func (p *pages) teamHashing(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	h, err := p.hashing(r.Context())
	if err != nil {
		return err
	}
	return p.render(w, http.StatusOK, "team", "hashing", h)
}

func (p *pages) teamRoutes() []route {
	return []route{
		{"GET", "/team", access.PeopleRead, p.team},
		{"GET", "/team/hashing", access.PeopleRead, p.teamHashing},
		{"GET", "/team/new", access.PeopleWrite, p.newPerson},
		{"POST", "/team/new", access.PeopleWrite, p.createPerson},
		{"GET", "/team/import", access.PeopleWrite, p.importForm},
		{"POST", "/team/import", access.PeopleWrite, p.previewImport},
		{"POST", "/team/import/run", access.PeopleWrite, p.importPeople},
		{"POST", "/team/import/{import}/undo", access.PeopleWrite, p.undoImport},
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
	}
}
