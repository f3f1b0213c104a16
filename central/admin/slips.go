package admin

import (
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/timepost/timepost/central/access"
)

// slip is a piece of paper for one person, with their PIN inside the fold.
type slip struct {
	Name    string
	StaffNo string
	Team    string
	PIN     string
}

// slipsView is the page of slips, to be printed: three on a sheet of A4, each
// with nothing of anybody else. It is shown once.
type slipsView struct {
	page
	Where   string // the kiosk they are for, or ""
	Back    string
	Slips   []slip
	Without []string // names of those who were asked for and have no slip
}

// Left names those without a slip, the first few of many.
func (v slipsView) Left() string { return someOf(v.Without, 12) }

// someOf joins the first few of many texts.
func someOf(texts []string, few int) string {
	if len(texts) <= few {
		return strings.Join(texts, ", ")
	}
	return strings.Join(texts[:few], ", ") + " and " + plural(len(texts)-few, "other", "others")
}

// showSlips leads to the page of slips, so that loading it again neither repeats
// what was done nor shows them again.
func (p *pages) showSlips(w http.ResponseWriter, r *http.Request, v slipsView) error {
	return p.after(w, r, "/slips/"+rand.Text(), v)
}

func (p *pages) slips(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	v, ok := p.noted(r).(slipsView)
	if !ok {
		return errNoSlips()
	}
	v.page = p.page("Slips to print", "kiosks", who)
	return p.show(w, http.StatusOK, "slips", v)
}
