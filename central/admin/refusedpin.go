package admin

import (
	"net/http"

	"github.com/timepost/timepost/internal/problem"
)

// refusedPIN is left for the page that a typed PIN leads back to when it was
// refused. The answer to the form itself is no page: a browser keeps the body of
// such a form on its disk, to restore the page one day, and the PIN in it may be
// somebody else's.
type refusedPIN struct{ why *problem.Error }

// pinRefused leads back to the form. Errors that are no refusal are returned.
func (p *pages) pinRefused(w http.ResponseWriter, r *http.Request, form string, err error) error {
	e := problem.From(err)
	if e.Code != problem.Invalid && e.Code != problem.Conflict && e.Code != problem.Limited {
		return err
	}
	return p.after(w, r, form, refusedPIN{e})
}
