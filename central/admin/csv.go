package admin

import (
	"net/http"
	"strconv"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/sheet"
	"github.com/timepost/timepost/store/centraldb"
)

// How many punches, and how many people with all theirs, are read at once.
const (
	csvPage   = 500
	csvPeople = 20
)

// punchesCSV gives what the page shows, all pages of it, for spreadsheets.
func (p *pages) punchesCSV(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	f, err := punchFilterOf(r.URL.Query(), civilOf(p.Now().In(p.zone)))
	if err != nil {
		return err
	}
	attach(w, sheet.TypeCSV, f.fileName()+".csv")
	out := sheet.NewCSV(w)
	return p.finish(r, p.writePunches(r, out, f, reachOf(who), out.Flush))
}

// punchesXLSX gives the same as a workbook.
func (p *pages) punchesXLSX(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	f, err := punchFilterOf(r.URL.Query(), civilOf(p.Now().In(p.zone)))
	if err != nil {
		return err
	}
	attach(w, sheet.TypeXLSX, f.fileName()+".xlsx")
	numbers := []int{7, 8} // minutes
	switch {
	case f.List:
		numbers = nil
	case f.Booked:
		numbers = []int{7}
	}
	out := sheet.NewXLSX(w, f.fileName(), numbers...)
	err = p.writePunches(r, out, f, reachOf(who), func() error { return nil })
	if err == nil {
		err = out.Close()
	}
	return p.finish(r, err)
}

func attach(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// fileName is what the file of a filter is called, without its ending.
func (f punchFilter) fileName() string {
	name := "hours"
	switch {
	case f.List:
		name = "punches"
	case f.Booked:
		name = "projects"
	}
	return name + "-" + f.From.String() + "-to-" + f.To.String()
}

// finish ends a file that may not be whole.
func (p *pages) finish(r *http.Request, err error) error {
	if err != nil && r.Context().Err() == nil {
		// The answer has begun: cutting the connection is the only way to say so.
		p.Log.Error("file not finished", "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// writePunches writes hours or single punches; flush passes on a page of them.
func (p *pages) writePunches(r *http.Request, out sheet.Table, f punchFilter, reach centraldb.Reach, flush func() error) error {
	if f.List {
		return p.writeList(r, out, f, reach, flush)
	}
	return p.writeHours(r, out, f, reach, flush)
}

func (p *pages) writeHours(r *http.Request, out sheet.Table, f punchFilter, reach centraldb.Reach, flush func() error) error {
	heading, rows := hoursColumns(), hoursRows
	if f.Booked {
		heading, rows = projectColumns(), projectRows
	}
	err := out.Row(heading...)
	for offset := 0; err == nil; offset += csvPeople {
		people, perr := p.punched(r.Context(), f, reach, offset, csvPeople)
		if perr != nil {
			return perr
		}
		hours, perr := p.hours(r.Context(), f, people)
		if perr != nil {
			return perr
		}
		for _, h := range hours {
			if err := rows(out, h); err != nil {
				return err
			}
		}
		if err := flush(); err != nil || len(people) < csvPeople {
			return err
		}
	}
	return err
}

func hoursColumns() []string {
	return []string{"person", "name", "staff_no", "team", "day", "first_in", "last_out", "worked_minutes", "break_minutes", "remark"}
}

func hoursRows(out sheet.Table, h personHours) error {
	for _, d := range h.Days {
		if err := out.Row(hoursCells(h, d)...); err != nil {
			return err
		}
	}
	return nil
}

func hoursCells(h personHours, d dayHours) []string {
	var first, last, remark string
	if n := len(d.Spans); n > 0 {
		first, last = d.Spans[0].From(), d.Spans[n-1].To()
		if d.Spans[n-1].Running {
			last, remark = "", "still open"
		}
	}
	if d.NoOut {
		remark = "clock-out missing"
	}
	return []string{
		h.ID, h.Name, h.StaffNo, h.Team, d.Day.Format(time.DateOnly), first, last,
		strconv.Itoa(int(d.Worked / time.Minute)), strconv.Itoa(int(d.Breaks / time.Minute)), remark,
	}
}

// entryColumns is the heading of single punches: what holds, then what the kiosk
// recorded, then who put it right.
func entryColumns() []string {
	return []string{
		"entry", "person", "name", "staff_no", "team", "state", "action", "local_time", "zone", "utc", "kiosk", "kiosk_name", "auth", "project", "project_name", "note",
		"recorded_action", "recorded_local_time", "recorded_utc", "recorded_project", "recorded_note", "corrected_by", "corrected_at", "reason",
	}
}

func (p *pages) writeList(r *http.Request, out sheet.Table, f punchFilter, reach centraldb.Reach, flush func() error) error {
	t, err := p.listFilter(r.Context(), f, reach)
	if err != nil {
		return err
	}
	err = out.Row(entryColumns()...)
	t.Moved, t.Limit = false, csvPage
	z := zones{}
	for err == nil {
		entries, perr := p.Lists.Entries(r.Context(), t)
		if perr != nil {
			return perr
		}
		for _, e := range entries {
			if err := out.Row(entryCells(e, z)...); err != nil {
				return err
			}
			t.After = e.Place
		}
		if err = flush(); len(entries) < csvPage {
			return err
		}
	}
	return err
}

func entryCells(e centraldb.Entry, z zones) []string {
	format := func(at int64, zone, layout string) string {
		if at == 0 {
			return ""
		}
		return time.Unix(0, at).In(z.load(zone)).Format(layout)
	}
	const utc = "2006-01-02T15:04:05.000Z"
	return []string{
		strconv.FormatInt(e.ID, 10), e.Person, e.PersonName, e.StaffNo, e.Team, entryState(e), string(e.Action),
		format(e.PunchLine.At, e.Zone, time.DateTime), e.Zone, format(e.PunchLine.At, "UTC", utc), e.Kiosk, e.KioskName, string(e.Auth), e.Project, e.ProjectName, e.Note,
		string(e.Raw.Action), format(e.Raw.At, e.Raw.Zone, time.DateTime), format(e.Raw.At, "UTC", utc), e.Raw.Project, e.Raw.Note, e.Fix.MadeBy, format(e.Fix.MadeAt, "UTC", utc), e.Fix.Reason,
	}
}

// entryState says in one word what became of an entry.
func entryState(e centraldb.Entry) string {
	switch {
	case e.Void():
		return "void"
	case e.Added():
		return "added"
	case e.Fix.ID != 0:
		return "corrected"
	}
	return "recorded"
}
