package admin

import (
	"net/http"
	"strconv"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// pastImports is how many of the last imports the page shows.
const pastImports = 10

// pastImport is an import as the page shows it.
type pastImport struct {
	centraldb.ImportRow
	When string // in the organisation's zone
}

// CanUndo says whether all of its people can be taken back.
func (i pastImport) CanUndo() bool { return i.UndoneAt == 0 && i.Kept == 0 }

// showImports shows the page with the last imports under the form.
func (p *pages) showImports(w http.ResponseWriter, r *http.Request, status int, v importView) error {
	rows, err := p.Roll.Imports(r.Context(), pastImports)
	if err != nil {
		return err
	}
	for _, i := range rows {
		v.Past = append(v.Past, pastImport{i, time.Unix(0, i.At).In(p.zone).Format("2 Jan 2006, 15:04")})
	}
	return p.show(w, status, "team_import", v)
}

// undoImport takes an import back, or says why it cannot be.
func (p *pages) undoImport(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id, err := strconv.ParseInt(r.PathValue("import"), 10, 64)
	if err != nil {
		return problem.New(problem.NotFound, "There is no such import.", "Look at the list of imports again.").Because(err)
	}
	err = p.People.UndoImport(r.Context(), who.Email, id)
	if err == nil {
		http.Redirect(w, r, "/team/import?done=undone", http.StatusSeeOther)
		return nil
	}
	e := problem.From(err)
	if e.Code != problem.Conflict {
		return err
	}
	v := importView{page: p.page("Not undone: import people", "team", who), Refused: e}
	return p.showImports(w, r, e.Code.HTTPStatus(), v)
}
