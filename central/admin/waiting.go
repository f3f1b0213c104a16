package admin

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

const waitingPath = "/kiosks/waiting"

// Doorkeeper lets machines in that ask, or turns them away. See package fleet for the
// errors.
type Doorkeeper interface {
	Waiting(ctx context.Context) ([]centraldb.Waiting, error)
	Accept(ctx context.Context, actor, check string, a fleet.Accept) (string, error)
	Reject(ctx context.Context, actor, check string) error
}

// waitingView is the page of machines that ask to be let in.
type waitingView struct {
	page
	Note     *kioskNote
	Machines []waitingMachine
	Kiosks   []centraldb.Kiosk // what a machine can become
}

// waitingMachine is one of them, with what was typed for it.
type waitingMachine struct {
	centraldb.Waiting
	Since  string
	Form   acceptForm
	Wrong  wrong
	Unsent bool // the kiosk's present machine may hold punches
}

// Link is where its forms go.
func (m waitingMachine) Link() string { return waitingPath + "/" + url.PathEscape(m.Check) }

// acceptForm is what is typed to let a machine in.
type acceptForm struct {
	As          string // a kiosk's id; empty: a new one
	Name        string
	RequiresPIN bool
}

func (p *pages) waitingRoutes() []route {
	return []route{
		{"GET", waitingPath, access.KiosksWrite, p.waiting},
		{"POST", waitingPath + "/{check}/accept", access.KiosksWrite, p.acceptMachine},
		{"POST", waitingPath + "/{check}/reject", access.KiosksWrite, p.rejectMachine},
	}
}

func (p *pages) waiting(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.showWaiting(w, r, who, http.StatusOK, func(*waitingMachine) {})
}

func (p *pages) showWaiting(w http.ResponseWriter, r *http.Request, who access.Identity, status int, more func(*waitingMachine)) error {
	v := waitingView{page: p.page("Waiting to be let in", "kiosks", who)}
	v.Note, _ = p.noted(r).(*kioskNote)
	all, err := p.Doorkeeper.Waiting(r.Context())
	if err != nil {
		return err
	}
	if v.Kiosks, err = p.Fleet.Kiosks(r.Context()); err != nil {
		return err
	}
	for _, one := range all {
		m := waitingMachine{Waiting: one, Since: agoWords(p.Now().Sub(time.Unix(0, one.AskedAt))), Form: acceptForm{RequiresPIN: true}}
		more(&m)
		v.Machines = append(v.Machines, m)
	}
	return p.show(w, status, "waiting", v)
}

func (p *pages) acceptMachine(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	check := r.PathValue("check")
	form := acceptForm{As: r.PostForm.Get("as"), Name: strings.TrimSpace(r.PostForm.Get("name")), RequiresPIN: r.PostForm.Get("requires_pin") != ""}
	kiosk, err := p.Doorkeeper.Accept(r.Context(), who.Email, check, fleet.Accept{
		Kiosk: form.As, New: fleet.NewKiosk{Name: form.Name, RequiresPIN: form.RequiresPIN}, Force: r.PostForm.Get("force") != "",
	})
	if err == nil {
		note := &kioskNote{Done: "The machine was let in and goes on by itself within seconds."}
		if form.As == "" {
			note.Done += " Say who is on it."
		}
		return p.after(w, r, kioskPath(kiosk), note)
	}
	if problem.From(err).Detail["field"] == "check" {
		if !problem.Is(err, problem.NotFound) {
			return err
		}
		return p.after(w, r, waitingPath, &kioskNote{Done: "This machine does not wait any more."})
	}
	unsent := problem.Is(err, problem.Conflict)
	bad, status, err := wrongOf(err, "as")
	if err != nil {
		return err
	}
	return p.showWaiting(w, r, who, status, func(m *waitingMachine) {
		if m.Check == check {
			m.Form, m.Wrong, m.Unsent = form, bad, unsent
		}
	})
}

func (p *pages) rejectMachine(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	done := "The machine was turned away. It may ask again in an hour."
	err := p.Doorkeeper.Reject(r.Context(), who.Email, r.PathValue("check"))
	if problem.Is(err, problem.NotFound) {
		done, err = "This machine does not wait any more.", nil
	}
	if err != nil {
		return err
	}
	return p.after(w, r, waitingPath, &kioskNote{Done: done})
}
