package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check that the audit log is whole: nothing altered, nothing removed."`
	List   auditListCmd   `cmd:"" help:"Show who did what, the newest last."`
}

type auditVerifyCmd struct {
	place
	Head string `placeholder:"ROWS:HASH" help:"The head that an earlier verify printed, kept elsewhere: the log must still begin with it."`
	JSON bool   `name:"json" help:"Write the outcome as JSON."`
}

// Help is shown by central audit verify --help.
func (auditVerifyCmd) Help() string {
	return `Each row's hash covers the row and the hash before it. This recomputes them all and may run beside the server.
Keep the head it prints away from this machine: only with it a cut end or a log that was written anew shows.

  central audit verify --data /var/lib/timepost
  central audit verify --data /var/lib/timepost --head 1234:9f86d0...

Exit codes: 0 the log holds, 64 the head can't be read, 65 it does not hold, 66 there is no log.`
}

// audited is the outcome of central audit verify.
type audited struct {
	OK     bool   `json:"ok"`
	Rows   int64  `json:"rows"` // that hold
	Head   string `json:"head"`
	Broken int64  `json:"broken_row,omitempty"` // the first that does not
}

// Run verifies the log.
func (c *auditVerifyCmd) Run(ctx context.Context, con *console) (err error) {
	var kept audit.Head
	if c.Head != "" {
		if kept, err = audit.ParseHead(c.Head); err != nil {
			return err
		}
	}
	db, err := c.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	head, broken := audit.New(db, time.Now).VerifyFrom(ctx, kept)
	if broken != nil && !problem.Is(broken, problem.Damaged) {
		return broken
	}
	a := audited{OK: broken == nil, Rows: head.Rows, Head: head.String()}
	if broken != nil {
		a.Broken = head.Rows + 1
		if n, ok := problem.From(broken).Detail["row"].(int64); ok {
			a.Broken = n
		}
	}
	return errors.Join(a.print(con, c.JSON), broken)
}

func (a audited) print(con *console, asJSON bool) error {
	switch {
	case asJSON:
		text, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("encode outcome: %w", err)
		}
		return con.say("%s", text)
	case a.OK:
		return con.say("%d rows hold.\nHead %s", a.Rows, a.Head)
	default:
		return con.say("%d rows hold, row %d does not.", a.Rows, a.Broken)
	}
}

type auditListCmd struct {
	place
	Limit  int    `default:"50" placeholder:"N" help:"At most this many of the newest rows; ${default} unless named."`
	Actor  string `placeholder:"WHO" help:"Only what this account or program did."`
	Action string `placeholder:"WHAT" help:"Only this action, such as pin.generate; pin.* for all that begin so."`
	JSON   bool   `name:"json" help:"Write one JSON object a line."`
}

// Help is shown by central audit list --help.
func (auditListCmd) Help() string {
	return `  central audit list --data /var/lib/timepost --limit 20
  central audit list --data /var/lib/timepost --actor ann@acme.example --action 'pin.*'`
}

// entry is a row of the log for programs.
type entry struct {
	Row     int64           `json:"row"`
	At      time.Time       `json:"at"`
	Actor   string          `json:"actor"`
	Action  string          `json:"action"`
	Subject string          `json:"subject"`
	Detail  json.RawMessage `json:"detail"`
}

// Run lists.
func (c *auditListCmd) Run(ctx context.Context, con *console) (err error) {
	const most = 100_000
	if c.Limit < 1 || c.Limit > most {
		return problem.New(problem.Invalid, "The limit must be from 1 to 100000.", "Add --limit 50")
	}
	db, err := c.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.AuditLatest(ctx, centraldb.AuditFilter{Actor: c.Actor, Action: c.Action, Limit: c.Limit})
	if err != nil {
		return err
	}
	if c.JSON {
		return listJSON(con, rows)
	}
	return listTable(con, rows)
}

func listJSON(con *console, rows []centraldb.AuditRow) error {
	out := json.NewEncoder(con.out)
	for _, r := range rows {
		detail := json.RawMessage(r.Detail)
		if !json.Valid(detail) { // somebody changed it; the list still shows it
			quoted, err := json.Marshal(r.Detail)
			if err != nil {
				return fmt.Errorf("encode row %d: %w", r.ID, err)
			}
			detail = quoted
		}
		e := entry{Row: r.ID, At: time.Unix(0, r.At).UTC(), Actor: r.Actor, Action: r.Action, Subject: r.Subject, Detail: detail}
		if err := out.Encode(e); err != nil {
			return fmt.Errorf("write row %d: %w", r.ID, err)
		}
	}
	return nil
}

func listTable(con *console, rows []centraldb.AuditRow) error {
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(w, "ROW\tAT (UTC)\tACTOR\tACTION\tSUBJECT\tDETAIL"); err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	for _, r := range rows {
		detail := r.Detail
		if detail == "null" {
			detail = ""
		}
		_, err := fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", r.ID, time.Unix(0, r.At).UTC().Format(time.DateTime),
			visible(r.Actor), visible(r.Action), visible(r.Subject), visible(detail))
		if err != nil {
			return fmt.Errorf("write list: %w", err)
		}
	}
	return w.Flush()
}

// visible keeps what people typed from moving the cursor.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || (r >= 0x7f && r < 0xa0) {
			return '\uFFFD'
		}
		return r
	}, s)
}
