package centraldb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/timepost/timepost/sync/record"
)

// reviewDetails fills in what the items are about: one query for all of them, and
// one for the names of the people whom records name. What a subject does not lead
// to keeps an empty Kiosk.
func reviewDetails(ctx context.Context, q querier, items []ReviewItem) error {
	const width = 7
	var args []any
	for n := range items {
		var hash []byte
		i := &items[n]
		if !reviewKey(i, &hash) {
			i.Kiosk = ""
			continue
		}
		args = append(args, n, i.Kind, i.Kiosk, i.Journal[:], i.Seq, blob(hash), i.Entry)
		i.Kiosk = ""
	}
	if len(args) == 0 {
		return nil
	}
	rows := "(" + marks(1, width) + ")"
	for from := width; from < len(args); from += width {
		rows += ", (" + marks(from+1, width) + ")"
	}
	err := each(ctx, q, func(r *sql.Rows) error { return scanDetail(r, items) },
		`WITH o (n, kind, kiosk, journal, seq, hash, entry) AS (VALUES `+rows+`)
		SELECT o.n, COALESCE(q.kiosk, l.kiosk, g.kiosk, w.kiosk, b.kiosk, u.kiosk, ''), COALESCE(k.name, q.kiosk, l.kiosk, g.kiosk, w.kiosk, b.kiosk, u.kiosk, ''),
			COALESCE(w.seq, b.seq, u.seq, o.seq), COALESCE(g.to_seq, 0), COALESCE(q.reason, l.reason, b.why, ''), COALESCE(q.body, l.body),
			COALESCE(q.received_at, l.received_at, g.noticed_at, w.received_at, b.received_at, r.received_at, u.at, 0), COALESCE(u.id, 0),
			COALESCE(u.person, b.person, ''), COALESCE(p.name, ''), COALESCE(w.name, ''), COALESCE(w.action, u.action, ''), COALESCE(w.at, u.at, 0),
			COALESCE(w.zone, u.zone, ''), COALESCE(u.project, ''), COALESCE(w.note, u.note, '')
		FROM o LEFT JOIN quarantine q ON q.kiosk = o.kiosk AND q.journal = o.journal AND q.seq = o.seq AND q.kind = o.kind AND q.hash = o.hash
			LEFT JOIN late_records l ON l.kiosk = o.kiosk AND l.journal = o.journal AND l.seq = o.seq AND l.hash = o.hash AND l.kind = o.kind AND l.asks = 1
			LEFT JOIN gaps g ON o.kind = 'gap' AND g.kiosk = o.kiosk AND g.journal = o.journal AND g.from_seq = o.seq
			LEFT JOIN newcomers w ON o.kind = 'newcomer' AND w.id = o.entry
			LEFT JOIN takebacks b ON o.kind = 'void' AND b.id = o.entry AND b.entry = 0
			LEFT JOIN punches u ON u.id = CASE o.kind WHEN 'unlisted' THEN o.entry WHEN 'void' THEN b.punch END
			LEFT JOIN records r ON r.id = u.id LEFT JOIN people p ON p.id = u.person
			LEFT JOIN kiosks k ON k.id = COALESCE(q.kiosk, l.kiosk, g.kiosk, w.kiosk, b.kiosk, u.kiosk)`, args...)
	if err != nil {
		return fmt.Errorf("read what is under review: %w", err)
	}
	return nameClaims(ctx, q, items)
}

func scanDetail(r *sql.Rows, items []ReviewItem) error {
	var n int
	var c Claim
	var i ReviewItem
	var body []byte
	err := r.Scan(&n, &i.Kiosk, &i.KioskName, &i.Seq, &i.To, &i.Reason, &body, &i.At, &i.Entry,
		&c.Person, &c.PersonName, &c.Typed, &c.Action, &c.At, &c.Zone, &c.Project, &c.Note)
	if err != nil {
		return err
	}
	to := &items[n]
	to.Kiosk, to.KioskName, to.Seq, to.To, to.Reason, to.At, to.Entry = i.Kiosk, i.KioskName, i.Seq, i.To, i.Reason, i.At, i.Entry
	switch {
	case to.Kind == TakenBack:
		to.Type = string(record.Void)
		if c.Action != "" {
			to.Claim = &c
		}
	case to.Kind == Newcomer && i.Kiosk != "":
		to.Claim, to.Type = &c, string(record.Unlisted)
	case c.Person != "":
		to.Claim, to.Type = &c, string(record.Punched)
	}
	if body != nil {
		readClaim(to, body)
	}
	return nil
}

// readClaim takes what a record says, as far as it can be read.
func readClaim(i *ReviewItem, body []byte) {
	b, err := record.Decode(body)
	if err != nil {
		return // it stays a record that can't be read: the list says so
	}
	i.Type = string(b.Type)
	if u, ok := b.Punch(i.Kiosk); ok {
		i.Claim = &Claim{Person: u.Person, Action: u.Action, At: u.At.UnixNano(), Zone: b.Stamp.Zone, Project: u.Project, Note: u.Note}
		return
	}
	if i.Kind != Deposited && i.Kind != Salvaged || !b.Action.Valid() {
		return
	}
	switch b.Type {
	case record.Unlisted:
		i.Claim = &Claim{Typed: b.Name, Action: b.Action, At: b.Stamp.Time().UnixNano(), Zone: b.Stamp.Zone, Note: b.Note}
	case record.Request:
		i.Claim = &Claim{Person: b.Person, Action: b.Action, At: b.Claim, Zone: b.Stamp.Zone, Project: b.Project, Note: b.Note}
	}
}

// nameClaims finds the names of those whom records name.
func nameClaims(ctx context.Context, q querier, items []ReviewItem) error {
	var ids []any
	for _, i := range items {
		if i.Claim != nil && i.Claim.PersonName == "" && i.Claim.Person != "" {
			ids = append(ids, i.Claim.Person)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	names := map[string]string{}
	err := each(ctx, q, func(r *sql.Rows) error {
		var id, name string
		err := r.Scan(&id, &name)
		names[id] = name
		return err
	}, `SELECT id, name FROM people WHERE id IN (`+marks(1, len(ids))+`)`, ids...)
	if err != nil {
		return fmt.Errorf("read names: %w", err)
	}
	for n := range items {
		if c := items[n].Claim; c != nil && c.PersonName == "" {
			c.PersonName = names[c.Person]
		}
	}
	return nil
}
