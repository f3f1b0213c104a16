package admin

import (
	"net/http"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/store/centraldb"
)

// lookedShown is how many flaws that were looked into a kiosk's page has.
const lookedShown = 6

// lookedFlaw is a flaw of a journal that somebody has looked into.
type lookedFlaw struct{ Words, When, By string }

// fillFlaws puts in where what a kiosk recorded does not hold.
func (p *pages) fillFlaws(r *http.Request, v *kioskView, k centraldb.Kiosk) error {
	all, err := p.KioskLists.KioskFlaws(r.Context(), k.ID)
	if err != nil {
		return err
	}
	for _, f := range all {
		if f.SeenAt == 0 {
			v.Line.Flaws = append(v.Line.Flaws, f)
		} else if len(v.Looked) < lookedShown {
			v.Looked = append(v.Looked, lookedFlaw{health.FlawWords(f).Words, p.when(f.SeenAt), f.SeenBy})
		}
	}
	if k.Status != centraldb.KioskEnrolled { // nothing is found wrong with it then
		v.Line.Flaws = nil
	}
	return nil
}

// seeFlaws notes that somebody has looked into them.
func (p *pages) seeFlaws(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id := r.PathValue("id")
	if err := p.Kiosks.SeeFlaws(r.Context(), who.Email, id); err != nil {
		return err
	}
	return p.after(w, r, kioskPath(id), &kioskNote{Done: "Noted: you have looked into what it recorded."})
}
