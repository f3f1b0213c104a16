package admin

import (
	"context"
	_ "embed"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/store/centraldb"
)

// Kiosks administers kiosks. See package fleet for the errors.
type Kiosks interface {
	Create(ctx context.Context, actor string, n fleet.NewKiosk) (attendance.Kiosk, pin.PIN, error)
	Edit(ctx context.Context, actor, kiosk string, e fleet.Edit) error
	Code(ctx context.Context, actor, kiosk string, life time.Duration) (fleet.Code, error)
	Revoke(ctx context.Context, actor, kiosk string) error
	SeeFlaws(ctx context.Context, actor, kiosk string) error
}

// Listings says who is on a kiosk, and changes its Universal PIN. See package
// team for the errors.
type Listings interface {
	Reassign(ctx context.Context, actor, kiosk string, f func(centraldb.Assignments) centraldb.Assignments) ([]team.Issued, error)
	GenerateUniversal(ctx context.Context, actor, kiosk string) (pin.PIN, error)
	SetUniversal(ctx context.Context, actor, kiosk string, typed pin.PIN) error
}

// KioskLists reads what the pages of kiosks show beside the kiosks themselves.
type KioskLists interface {
	RosterVersions(ctx context.Context) (map[string]uint64, error)
	OpenCode(ctx context.Context, kiosk string, now int64) (int64, error)
	UniversalPIN(ctx context.Context, kiosk string) (digits int, changed int64, hashed bool, err error)
	UniversalUses(ctx context.Context, kiosk string, offset, limit int) ([]centraldb.PunchLine, error)
	AssignedPeople(ctx context.Context, kiosk string, offset, limit int) ([]centraldb.PersonLine, error)
	KioskCare
	KioskHealths
	KioskKeys
}

// KioskCare reads what kiosks suffer from, and the teams that can be on them.
type KioskCare interface {
	KioskTroubles(ctx context.Context) (map[string]centraldb.Trouble, error)
	TeamSizes(ctx context.Context) ([]centraldb.TeamSize, error)
	OpenFlaws(ctx context.Context) (map[string][]centraldb.Flaw, error)
	KioskFlaws(ctx context.Context, kiosk string) ([]centraldb.Flaw, error)
}

// PeopleLists finds people.
type PeopleLists interface {
	PeoplePage(ctx context.Context, f centraldb.PeopleFilter) ([]centraldb.PersonLine, int, error)
	Person(ctx context.Context, id string) (attendance.Person, error)
}

// kioskZones are the names of the world's time zones, for the field's list: the
// canonical ones of the public-domain tz database, one a line.
//
//go:embed kiosk_zones.txt
var kioskZones string

const kiosksPage = 100 // kiosks shown at once

// kiosksView is the page Kiosks.
type kiosksView struct {
	page
	Note   *kioskNote
	Search string
	Status string
	Lines  []kioskLine
	Wait   int // machines that ask to be let in
	Found  int
	All    int
	Prev   string
	Next   string
}

// kioskLine is one kiosk with how it is.
type kioskLine struct {
	centraldb.Kiosk
	People int
	Seen   string // when it was last heard of, in words
	Quiet  bool   // longer ago than it should be
	Newest uint64 // its newest roster, 0 where it has none
	// Trouble is what did not come in as it should.
	Trouble  centraldb.Trouble
	Findings []health.Finding // what is wrong with its machine, the worst first
	Flaws    []centraldb.Flaw // of its journals, that nobody has looked into
}

// Ails says that something did not come in as it should.
func (l kioskLine) Ails() int { return l.Trouble.Quarantined + l.Trouble.Gaps }

// Link leads to the kiosk's page.
func (l kioskLine) Link() string { return kioskPath(l.ID) }

// State names how the kiosk is.
func (l kioskLine) State() string {
	switch {
	case l.Status == centraldb.KioskRevoked:
		return "Revoked"
	case l.Status == centraldb.KioskNew:
		return "Not set up"
	case l.Quiet:
		return "Silent"
	case len(l.Findings) > 0:
		return "Needs care"
	}
	return "In service"
}

// Behind says that the kiosk had not told of its newest roster when it was last
// heard of.
func (l kioskLine) Behind() bool {
	return l.Status == centraldb.KioskEnrolled && l.LastRoster < l.Newest
}

// Roster says how fresh the kiosk's list of people is.
func (l kioskLine) Roster() string {
	switch {
	case l.Status != centraldb.KioskEnrolled || l.Newest == 0:
		return "–"
	case l.LastRoster == 0:
		return "not there yet"
	case l.LastRoster < l.Newest:
		return plural(int(min(l.Newest-l.LastRoster, 1<<30)), "change", "changes") + " behind"
	}
	return "up to date"
}

