package admin

import (
	"crypto/rand"
	"encoding/csv"
	"errors"
	"net/http"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/sheet"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
)

// onceView is the page after a change that made PINs. It is shown once.
type onceView struct {
	page
	Title string
	Why   string
	Back  string
	More  string // the form for another person, or ""
	Lines []onceLine
	Undo  int64 // the import that can be undone, or 0
}

// onceLine is one new PIN.
type onceLine struct {
	Person  attendance.Person // zero: a kiosk's
	Kiosk   string            // id, or "" where it is a person's
	PIN     string
	Imposed bool // another change required it
}

// issuedLines gives the PINs that a change to a person made.
func issuedLines(who attendance.Person, issued []team.Issued) []onceLine {
	lines := make([]onceLine, len(issued))
	for i, x := range issued {
		lines[i] = onceLine{PIN: x.PIN.Reveal(), Imposed: x.Forced}
		switch {
		case x.Kind == pin.Universal:
			lines[i].Kiosk = x.Subject
		case x.Subject == who.ID:
			lines[i].Person = who
		default:
			lines[i].Person = attendance.Person{ID: x.Subject, Name: x.Subject}
		}
	}
	return lines
}

// Only is the PIN where there is one, for the large figure.
func (v onceView) Only() *onceLine {
	if len(v.Lines) != 1 {
		return nil
	}
	return &v.Lines[0]
}

// CSV gives the PINs for the download, which the page itself carries.
func (v onceView) CSV() (string, error) {
	var b strings.Builder
	out := sheet.NewCSV(&b)
	err := out.Row("staff_no", "name", "team", "role", "kiosk", "pin")
	for _, l := range v.Lines {
		err = errors.Join(err, out.Row(l.Person.StaffNo, l.Person.Name, l.Person.Team, string(l.Person.Role), l.Kiosk, l.PIN))
	}
	err = errors.Join(err, out.Close()) // before the text is taken: it holds rows back until then
	return b.String(), err
}

// showOnce leads to the page that shows new PINs, so that loading it again
// neither repeats the change nor shows them again.
func (p *pages) showOnce(w http.ResponseWriter, r *http.Request, v onceView) error {
	if err := p.nameKiosks(r, v.Lines); err != nil {
		return err
	}
	return p.after(w, r, "/team-pins/"+rand.Text(), v)
}

func (p *pages) nameKiosks(r *http.Request, lines []onceLine) error {
	var names map[string]string
	for i, l := range lines {
		if l.Kiosk == "" {
			continue
		}
		if names == nil {
			kiosks, err := p.Fleet.Kiosks(r.Context())
			if err != nil {
				return err
			}
			names = map[string]string{}
			for _, k := range kiosks {
				names[k.ID] = k.Name
			}
		}
		if name := names[l.Kiosk]; name != "" {
			lines[i].Kiosk = name
		}
	}
	return nil
}

func (p *pages) shownOnce(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	v, ok := p.noted(r).(onceView)
	if !ok {
		return problem.New(problem.Expired, "These PINs were shown already.", "Where one was not noted, generate a new one on the person's page.")
	}
	v.page = p.page(v.Title, "team", who)
	return p.show(w, http.StatusOK, "team_once", v)
}

// maxPINs bounds the file of PINs that a page sends back for the download.
const maxPINs = 16 << 20

// pinsCSV turns what the page after a change carries into a file: the server has
// kept nothing. Only text that is a table leaves, and no cell of it is a formula.
func (p *pages) pinsCSV(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	rows, err := csv.NewReader(strings.NewReader(r.PostForm.Get("pins"))).ReadAll()
	if err != nil || len(rows) == 0 {
		return problem.New(problem.Invalid, "There are no PINs to download.", "Use the button on the page that shows them.").Because(err)
	}
	w.Header().Set("Content-Type", sheet.TypeCSV)
	w.Header().Set("Content-Disposition", `attachment; filename="pins.csv"`)
	out := sheet.NewCSV(w)
	for _, row := range rows {
		if err := out.Row(row...); err != nil {
			return err
		}
	}
	return out.Close()
}
