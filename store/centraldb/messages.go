package centraldb

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"github.com/timepost/timepost/sync/wire"
)

// How kiosks name messages: the answer to a request by its number, a bulletin by its
// own; what follows a dot tells the rows of one bulletin for several people apart.
const (
	answerPrefix = "answer-"
	notePrefix   = "note-"
)

// answerDays is how long an answer waits for its person.
const answerDays = 30

// RosterMessages gives what a kiosk is to show from now, unix seconds: bulletins, and
// answers to requests of people on its list. What is for one person only is left out
// once they have seen it, wherever that was.
func (d *DB) RosterMessages(ctx context.Context, kiosk string, now int64) ([]wire.MessageRow, error) {
	const listed = `p.active = 1 AND EXISTS (SELECT 1 FROM assignments a WHERE a.kiosk = v.kiosk AND ` + assignedTo + `)`
	const theirs = `b.ended_at = 0 AND (b.until_at = 0 OR b.until_at > v.now) AND ` + listed + `
			AND NOT EXISTS (SELECT 1 FROM message_reads m WHERE m.message = 'note-' || b.id AND m.person = p.id)`
	var out []wire.MessageRow
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var m wire.MessageRow
		err := r.Scan(&m.ID, &m.Person, &m.Text, &m.From, &m.Until)
		out = append(out, m)
		return err
	}, `WITH v (kiosk, now, keep) AS (VALUES ($1, $2, $3))
		SELECT 'answer-' || q.id AS id, q.person, q.told, 0, q.decided_at / 1000000000 + v.keep AS until
		FROM v, punch_requests q JOIN people p ON p.id = q.person
		WHERE q.decision <> '' AND q.told <> '' AND q.decided_at > (v.now - v.keep) * 1000000000 AND `+listed+`
			AND NOT EXISTS (SELECT 1 FROM message_reads m WHERE m.message = 'answer-' || q.id AND m.person = q.person)
		UNION ALL SELECT 'note-' || b.id, '', b.text, b.from_at, b.until_at FROM v, bulletins b
		WHERE b.ended_at = 0 AND (b.until_at = 0 OR b.until_at > v.now) AND (b.audience = 'all' OR b.audience = 'kiosk' AND b.subject = v.kiosk)
		UNION ALL SELECT 'note-' || b.id || '.' || p.id, p.id, b.text, b.from_at, b.until_at
		FROM v, bulletins b JOIN people p ON p.team = b.subject WHERE b.audience = 'team' AND `+theirs+`
		UNION ALL SELECT 'note-' || b.id || '.' || p.id, p.id, b.text, b.from_at, b.until_at
		FROM v, bulletins b JOIN people p ON p.id = b.subject WHERE b.audience = 'person' AND `+theirs+`
		ORDER BY id`, kiosk, now, answerDays*24*3600)
	if err != nil {
		return nil, fmt.Errorf("read messages for roster: %w", err)
	}
	return out, nil
}

// readName takes a message's name apart, as kiosks write it: what it is of, its
// number, and the name that is kept; false for one that was never given.
func readName(message string) (prefix string, id int64, name string, ok bool) {
	name, _, _ = strings.Cut(message, ".")
	for _, prefix := range []string{answerPrefix, notePrefix} {
		digits, found := strings.CutPrefix(name, prefix)
		if !found {
			continue
		}
		id, err := strconv.ParseInt(digits, 10, 64)
		return prefix, id, name, err == nil && id > 0 && strconv.FormatInt(id, 10) == digits
	}
	return "", 0, "", false
}

// MarkRead stores that a person has seen a message, named as kiosks do, at an
// instant in unix nanoseconds. known is false for a message that was never there for
// them; personal says that other kiosks need not show it any more.
func (t *Tx) MarkRead(ctx context.Context, message, person, kiosk string, at int64) (known, personal bool, err error) {
	prefix, id, name, ok := readName(message)
	if !ok {
		return false, false, nil
	}
	query, args := `SELECT audience FROM bulletins WHERE id = $1`, []any{id}
	if prefix == answerPrefix {
		query, args = `SELECT 'answer' FROM punch_requests WHERE id = $1 AND person = $2 AND decision <> ''`, []any{id, person}
	}
	kinds, err := strs(ctx, t.tx, query, args...)
	if err != nil || len(kinds) == 0 {
		return false, false, err
	}
	err = exec(ctx, t.tx, nil, `INSERT INTO message_reads (message, person, kiosk, at) SELECT $1, id, $2, $3 FROM people WHERE id = $4
		ON CONFLICT DO NOTHING`, name, kiosk, at, person)
	if err != nil {
		return false, false, fmt.Errorf("mark message read: %w", err)
	}
	return true, kinds[0] != ForAll && kinds[0] != ForKiosk, nil
}
