package admin

import (
	"net/http"
	"net/url"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
)

// fresh says whether somebody has shown a password or a passkey just now, as what
// brings secrets to light needs. Where not, a GET has been answered with the way to
// the confirmation and back; anything else gets an error that leads there, because
// what was posted can't be posted again from there. back is the page to return to.
func (p *pages) fresh(w http.ResponseWriter, r *http.Request, who access.Identity, back string) (bool, error) {
	if access.Fresh(who, p.Now()) {
		return true, nil
	}
	to := "/confirm?next=" + url.QueryEscape(back)
	if r.Method == http.MethodGet {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return false, nil
	}
	return false, problem.New(problem.Forbidden, "Please confirm that it is you.",
		"It was more than five minutes ago. Nothing has been done yet; afterwards you come back to the form.").With("confirm", to)
}

// confirmView is what the confirmation shows.
type confirmView struct {
	page
	Next    string
	Passkey bool // the account has one, and the site has a name
	Problem *problem.Error
	Wait    int // seconds
}

func (p *pages) confirmView(r *http.Request, who access.Identity, next string) (confirmView, error) {
	v := confirmView{page: p.page("Confirm that it is you", "", who), Next: localPath(next)}
	o, err := p.Door.Own(r.Context(), who, secretOf(r))
	v.Passkey = len(o.Passkeys) > 0 && access.CanPasskey(r.Host)
	return v, err
}

func (p *pages) confirmForm(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	v, err := p.confirmView(r, who, r.URL.Query().Get("next"))
	if err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "confirm", v)
}

func (p *pages) confirm(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	next := localPath(r.PostForm.Get("next"))
	if err := p.Door.Reprove(r.Context(), secretOf(r), r.PostForm.Get("password"), addressOf(r)); err != nil {
		if problem.Is(err, problem.Unauthenticated) { // there is no address on this page to be wrong
			err = problem.New(problem.Unauthenticated, "The password is wrong.", "Try again; capital letters matter.").Because(err)
		}
		return p.confirmAgain(w, r, who, next, err)
	}
	return seeOther(w, r, next)
}

func (p *pages) confirmAgain(w http.ResponseWriter, r *http.Request, who access.Identity, next string, err error) error {
	e := problem.From(err)
	if e.Code.HTTPStatus() >= http.StatusInternalServerError {
		return err
	}
	v, err := p.confirmView(r, who, next)
	if err != nil {
		return err
	}
	v.Problem = e
	v.Wait, _ = e.Detail["retry_after_s"].(int)
	return p.show(w, e.Code.HTTPStatus(), "confirm", v)
}