func kioskPath(id string) string { return "/kiosks/" + url.PathEscape(id) }

func (p *pages) kiosks(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	ctx, q := r.Context(), r.URL.Query()
	v := kiosksView{page: p.page("Kiosks", "kiosks", who), Search: strings.TrimSpace(q.Get("search")), Status: q.Get("status")}
	v.Note, _ = p.noted(r).(*kioskNote)
	all, err := p.Fleet.Kiosks(ctx)
	if err != nil {
		return err
	}
	counts, err := p.Fleet.AssigneeCounts(ctx)
	if err != nil {
		return err
	}
	versions, err := p.KioskLists.RosterVersions(ctx)
	if err != nil {
		return err
	}
	troubles, err := p.KioskLists.KioskTroubles(ctx)
	if err != nil {
		return err
	}
	healths, err := p.KioskLists.Healths(ctx)
	if err != nil {
		return err
	}
	flawed, err := p.KioskLists.OpenFlaws(ctx)
	if err != nil {
		return err
	}
	waiting, err := p.Doorkeeper.Waiting(ctx)
	if err != nil {
		return err
	}
	v.All, v.Wait = len(all), len(waiting)
	lines := make([]kioskLine, len(all))
	for i, k := range all {
		lines[i] = p.kioskLine(k, counts[k.ID], versions[k.ID])
		lines[i].Trouble, lines[i].Flaws = troubles[k.ID], flawed[k.ID]
	}
	p.judged(lines, healths, p.limits())
	var found []kioskLine
	for _, l := range lines {
		if v.chooses(l) {
			found = append(found, l)
		}
	}
	v.cut(found, pageOf(q))
	return p.show(w, http.StatusOK, "kiosks", v)
}

// chooses says whether the page's filter lets a kiosk through.
func (v *kiosksView) chooses(l kioskLine) bool {
	switch v.Status {
	case "attention":
		if l.ill() > 2 {
			return false
		}
	case centraldb.KioskNew, centraldb.KioskEnrolled, centraldb.KioskRevoked:
		if l.Status != v.Status {
			return false
		}
	}
	return v.Search == "" || l.ID == v.Search || attendance.MatchSearch(attendance.SearchKey(l.Name), v.Search)
}

func (v *kiosksView) cut(found []kioskLine, at int) {
	turned := func(to int) string {
		q := url.Values{}
		set(q, "search", v.Search)
		set(q, "status", v.Status)
		setPage(q, to)
		return "/kiosks?" + q.Encode()
	}
	v.Found = len(found)
	from := min(at*kiosksPage, len(found))
	v.Lines = found[from:min(from+kiosksPage, len(found))]
	if at > 0 {
		v.Prev = turned(at - 1)
	}
	if from+kiosksPage < len(found) {
		v.Next = turned(at + 1)
	}
}

// Narrow says whether anything is chosen.
func (v kiosksView) Narrow() bool { return v.Search != "" || v.Status != "" }

func (p *pages) kioskLine(k centraldb.Kiosk, people int, newest uint64) kioskLine {
	l := kioskLine{Kiosk: k, People: people, Newest: newest}
	ago := p.Now().Sub(time.Unix(0, k.LastSeen))
	switch {
	case k.LastSeen == 0:
		l.Seen = "never"
	case ago < 2*time.Minute:
		l.Seen = "just now"
	default:
		l.Seen = agoWords(ago) + " ago"
	}
	return l
}

// agoWords writes how long ago something was, coarser the longer it is.
func agoWords(d time.Duration) string {
	const day = 24 * time.Hour
	if d < 2*day {
		return hoursMinutes(d)
	}
	return plural(int(d/day), "day", "days")
}

func set(q url.Values, name, value string) {
	if value != "" {
		q.Set(name, value)
	}
}

func (p *pages) kioskRoutes() []route {
	return []route{
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
		{"GET", "/kiosks/{id}/export", access.PINsExport, p.exportForm},
		{"POST", "/kiosks/{id}/export", access.PINsExport, p.exportAssignees},
		{"GET", "/slips/{once}", access.PINsExport, p.slips},
		{"POST", "/kiosks/{id}/flaws", access.KiosksWrite, p.seeFlaws},
		{"POST", "/kiosks/{id}/revoke", access.KiosksWrite, p.revokeKiosk},
	}
}
