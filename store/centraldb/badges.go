package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Badge is a card that belongs to somebody. LearntAt is in unix nanoseconds.
type Badge struct {
	Badge    string // its canonical form
	Person   string
	LearntAt int64
	LearntBy string
}

// BadgesOf reads a person's cards, the oldest first.
func (d *DB) BadgesOf(ctx context.Context, person string) ([]Badge, error) {
	return badgesOf(ctx, d.db.Reader(), person)
}

// BadgesOf reads a person's cards, the oldest first.
func (t *Tx) BadgesOf(ctx context.Context, person string) ([]Badge, error) {
	return badgesOf(ctx, t.tx, person)
}

func badgesOf(ctx context.Context, q querier, person string) ([]Badge, error) {
	var out []Badge
	err := each(ctx, q, func(r *sql.Rows) error {
		b := Badge{Person: person}
		err := r.Scan(&b.Badge, &b.LearntAt, &b.LearntBy)
		out = append(out, b)
		return err
	}, `SELECT badge, learnt_at, learnt_by FROM badges WHERE person = $1 ORDER BY learnt_at, badge`, person)
	if err != nil {
		return nil, fmt.Errorf("read badges: %w", err)
	}
	return out, nil
}

// BadgeHolder gives the id of the active person whose card it is, "" for nobody.
func (d *DB) BadgeHolder(ctx context.Context, badge string) (string, error) {
	return badgeHolder(ctx, d.db.Reader(), badge)
}

// BadgeHolder gives the id of the active person whose card it is, "" for nobody.
func (t *Tx) BadgeHolder(ctx context.Context, badge string) (string, error) {
	return badgeHolder(ctx, t.tx, badge)
}

func badgeHolder(ctx context.Context, q querier, badge string) (string, error) {
	var id string
	err := q.QueryRowContext(ctx, `SELECT b.person FROM badges b JOIN people p ON p.id = b.person WHERE b.badge = $1 AND p.active = 1`, badge).Scan(&id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read holder of badge: %w", err)
	}
	return id, nil
}

// PutBadge gives a card to a person, whoever had it before.
func (t *Tx) PutBadge(ctx context.Context, b Badge) error {
	err := exec(ctx, t.tx, nil, `INSERT INTO badges (badge, person, learnt_at, learnt_by) VALUES ($1, $2, $3, $4)
		ON CONFLICT (badge) DO UPDATE SET person = excluded.person, learnt_at = excluded.learnt_at, learnt_by = excluded.learnt_by`,
		b.Badge, b.Person, b.LearntAt, b.LearntBy)
	if err != nil {
		return fmt.Errorf("write badge: %w", err)
	}
	return nil
}

// DropBadge takes a card from a person; problem.NotFound where it is not theirs.
func (t *Tx) DropBadge(ctx context.Context, person, badge string) error {
	return exec(ctx, t.tx, notFound("badge"), `DELETE FROM badges WHERE badge = $1 AND person = $2`, badge, person)
}

// DropBadges takes all cards from a person.
func (t *Tx) DropBadges(ctx context.Context, person string) error {
	if err := exec(ctx, t.tx, nil, `DELETE FROM badges WHERE person = $1`, person); err != nil {
		return fmt.Errorf("drop badges: %w", err)
	}
	return nil
}

// rosterBadges reads the cards of all active people, by person.
func (d *DB) rosterBadges(ctx context.Context) (map[string][]string, error) {
	out := map[string][]string{}
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var person, badge string
		err := r.Scan(&person, &badge)
		out[person] = append(out[person], badge)
		return err
	}, `SELECT person, badge FROM badges ORDER BY person, badge`)
	if err != nil {
		return nil, fmt.Errorf("read badges: %w", err)
	}
	return out, nil
}

// UnknownBadge is a card of nobody that was held to a kiosk. Instants are unix
// nanoseconds.
type UnknownBadge struct {
	ID         int64 // of the record that says so
	Kiosk      string
	KioskName  string
	Badge      string
	Code       string // what the kiosk's screen showed
	At         int64  // by the kiosk's clock
	ReceivedAt int64
}

// keepUnknown is how long unknown cards are kept: longer than they are shown.
const keepUnknown = 7 * 24 * time.Hour

// mostUnknown is how many unknown cards of one kiosk are kept: more than an honest
// one tells of in a day that anybody looks at.
const mostUnknown = 100

// AddUnknownBadge stores an unknown card once, and forgets those of long ago and the
// oldest of a kiosk that tells of very many.
func (t *Tx) AddUnknownBadge(ctx context.Context, u UnknownBadge) error {
	err := exec(ctx, t.tx, nil, `INSERT INTO unknown_badges (id, kiosk, badge, code, at, received_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO NOTHING`, u.ID, u.Kiosk, u.Badge, u.Code, u.At, u.ReceivedAt)
	if err == nil {
		err = exec(ctx, t.tx, nil, `DELETE FROM unknown_badges WHERE received_at < $1 OR kiosk = $2
			AND id NOT IN (SELECT id FROM unknown_badges WHERE kiosk = $2 ORDER BY id DESC LIMIT $3)`,
			u.ReceivedAt-int64(keepUnknown), u.Kiosk, mostUnknown)
	}
	if err != nil {
		return fmt.Errorf("add unknown badge: %w", err)
	}
	return nil
}

const selectUnknown = `SELECT u.id, u.kiosk, COALESCE(k.name, ''), u.badge, u.code, u.at, u.received_at
	FROM unknown_badges u LEFT JOIN kiosks k ON k.id = u.kiosk
	WHERE NOT EXISTS (SELECT 1 FROM badges b JOIN people p ON p.id = b.person WHERE b.badge = u.badge AND p.active = 1)`

// maxUnknown is how many unknown cards are shown at most.
const maxUnknown = 200

// UnknownBadges reads the cards that central has heard of since then (unix
// nanoseconds) and that belong to nobody still, the newest first, at most 200.
func (d *DB) UnknownBadges(ctx context.Context, since int64) ([]UnknownBadge, error) {
	var out []UnknownBadge
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		u, err := scanUnknown(r)
		out = append(out, u)
		return err
	}, selectUnknown+` AND u.received_at >= $1 ORDER BY u.received_at DESC, u.id DESC LIMIT $2`, since, maxUnknown)
	if err != nil {
		return nil, fmt.Errorf("read unknown badges: %w", err)
	}
	return out, nil
}

// UnknownBadge reads one of them; problem.NotFound, also when the card belongs to
// somebody by now.
func (t *Tx) UnknownBadge(ctx context.Context, id int64) (UnknownBadge, error) {
	u, err := scanUnknown(t.tx.QueryRowContext(ctx, selectUnknown+` AND u.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return u, notFound("badge")
	}
	if err != nil {
		return u, fmt.Errorf("read unknown badge: %w", err)
	}
	return u, nil
}

func scanUnknown(r interface{ Scan(...any) error }) (u UnknownBadge, err error) {
	err = r.Scan(&u.ID, &u.Kiosk, &u.KioskName, &u.Badge, &u.Code, &u.At, &u.ReceivedAt)
	return u, err
}
