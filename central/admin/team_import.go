package admin

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
)

// What a browser may import at once, and how much of it the preview shows.
const (
	maxUpload    = 4 << 20 // bytes: some 50,000 people
	previewRows  = 20
	previewWrong = 200
)

// importView is the page that imports people.
type importView struct {
	page
	Wrong   string          // next to the file
	Errors  []team.RowError // in the file's rows
	MoreBad int             // errors that are not shown
	Count   int             // people in a good file
	People  []attendance.Person
	File    string // the good file, for the form that imports it
	Past    []pastImport
	Done    string
	Refused *problem.Error // why an import could not be undone
}

func (p *pages) importForm(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	v := importView{page: p.page("Import people", "team", who)}
	if r.URL.Query().Get("done") == "undone" {
		v.Done = "Undone. Its people are gone, from every kiosk too."
	}
	return p.showImports(w, r, http.StatusOK, v)
}

// previewImport checks a file and changes nothing. The page it shows carries the
// file, so that what is imported is what was checked.
func (p *pages) previewImport(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	v := importView{page: p.page("Import people", "team", who)}
	file, err := uploaded(w, r)
	if err != nil {
		v.Wrong = problem.From(err).Message + " " + problem.From(err).Hint
		v.Title = "Not read: import people"
		return p.showImports(w, r, problem.CodeOf(err).HTTPStatus(), v)
	}
	status, err := p.check(r, who, file, &v)
	if err != nil {
		return err
	}
	return p.show(w, status, "team_import", v)
}

// check does a dry run and fills the view with what it found.
func (p *pages) check(r *http.Request, who access.Identity, file []byte, v *importView) (int, error) {
	got, err := p.People.Import(r.Context(), who.Email, file, true)
	if err != nil {
		return 0, err
	}
	if len(got.Errors) > 0 {
		v.Errors = got.Errors[:min(len(got.Errors), previewWrong)]
		v.MoreBad = len(got.Errors) - len(v.Errors)
		v.Title = "Not imported: import people"
		return http.StatusBadRequest, nil
	}
	for _, x := range got.People {
		if !mayWrite(who, x.Role) {
			v.Wrong = "Only an owner makes an owner; " + x.Name + " would be one. Ask an owner, or give another role."
			return http.StatusForbidden, nil
		}
		if len(v.People) < previewRows {
			v.People = append(v.People, x.Person)
		}
	}
	v.Count, v.File = len(got.People), base64.RawURLEncoding.EncodeToString(file)
	return http.StatusOK, nil
}

func uploaded(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload+maxForm)
	f, _, err := r.FormFile("file")
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, problem.New(problem.Invalid, "The file is larger than 4 MiB.", "Import it in parts, or with: fleet people import").Because(err)
	}
	if err != nil {
		return nil, problem.New(problem.Invalid, "There is no file.", "Choose a CSV file first.").Because(err)
	}
	file, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, problem.New(problem.Invalid, "The file did not arrive whole.", "Choose it again.").Because(err)
	}
	if len(file) == 0 {
		return nil, problem.New(problem.Invalid, "The file is empty.", "Choose another one.")
	}
	return file, nil
}

func (p *pages) importPeople(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	file, err := base64.RawURLEncoding.DecodeString(r.PostForm.Get("file"))
	if err != nil {
		return problem.New(problem.Invalid, "The file did not arrive whole.", "Choose it again.").Because(err)
	}
	v := importView{page: p.page("Import people", "team", who)}
	status, err := p.check(r, who, file, &v)
	if err != nil {
		return err
	}
	if status != http.StatusOK { // the team has changed since the preview, or the form was made up
		return p.show(w, status, "team_import", v)
	}
	got, err := p.People.Import(r.Context(), who.Email, file, false)
	if err != nil {
		return err
	}
	if len(got.Errors) > 0 {
		v = importView{page: v.page, Errors: got.Errors[:min(len(got.Errors), previewWrong)]}
		return p.show(w, http.StatusConflict, "team_import", v)
	}
	lines := make([]onceLine, len(got.People))
	for i, x := range got.People {
		lines[i] = onceLine{Person: x.Person, PIN: x.PIN.Reveal()}
	}
	lines = append(lines, issuedLines(attendance.Person{}, got.Issued)...)
	return p.showOnce(w, r, onceView{Title: plural(len(got.People), "person", "people") + " imported", Back: "/team", Lines: lines, Undo: got.ID})
}
