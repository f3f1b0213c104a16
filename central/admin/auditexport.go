package admin

import (
	"net/http"
	"strconv"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/sheet"
	"github.com/timepost/timepost/store/centraldb"
)

// auditExport hands out what the page chooses, all pages of it, as a file. That it
// was handed out is in the log before the first byte; nothing of the choice is
// in the address.
func (p *pages) auditExport(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	f, err := auditFilterOf(r.PostForm)
	if err != nil {
		return err
	}
	f.Before = 0
	q, err := p.auditQuery(r.Context(), f)
	if err != nil {
		return err
	}
	q.Limit = auditExport
	rows, err := p.AuditLists.AuditPage(r.Context(), q) // before the row that tells of this
	if err != nil {
		return err
	}
	detail := f.fields()
	detail["format"] = "csv"
	if r.PostForm.Get("format") == "xlsx" {
		detail["format"] = "xlsx"
	}
	if err := p.Audits.Exported(r.Context(), who.Email, detail); err != nil {
		return err
	}
	var out sheet.Table = sheet.NewCSV(w)
	kind := sheet.TypeCSV
	if detail["format"] == "xlsx" {
		out, kind = sheet.NewXLSX(w, "Audit"), sheet.TypeXLSX
	}
	name := "audit-" + civilOf(p.Now().In(p.zone)).String() + "." + detail["format"]
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if err := p.writeAudit(r, out, q, rows); err != nil && r.Context().Err() == nil {
		// The answer may have begun: cutting the connection is the only way to say so.
		p.Log.Error("audit export not finished", "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (p *pages) writeAudit(r *http.Request, out sheet.Table, q centraldb.AuditQuery, rows []centraldb.AuditRow) error {
	if err := out.Row("row", "at", "local", "actor", "action", "subject", "subject_name", "detail"); err != nil {
		return err
	}
	for {
		names, err := p.auditNames(r.Context(), rows)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := out.Row(auditCells(row, names, p.zone)...); err != nil {
				return err
			}
			q.Before = row.ID
		}
		if len(rows) < q.Limit {
			return out.Close()
		}
		if rows, err = p.AuditLists.AuditPage(r.Context(), q); err != nil {
			return err
		}
	}
}

func auditCells(row centraldb.AuditRow, names centraldb.AuditNames, zone *time.Location) []string {
	at := time.Unix(0, row.At)
	name := names.People[row.Subject]
	if name == "" {
		name = names.Kiosks[row.Subject]
	}
	return []string{
		strconv.FormatInt(row.ID, 10), at.UTC().Format(time.RFC3339Nano), at.In(zone).Format(time.DateTime),
		row.Actor, row.Action, row.Subject, name, row.Detail,
	}
}
