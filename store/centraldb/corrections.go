package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/timepost/timepost/attendance"
)

// The kinds of Correction.
const (
	FixAdd     = "add"     // an entry that no kiosk recorded
	FixCorrect = "correct" // other values for an entry
	FixVoid    = "void"    // the entry does not count
)

// Correction is one row about an entry: a punch, by its id, or an added one, by
// minus the id of the row that added it. It holds the entry as it is from then on;
// of a void one, as it was. The newest row about an entry holds. Instants are unix
// nanoseconds.
type Correction struct {
	ID      int64
	Entry   int64
	Kind    string
	MadeAt  int64
	MadeBy  string // an account's address
	Reason  string
	Person  string
	Kiosk   string // "" for an added entry that names none
	Action  attendance.Action
	At      int64
	Zone    string
	Project string
	Note    string
}

// Held is an entry as it stands: Correction.ID and Kind are those of the newest
// row, 0 and "" for a punch that nobody corrected.
type Held struct {
	Correction
	RawAt int64 // the punch's own time; of an added one the first
	Raw   bool  // a kiosk recorded it
}

// Held reads an entry as it stands; problem.NotFound.
func (t *Tx) Held(ctx context.Context, entry int64) (Held, error) { return held(ctx, t.tx, entry) }

// Held reads an entry as it stands; problem.NotFound.
func (d *DB) Held(ctx context.Context, entry int64) (Held, error) {
	return held(ctx, d.db.Reader(), entry)
}

func held(ctx context.Context, q querier, entry int64) (Held, error) {
	h := Held{Correction: Correction{Entry: entry}, Raw: entry > 0}
	err := q.QueryRowContext(ctx, `SELECT x.id, x.kind, x.made_at, x.made_by, x.reason, c.person, c.kiosk, c.action, c.at, c.zone, c.project, c.note, c.raw_at
		FROM corrected c JOIN corrections x ON x.id = c.correction WHERE c.entry = $1`, entry).
		Scan(&h.ID, &h.Kind, &h.MadeAt, &h.MadeBy, &h.Reason, &h.Person, &h.Kiosk, &h.Action, &h.At, &h.Zone, &h.Project, &h.Note, &h.RawAt)
	if errors.Is(err, sql.ErrNoRows) {
		err = q.QueryRowContext(ctx, `SELECT person, kiosk, action, at, zone, project, note, at FROM punches WHERE id = $1`, entry).
			Scan(&h.Person, &h.Kiosk, &h.Action, &h.At, &h.Zone, &h.Project, &h.Note, &h.RawAt)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return h, notFound("punch")
	}
	if err != nil {
		return h, fmt.Errorf("read entry: %w", err)
	}
	return h, nil
}

