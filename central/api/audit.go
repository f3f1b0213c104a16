package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Audits knows how far the audit log was verified.
type Audits interface {
	Watched() audit.Watched
}

// AuditLists reads the audit log.
type AuditLists interface {
	AuditPage(ctx context.Context, q centraldb.AuditQuery) ([]centraldb.AuditRow, error)
	AuditNames(ctx context.Context, ids []string) (centraldb.AuditNames, error)
}

func (a *API) audit(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	q, err := auditQuery(r)
	if err != nil {
		return err
	}
	rows, err := a.AuditLists.AuditPage(r.Context(), q)
	if err != nil {
		return err
	}
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.Subject)
	}
	slices.Sort(ids)
	names, err := a.AuditLists.AuditNames(r.Context(), slices.Compact(ids))
	if err != nil {
		return err
	}
	seen := a.Audits.Watched()
	out := client.AuditLog{Rows: make([]client.Audited, len(rows)), Verified: seen.Rows, BrokenRow: seen.Broken}
	words := audit.NewWords()
	for i, row := range rows {
		out.Rows[i] = auditedOf(row, names, words)
	}
	if len(rows) == q.Limit {
		out.Next = rows[len(rows)-1].ID
	}
	return answer(w, http.StatusOK, out)
}

func auditedOf(row centraldb.AuditRow, names centraldb.AuditNames, words audit.Words) client.Audited {
	name := names.People[row.Subject]
	if name == "" {
		name = names.Kiosks[row.Subject]
	}
	return client.Audited{
		Row: row.ID, At: time.Unix(0, row.At).UTC(), Actor: row.Actor, Action: row.Action, Subject: row.Subject,
		SubjectName: name, Text: words.Of(row.Action).Label, Detail: json.RawMessage(row.Detail),
	}
}

func auditQuery(r *http.Request) (q centraldb.AuditQuery, err error) {
	v := r.URL.Query()
	q.Actor, q.Action = v.Get("actor"), v.Get("action")
	if subject := v.Get("subject"); subject != "" {
		q.Subjects = []string{subject}
	}
	if q.Limit, err = number(r, "limit", 200, 1, 1000); err != nil {
		return q, err
	}
	for name, into := range map[string]*int64{"from": &q.From, "to": &q.To} {
		if v.Get(name) == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, v.Get(name))
		if err != nil {
			return q, problem.New(problem.Invalid, "The value of "+name+" must be a time such as 2026-03-01T08:00:00Z.", "").Because(err)
		}
		*into = at.UnixNano()
	}
	if before := v.Get("before"); before != "" {
		if q.Before, err = strconv.ParseInt(before, 10, 64); err != nil || q.Before < 1 {
			return q, problem.New(problem.Invalid, "The value of before must be a row's number.", "")
		}
	}
	return q, nil
}

func (a *API) auditRoutes() []route {
	return []route{{"GET", "/audit", access.AuditRead, a.audit}}
}
