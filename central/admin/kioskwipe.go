package admin

import (
	"net/http"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/commands"
	"github.com/timepost/timepost/internal/problem"
)

// wipeView asks whether a machine shall forget that it is a kiosk.
type wipeView struct {
	page
	Line    kioskLine
	Wrong   wrong
	Confirm string // as typed
	Force   bool
}

func wipePath(id string) string { return kioskPath(id) + "/wipe" }

func (p *pages) wipeRoutes() []route {
	return []route{
		{"GET", "/kiosks/{id}/wipe", access.KiosksWipe, p.wipeForm},
		{"POST", "/kiosks/{id}/wipe", access.KiosksWipe, p.wipe},
	}
}

func (p *pages) wipeForm(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.showWipe(w, r, who, http.StatusOK, func(*wipeView) {})
}

// showWipe shows the page to whoever proved just now who they are.
func (p *pages) showWipe(w http.ResponseWriter, r *http.Request, who access.Identity, status int, more func(*wipeView)) error {
	k, err := p.Fleet.Kiosk(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if ok, err := p.fresh(w, r, who, wipePath(k.ID)); !ok || err != nil {
		return err
	}
	v := wipeView{page: p.page("Clear "+k.Name, "kiosks", who), Line: p.kioskLine(k, 0, 0)}
	more(&v)
	return p.show(w, status, "kioskwipe", v)
}

func (p *pages) wipe(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id := r.PathValue("id")
	if ok, err := p.fresh(w, r, who, wipePath(id)); !ok || err != nil {
		return err
	}
	o := commands.Wiping{Kiosk: id, Confirm: r.PostForm.Get("confirm"), Force: r.PostForm.Get("force") != ""}
	_, err := p.Commands.Wipe(r.Context(), who.Email, o)
	if e := problem.From(err); err != nil && e.Code == problem.Invalid {
		return p.showWipe(w, r, who, http.StatusBadRequest, func(v *wipeView) {
			v.Wrong, v.Confirm, v.Force = wrong{"confirm": e}, o.Confirm, o.Force
		})
	}
	if err != nil {
		return err
	}
	done := "The machine clears itself as soon as this server has everything of it."
	if o.Force {
		done = "The machine clears itself as soon as it is connected."
	}
	return p.after(w, r, commandsPath(id), &kioskNote{Done: done})
}