// AddCorrection writes a row about an entry, and what holds of it from then on. c.ID
// does not count, nor does c.Entry of kind FixAdd. It gives the entry.
func (t *Tx) AddCorrection(ctx context.Context, c Correction) (entry int64, err error) {
	var last sql.NullInt64
	if err := t.tx.QueryRowContext(ctx, `SELECT max(id) FROM corrections`).Scan(&last); err != nil {
		return 0, fmt.Errorf("number correction: %w", err)
	}
	c.ID = last.Int64 + 1
	raw := c.At
	if c.Kind == FixAdd {
		c.Entry = -c.ID
	} else {
		before, err := t.Held(ctx, c.Entry)
		if err != nil {
			return 0, err
		}
		raw = before.RawAt
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO corrections (id, entry, kind, made_at, made_by, reason, person, kiosk, action, at, zone, project, note)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		c.ID, c.Entry, c.Kind, c.MadeAt, c.MadeBy, c.Reason, c.Person, c.Kiosk, string(c.Action), c.At, c.Zone, c.Project, c.Note)
	if err != nil {
		return 0, fmt.Errorf("write correction: %w", err)
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO corrected (entry, correction, kind, person, kiosk, action, at, zone, project, note, raw_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (entry) DO UPDATE SET correction = excluded.correction, kind = excluded.kind, action = excluded.action,
			at = excluded.at, zone = excluded.zone, project = excluded.project, note = excluded.note`,
		c.Entry, c.ID, c.Kind, c.Person, c.Kiosk, string(c.Action), c.At, c.Zone, c.Project, c.Note, raw)
	if err != nil {
		return 0, fmt.Errorf("write what holds: %w", err)
	}
	return c.Entry, nil
}

// Corrections reads the rows about an entry, the oldest first.
func (d *DB) Corrections(ctx context.Context, entry int64) ([]Correction, error) {
	var out []Correction
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		c := Correction{Entry: entry}
		err := r.Scan(&c.ID, &c.Kind, &c.MadeAt, &c.MadeBy, &c.Reason, &c.Person, &c.Kiosk, &c.Action, &c.At, &c.Zone, &c.Project, &c.Note)
		out = append(out, c)
		return err
	}, `SELECT id, kind, made_at, made_by, reason, person, kiosk, action, at, zone, project, note FROM corrections WHERE entry = $1 ORDER BY id`, entry)
	if err != nil {
		return nil, fmt.Errorf("read corrections: %w", err)
	}
	return out, nil
}

// SettlePresence works out again where a person stands, from what holds of their
// entries: the latest by time decides.
func (t *Tx) SettlePresence(ctx context.Context, person string) error {
	p, err := t.standing(ctx, person)
	if err != nil {
		return fmt.Errorf("settle presence: %w", err)
	}
	return setPresence(ctx, t.tx, []Present{p})
}

// EndUnresolved ends the shift of a person who is in, or on a break, as unresolved:
// nobody knows when it ended, so it makes no hours. It says whether there was one.
// c gives who says so, when, why and in which zone.
func (t *Tx) EndUnresolved(ctx context.Context, c Correction) (open bool, err error) {
	open, err = exists(ctx, t.tx, `SELECT 1 FROM presence WHERE person = $1 AND state <> 'out'`, c.Person)
	if err != nil || !open {
		return false, err
	}
	c.Kind, c.Action, c.At = FixAdd, attendance.Unresolved, c.MadeAt
	if _, err := t.AddCorrection(ctx, c); err != nil {
		return false, err
	}
	return true, t.SettlePresence(ctx, c.Person)
}

// keepCorrections does so for those among the people whom corrections are about: the
// projector counts punches one by one and knows nothing of corrections.
func (t *Tx) keepCorrections(ctx context.Context, present []Present) error {
	for len(present) > 0 {
		n := min(len(present), idsPerQuery)
		args := make([]any, n)
		for i, p := range present[:n] {
			args[i] = p.Person
		}
		people, err := strs(ctx, t.tx, `SELECT DISTINCT person FROM corrected WHERE person IN (`+marks(1, n)+`)`, args...)
		if err != nil {
			return fmt.Errorf("find corrected people: %w", err)
		}
		for _, id := range people {
			if err := t.SettlePresence(ctx, id); err != nil {
				return err
			}
		}
		present = present[n:]
	}
	return nil
}

// standing folds the person's last entries in the order of their time. A punch
// counts at its arrival at the latest, as with the projector: a clock in the future
// would else decide until then. More entries than are read decide nothing: among
// the last there is one that says where the person is.
func (t *Tx) standing(ctx context.Context, person string) (Present, error) {
	p := Present{Presence: attendance.Presence{Person: person, State: attendance.StateOut, Since: time.Unix(0, 0).UTC()}, Fixed: true}
	err := each(ctx, t.tx, func(r *sql.Rows) error {
		u := attendance.Punch{Person: person}
		if err := r.Scan(&u.Kiosk, &u.Action, &p.At, &u.Project, &p.Fixed); err != nil {
			return err
		}
		u.At = time.Unix(0, p.At).UTC()
		p.Presence = p.After(u)
		return nil
	}, `SELECT kiosk, action, at, project, fixed FROM (
		SELECT * FROM (SELECT u.kiosk, u.action, MIN(u.at, COALESCE(r.received_at, u.at)) AS at, u.project, 0 AS fixed, u.id AS turn
			FROM punches u LEFT JOIN records r ON r.id = u.id
			WHERE u.person = $1 AND NOT EXISTS (SELECT 1 FROM corrected c WHERE c.entry = u.id) ORDER BY u.at DESC, u.id DESC LIMIT 100)
		UNION ALL
		SELECT * FROM (SELECT c.kiosk, c.action, c.at, c.project, 1 AS fixed, `+turnOf+` AS turn
			FROM corrected c WHERE c.person = $1 AND c.kind <> 'void' ORDER BY c.at DESC LIMIT 100)
		) ORDER BY at, turn`, person)
	if err != nil || p.Fixed {
		return p, err
	}
	p.Fixed, err = exists(ctx, t.tx, `SELECT 1 FROM corrected WHERE person = $1 AND raw_at >= $2`, person, p.At)
	return p, err
}

// turnOf orders corrected entries of the same time: by arrival, added ones last.
const turnOf = `CASE WHEN c.entry < 0 THEN 4611686018427387904 - c.entry ELSE c.entry END`
