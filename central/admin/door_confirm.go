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
	Problem *problem.Error
	Wait    int // seconds
}

func (p *pages) confirmView(who access.Identity, next string) confirmView {
	return confirmView{page: p.page("Confirm that it is you", "", who), Next: localPath(next)}
}

func (p *pages) confirmForm(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.show(w, http.StatusOK, "confirm", p.confirmView(who, r.URL.Query().Get("next")))
}

func (p *pages) confirm(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole.", "Go back and try again.").Because(err)
	}
	v := p.confirmView(who, r.PostForm.Get("next"))
	err := p.Door.Reprove(r.Context(), secretOf(r), r.PostForm.Get("password"), addressOf(r))
	if err == nil {
		http.Redirect(w, r, v.Next, http.StatusSeeOther)
		return nil
	}
	e := problem.From(err)
	if e.Code != problem.Unauthenticated && e.Code != problem.Limited {
		return err
	}
	v.Problem = e
	v.Wait, _ = e.Detail["retry_after_s"].(int)
	return p.show(w, e.Code.HTTPStatus(), "confirm", v)
}
