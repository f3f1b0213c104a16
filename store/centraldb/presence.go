package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/sync/record"
)

// idsPerQuery bounds the ids of one IN list, well under SQLite's limit.
const idsPerQuery = 500

// Present is a person's presence and the instant of the punch that made it,
// unix nanoseconds.
type Present struct {
	attendance.Presence
	At int64
	// Fixed: a correction has a say in it, so also the kiosk of the last punch has
	// to be told.
	Fixed bool
}

// Presence reads the presence of the people named; those who never punched are
// left out.
func (d *DB) Presence(ctx context.Context, people []string) (map[string]Present, error) {
	out := make(map[string]Present, len(people))
	for len(people) > 0 {
		n := min(len(people), idsPerQuery)
		query := `SELECT person, state, since, project, kiosk, at, fixed FROM presence WHERE person IN (` + marks(1, n) + `)`
		args := make([]any, n)
		for i, id := range people[:n] {
			args[i] = id
		}
		rows, err := d.db.Reader().QueryContext(ctx, query, args...)
		if err != nil {
			return nil, fmt.Errorf("read presence: %w", err)
		}
		if err := scanPresence(rows, func(p Present) { out[p.Person] = p }); err != nil {
			return nil, err
		}
		people = people[n:]
	}
	return out, nil
}

// PresenceFor reads what a kiosk should be told: the presence of everybody on
// its roster whose last punch was made at another kiosk, or at this one in a
// journal that is not its newest: a machine that was replaced, or whose journal
// was damaged, knows nothing of those. No kiosk knows what a correction did.
func (d *DB) PresenceFor(ctx context.Context, kiosk string) ([]Present, error) {
	rows, err := d.db.Reader().QueryContext(ctx,
		`SELECT p.person, p.state, p.since, p.project, p.kiosk, p.at, p.fixed
		 FROM roster_rows r JOIN presence p ON p.person = r.id
		 WHERE r.kiosk = $1 AND r.kind = 'person' AND r.body IS NOT NULL AND (p.fixed = 1 OR p.kiosk <> $1 OR NOT EXISTS (
			SELECT 1 FROM punches u WHERE u.person = p.person AND u.at >= p.at AND u.kiosk = $1 AND u.journal =
				(SELECT journal FROM cursors WHERE kiosk = $1 ORDER BY first_at DESC, journal LIMIT 1)))
		 ORDER BY p.person`, kiosk)
	if err != nil {
		return nil, fmt.Errorf("read presence for kiosk: %w", err)
	}
	var out []Present
	if err := scanPresence(rows, func(p Present) { out = append(out, p) }); err != nil {
		return nil, err
	}
	return out, nil
}

// Holders gives the kiosks whose roster holds each of the people.
func (d *DB) Holders(ctx context.Context, people []string) (map[string][]string, error) {
	out := make(map[string][]string, len(people))
	for len(people) > 0 {
		n := min(len(people), idsPerQuery)
		args := make([]any, n)
		for i, id := range people[:n] {
			args[i] = id
		}
		query := `SELECT id, kiosk FROM roster_rows WHERE kind = 'person' AND body IS NOT NULL AND id IN (` + marks(1, n) + `)`
		if err := d.holders(ctx, query, args, out); err != nil {
			return nil, fmt.Errorf("read roster holders: %w", err)
		}
		people = people[n:]
	}
	return out, nil
}

func (d *DB) holders(ctx context.Context, query string, args []any, out map[string][]string) (err error) {
	rows, err := d.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var person, kiosk string
		if err := rows.Scan(&person, &kiosk); err != nil {
			return err
		}
		out[person] = append(out[person], kiosk)
	}
	return rows.Err()
}

// Counted gives the kiosk's newest journal and up to which of its records the
// projection has counted: what presence as of now already contains. A kiosk
// without a journal gives the zero id.
func (d *DB) Counted(ctx context.Context, kiosk string) (journal record.JournalID, seq uint64, err error) {
	upto, err := d.projectedTo(ctx)
	if err != nil {
		return journal, 0, err
	}
	var id []byte
	err = d.db.Reader().QueryRowContext(ctx,
		`SELECT journal FROM cursors WHERE kiosk = $1 ORDER BY first_at DESC, journal LIMIT 1`, kiosk).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return journal, 0, nil
	}
	if err != nil {
		return journal, 0, fmt.Errorf("read newest journal: %w", err)
	}
	copy(journal[:], id)
	err = d.db.Reader().QueryRowContext(ctx,
		`SELECT seq FROM records WHERE kiosk = $1 AND journal = $2 AND id <= $3 ORDER BY seq DESC LIMIT 1`, kiosk, id, upto).Scan(&seq)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return journal, 0, fmt.Errorf("read counted seq: %w", err)
	}
	return journal, seq, nil
}

func setPresence(ctx context.Context, tx *sql.Tx, present []Present) (err error) {
	st, err := tx.PrepareContext(ctx,
		`INSERT INTO presence (person, state, since, project, kiosk, at, fixed) VALUES ($1, $2, $3, $4, $5, $6, $7)
		 ON CONFLICT (person) DO UPDATE SET state = excluded.state, since = excluded.since,
		 project = excluded.project, kiosk = excluded.kiosk, at = excluded.at, fixed = excluded.fixed`)
	if err != nil {
		return fmt.Errorf("prepare presence: %w", err)
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	for _, p := range present {
		_, err := st.ExecContext(ctx, p.Person, string(p.State), p.Since.UnixNano(), p.Project, p.Kiosk, p.At, flag(p.Fixed))
		if err != nil {
			return fmt.Errorf("set presence: %w", err)
		}
	}
	return nil
}

func scanPresence(rows *sql.Rows, each func(Present)) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var p Present
		var since int64
		if err := rows.Scan(&p.Person, &p.State, &since, &p.Project, &p.Kiosk, &p.At, &p.Fixed); err != nil {
			return fmt.Errorf("scan presence: %w", err)
		}
		p.Since = time.Unix(0, since).UTC()
		each(p)
	}
	return rows.Err()
}

// marks gives "$from, $from+1, ..." with n parameters.
func marks(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(from+i))
	}
	return b.String()
}
