package admin

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// PINLengths changes how many digits PINs have. See package team for the errors.
type PINLengths interface {
	ChangeLength(ctx context.Context, actor string, digits int) ([]team.Issued, error)
	RenewTeam(ctx context.Context, actor, team string) (team.Renewal, error)
}

// PINLists reads how far the change is, and what the nightly check has found.
type PINLists interface {
	PINLength(ctx context.Context) (centraldb.PINLength, error)
	TeamsDue(ctx context.Context) ([]centraldb.TeamDue, error)
	Loads(ctx context.Context) ([]centraldb.Load, error)
	CountNotices(ctx context.Context, kind string, since int64) (int, error)
	Meta(ctx context.Context, key string) (string, error)
}

const pinsPath = "/settings/pins"

func (p *pages) pinLengthRoutes() []route {
	return []route{
		{"GET", pinsPath, access.SettingsEdit, p.pinLength},
		{"GET", pinsPath + "/change", access.SettingsEdit, p.askLength},
		{"POST", pinsPath + "/change", access.SettingsEdit, p.changeLength},
		{"POST", pinsPath + "/renew", access.SettingsEdit, p.renewTeam},
	}
}

// teamDueLine is one team of the change-over.
type teamDueLine struct {
	centraldb.TeamDue
	Batch int  // people that the next press of the button gives new PINs
	Next  bool // it is the first that is not done
}

// Done counts the people who have a PIN of the new length.
func (l teamDueLine) Done() int { return l.People - l.Due }

// pinsView is the page about all PINs.
type pinsView struct {
	page
	Digits   int
	Changed  string // day of the newest change, "" where there was none
	People   int
	Due      int
	Teams    []teamDueLine
	Checked  string // when the rules were checked last, "" for never
	Broken   int    // findings of that check
	Refusals int    // times that somebody was stopped from typing PINs in 30 days
	Wrong    wrong
}

// Done counts the people who have a PIN of the new length.
func (v pinsView) Done() int { return v.People - v.Due }

// Step says where a change-over stands: 1 there is none, 2 under way, 3 done.
func (v pinsView) Step() int {
	switch {
	case v.Changed == "":
		return 1
	case v.Due > 0:
		return 2
	}
	return 3
}

// Other is the length that may be chosen instead.
func (v pinsView) Other() int {
	all := team.Lengths()
	return all[(slices.Index(all, v.Digits)+1)%len(all)]
}

func (p *pages) pinLength(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	ctx := r.Context()
	length, err := p.PINLists.PINLength(ctx)
	if err != nil {
		return err
	}
	v := pinsView{page: p.page("PINs", "settings", who), Digits: length.Digits}
	teams, err := p.PINLists.TeamsDue(ctx)
	if err != nil {
		return err
	}
	for _, t := range teams {
		v.Teams = append(v.Teams, teamDueLine{TeamDue: t, Batch: min(t.Due, team.MaxRenewal), Next: v.Due == 0 && t.Due > 0})
		v.People, v.Due = v.People+t.People, v.Due+t.Due
	}
	if length.Since > 0 {
		v.Changed = p.dayOf(length.Since)
	}
	if err := p.checkedRules(ctx, &v); err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "pinlength", v)
}

// checkedRules fills in what the nightly check said.
func (p *pages) checkedRules(ctx context.Context, v *pinsView) error {
	last, err := team.LastCheck(ctx, p.PINLists)
	if err != nil {
		return err
	}
	if last.At > 0 {
		v.Checked, v.Broken = time.Unix(0, last.At).In(p.zone).Format("2 January, 15:04"), last.Findings
	}
	v.Refusals, err = p.PINLists.CountNotices(ctx, "pin.refusals", p.Now().AddDate(0, 0, -30).UnixNano())
	return err
}

func (p *pages) dayOf(at int64) string { return time.Unix(0, at).In(p.zone).Format("2 January 2006") }

