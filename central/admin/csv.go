package admin

import (
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/sheet"
)

// How many punches, and how many people with all theirs, are read at once.
const (
	csvPage   = 500
	csvPeople = 20
)

// punchesCSV gives what the page shows, all pages of it, for spreadsheets.
func (p *pages) punchesCSV(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	f, err := punchFilterOf(r.URL.Query(), civilOf(p.Now().In(p.zone)))
	if err != nil {
		return err
	}
	name := "hours"
	if f.List {
		name = "punches"
	}
	name += "-" + f.From.String() + "-to-" + f.To.String() + ".csv"
	w.Header().Set("Content-Type", sheet.TypeCSV)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	out := sheet.NewCSV(w)
	if f.List {
		err = p.writeList(r, out, f)
	} else {
		err = p.writeHours(r, out, f)
	}
	if err != nil && r.Context().Err() == nil {
		// The answer has begun: cutting the connection is the only way to say so.
		p.Log.Error("csv not finished", "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (p *pages) writeHours(r *http.Request, out *sheet.CSV, f punchFilter) error {
	err := out.Row("person", "name", "staff_no", "team", "day", "first_in", "last_out", "worked_minutes", "break_minutes", "remark")
	for offset := 0; err == nil; offset += csvPeople {
		people, perr := p.punched(r.Context(), f, offset, csvPeople)
		if perr != nil {
			return perr
		}
		hours, perr := p.hours(r.Context(), f, people)
		if perr != nil {
			return perr
		}
		for _, h := range hours {
			if err := hoursRows(out, h); err != nil {
				return err
			}
		}
		if err := out.Flush(); err != nil || len(people) < csvPeople {
			return err
		}
	}
	return err
}

func hoursRows(out *sheet.CSV, h personHours) error {
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

func (p *pages) writeList(r *http.Request, out *sheet.CSV, f punchFilter) error {
	t, err := p.listFilter(r.Context(), f)
	if err != nil {
		return err
	}
	err = out.Row(client.PunchColumns()...)
	t.ByTime, t.Limit = false, csvPage // by arrival: pages by id stay right while punches arrive
	z := zones{}
	for err == nil {
		lines, perr := p.Lists.PunchLines(r.Context(), t)
		if perr != nil {
			return perr
		}
		for _, l := range lines {
			at := time.Unix(0, l.At).UTC()
			u := client.Punch{
				ID: l.ID, Person: l.Person, PersonName: l.PersonName, StaffNo: l.StaffNo, Kiosk: l.Kiosk, KioskName: l.KioskName,
				Journal: hex.EncodeToString(l.Journal), Seq: l.Seq, Action: l.Action, At: at,
				Local: at.In(z.load(l.Zone)).Format(time.RFC3339), Zone: l.Zone, Auth: l.Auth, Project: l.Project, Note: l.Note,
			}
			if err := out.Row(u.Cells()...); err != nil {
				return err
			}
			t.After = l.ID
		}
		if err = out.Flush(); len(lines) < csvPage {
			return err
		}
	}
	return err
}
