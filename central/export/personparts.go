package export

import (
	"bufio"
	"encoding/json"
	"io"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// valuesPart is what can be put right about a punch.
type valuesPart struct {
	Action  attendance.Action `json:"action"`
	At      time.Time         `json:"at"`
	Zone    string            `json:"zone"`
	Project string            `json:"project,omitempty"`
	Note    string            `json:"note,omitempty"`
}

type correctionPart struct {
	ID     int64     `json:"id"`
	Punch  int64     `json:"punch"`
	Kind   string    `json:"kind"`
	MadeAt time.Time `json:"made_at"`
	MadeBy string    `json:"made_by"`
	Reason string    `json:"reason"`
	Kiosk  string    `json:"kiosk,omitempty"`
	valuesPart
}

type auditPart struct {
	Row     int64           `json:"row"`
	At      time.Time       `json:"at"`
	Actor   string          `json:"actor"`
	Action  string          `json:"action"`
	Subject string          `json:"subject"`
	Detail  json.RawMessage `json:"detail"`
}

func personPart(f centraldb.PersonFile) map[string]any {
	out := map[string]any{
		"id": f.ID, "name": f.Name, "staff_no": f.StaffNo, "team": f.Team, "role": f.Role, "language": f.Lang, "zone": f.Zone,
		"active": f.Active, "created_at": instant(f.CreatedAt), "own_projects": append([]string{}, f.Work.Projects...), "usual_project": f.Work.Project,
	}
	if b := f.Work.Break; b != nil {
		out["break_rule"] = map[string]any{"least_minutes": b.Least, "due_minutes": b.Due}
	}
	return out
}

func kioskParts(f centraldb.PersonFile) []map[string]any {
	out := []map[string]any{}
	for _, k := range f.Kiosks {
		out = append(out, map[string]any{"id": k.ID, "name": k.Name})
	}
	return out
}

// pinPart tells of the PIN, never the PIN; earlier ones are in the audit log.
func pinPart(f centraldb.PersonFile) map[string]any {
	requests, locks := []map[string]any{}, []map[string]any{}
	for _, q := range f.Requests {
		r := map[string]any{"kiosk": q.Kiosk, "asked_at": instant(q.At)}
		if q.DoneAt != 0 {
			r["settled_at"], r["settled_by"] = instant(q.DoneAt), q.DoneBy
		}
		requests = append(requests, r)
	}
	for _, l := range f.Locks {
		locks = append(locks, map[string]any{"kiosk": l.Kiosk, "failures": l.Failures, "locked": l.Locked, "reported_at": instant(l.At)})
	}
	out := map[string]any{"requests": requests, "locks": locks}
	if f.PINLen > 0 {
		out["digits"], out["changed_at"] = f.PINLen, instant(f.PINChangedAt)
	}
	return out
}

func badgeParts(f centraldb.PersonFile) []map[string]any {
	out := []map[string]any{}
	for _, b := range f.Badges {
		out = append(out, map[string]any{"badge": b.Badge, "since": instant(b.LearntAt), "given_by": b.LearntBy})
	}
	return out
}

// missedParts tells of punches that they asked for, and of the answers.
func missedParts(f centraldb.PersonFile) []map[string]any {
	out := []map[string]any{}
	for _, q := range f.Missed {
		part := map[string]any{"kiosk": q.Kiosk, "action": q.Action, "at": instant(q.Claim), "reason": q.Reason, "asked_at": instant(q.MadeAt)}
		if q.Decision != "" {
			part["decision"], part["decided_at"], part["decided_by"] = q.Decision, instant(q.DecidedAt), q.DecidedBy
		}
		if q.Answer != "" {
			part["answer"] = q.Answer
		}
		out = append(out, part)
	}
	return out
}

func readParts(f centraldb.PersonFile) []map[string]any {
	out := []map[string]any{}
	for _, m := range f.Read {
		out = append(out, map[string]any{"text": m.Text, "kiosk": m.Kiosk, "at": instant(m.At)})
	}
	return out
}

// accountParts tells of accounts what is no way into them.
func accountParts(f centraldb.PersonFile) []map[string]any {
	out := []map[string]any{}
	for _, a := range f.Accounts {
		sessions := []map[string]any{}
		for _, s := range a.Sessions {
			sessions = append(sessions, map[string]any{"device": s.Device, "began_at": instant(s.CreatedAt), "used_at": instant(s.UsedAt)})
		}
		part := map[string]any{"email": a.Email, "role": a.Role, "created_at": instant(a.CreatedAt), "passkeys": a.Passkeys, "sessions": sessions}
		if a.UsedAt != 0 {
			part["used_at"] = instant(a.UsedAt)
		}
		if a.ClosedAt != 0 {
			part["closed_at"] = instant(a.ClosedAt)
		}
		out = append(out, part)
	}
	return out
}

func instant(ns int64) time.Time { return time.Unix(0, ns).UTC() }

// document writes one JSON object field by field. The first error stays, and nothing
// is written after it.
type document struct {
	w     *bufio.Writer
	err   error
	comma string
}

func newDocument(w io.Writer) *document {
	d := &document{w: bufio.NewWriter(w)}
	d.text("{")
	d.comma = "\n"
	return d
}

func (d *document) text(s string) {
	if d.err == nil {
		_, d.err = d.w.WriteString(s)
	}
}

func (d *document) value(v any) {
	b, err := json.Marshal(v)
	if d.err == nil {
		d.err = err
	}
	d.text(string(b))
}

func (d *document) field(name string, v any) {
	d.text(d.comma + `"` + name + `": `)
	d.comma = ",\n"
	d.value(v)
}

// list writes a list whose items are those that fill gives to item.
func (d *document) list(name string, fill func() error) {
	d.text(d.comma + `"` + name + `": [`)
	d.comma = "\n"
	if d.err == nil {
		d.err = fill()
	}
	d.text("\n]")
	d.comma = ",\n"
}

func (d *document) item(v any) {
	d.text(d.comma)
	d.comma = ",\n"
	d.value(v)
}

func (d *document) end() error {
	d.text("\n}\n")
	if d.err != nil {
		return d.err
	}
	return d.w.Flush()
}