// lengthView asks before the length is changed, and says what will happen.
type lengthView struct {
	page
	Back   string
	Before int
	Digits int
	People int
	Kiosks int // that get a new Universal PIN
	All    int // kiosks
}

func (p *pages) askLength(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	ctx := r.Context()
	digits, err := digitsOf(r.URL.Query().Get("digits"))
	if err != nil {
		return err
	}
	length, err := p.PINLists.PINLength(ctx)
	if err != nil {
		return err
	}
	if digits == length.Digits { // nothing to ask
		http.Redirect(w, r, pinsPath, http.StatusSeeOther)
		return nil
	}
	if ok, err := p.fresh(w, r, who, r.URL.RequestURI()); !ok || err != nil {
		return err
	}
	loads, err := p.PINLists.Loads(ctx)
	if err != nil {
		return err
	}
	teams, err := p.PINLists.TeamsDue(ctx)
	if err != nil {
		return err
	}
	v := lengthView{
		page: p.page("Change the length of PINs", "settings", who), Back: pinsPath, Before: length.Digits, Digits: digits,
		Kiosks: len(team.TooShort(loads, digits)), All: len(loads),
	}
	for _, t := range teams {
		v.People += t.People
	}
	return p.show(w, http.StatusOK, "pinchange", v)
}

// digitsOf reads a chosen length; what is none is problem.Invalid.
func digitsOf(text string) (int, error) {
	digits, err := strconv.Atoi(text)
	if err != nil || !slices.Contains(team.Lengths(), digits) {
		return 0, problem.New(problem.Invalid, "PINs have 4 or 6 digits.", "Go back and choose one of the two.").Because(err)
	}
	return digits, nil
}

// changeLength changes it, and shows the Universal PINs that had to follow.
func (p *pages) changeLength(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	digits, err := digitsOf(r.PostForm.Get("digits"))
	if err != nil {
		return err
	}
	if ok, err := p.fresh(w, r, who, pinsPath+"/change?digits="+strconv.Itoa(digits)); !ok || err != nil {
		return err
	}
	issued, err := p.PINLengths.ChangeLength(r.Context(), who.Email, digits)
	if err != nil {
		return err
	}
	if len(issued) == 0 {
		http.Redirect(w, r, pinsPath, http.StatusSeeOther)
		return nil
	}
	return p.showOnce(w, r, onceView{
		Title: plural(len(issued), "kiosk has", "kiosks have") + " a new Universal PIN",
		Why:   "Their Universal PIN was too short beside PINs of " + strconv.Itoa(digits) + " digits. The old one no longer works once the kiosk has heard.",
		Back:  pinsPath, Lines: issuedLines(attendance.Person{}, issued),
	})
}

// renewTeam gives the next people of a team new PINs, and shows them once: as
// slips to print, or as a list.
func (p *pages) renewTeam(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if ok, err := p.fresh(w, r, who, pinsPath); !ok || err != nil {
		return err
	}
	name := r.PostForm.Get("team")
	done, err := p.PINLengths.RenewTeam(r.Context(), who.Email, name)
	if err != nil {
		return err
	}
	if len(done.People) == 0 { // somebody else was quicker, or the form was made up
		http.Redirect(w, r, pinsPath, http.StatusSeeOther)
		return nil
	}
	if r.PostForm.Get("as") == "list" {
		v := onceView{Title: plural(len(done.People), "new PIN", "new PINs"), Back: pinsPath}
		for _, x := range done.People {
			v.Lines = append(v.Lines, onceLine{Person: x.Person, PIN: x.PIN.Reveal()}) // shown once
		}
		return p.showOnce(w, r, v)
	}
	v := slipsView{Back: pinsPath}
	for _, x := range done.People {
		v.Slips = append(v.Slips, slip{Name: x.Name, StaffNo: x.StaffNo, Team: x.Team, PIN: x.PIN.Reveal()}) // shown once
	}
	return p.showSlips(w, r, v)
}
