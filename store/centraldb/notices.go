package centraldb

import (
	"context"
	"database/sql"
	"fmt"
)

// The audiences of a notice.
const (
	ToOwners = "owners"
	ToAdmins = "admins" // owners too
)

// Notice tells people of something: it becomes a mail to each of the audience.
// It is written in the transaction of what it tells of.
type Notice struct {
	At       int64  // unix nanoseconds
	Kind     string // such as pin.forgotten
	Key      string // "": always; otherwise a notice with this key is written once
	Audience string
	Title    string // one line, without a person's PIN or anything else secret
	Body     string // plain text
	Path     string // of the page to go to, such as /team/p-0001; may be empty
}

// AddNotice writes a notice; one whose key is known already changes nothing.
func (t *Tx) AddNotice(ctx context.Context, n Notice) error {
	err := exec(ctx, t.tx, nil, `INSERT INTO notices (at, kind, key, audience, title, body, path) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (key) WHERE key <> '' DO NOTHING`, n.At, n.Kind, n.Key, n.Audience, n.Title, n.Body, n.Path)
	if err != nil {
		return fmt.Errorf("add notice: %w", err)
	}
	t.noticed = true
	return nil
}

// Noticed gives the channel that ticks after commits which added notices; ticks
// that nobody takes are merged into one. It has one reader.
func (d *DB) Noticed() <-chan struct{} { return d.noticed }

// tell ticks where a transaction added notices and was committed.
func (d *DB) tell(t *Tx, err error) {
	if err != nil || t == nil || !t.noticed {
		return
	}
	select {
	case d.noticed <- struct{}{}:
	default:
	}
}

// Unmailed gives notices of which no mails were made yet, oldest first, with
// their ids.
func (t *Tx) Unmailed(ctx context.Context, limit int) (ids []int64, notices []Notice, err error) {
	err = each(ctx, t.tx, func(r *sql.Rows) error {
		var id int64
		var n Notice
		err := r.Scan(&id, &n.At, &n.Kind, &n.Key, &n.Audience, &n.Title, &n.Body, &n.Path)
		ids, notices = append(ids, id), append(notices, n)
		return err
	}, `SELECT id, at, kind, key, audience, title, body, path FROM notices WHERE mailed = 0 ORDER BY id LIMIT $1`, limit)
	if err != nil {
		return nil, nil, fmt.Errorf("read notices: %w", err)
	}
	return ids, notices, nil
}

// SetMailed says that no more mails are to be made of a notice.
func (t *Tx) SetMailed(ctx context.Context, notice int64) error {
	return exec(ctx, t.tx, nil, `UPDATE notices SET mailed = 1 WHERE id = $1`, notice)
}

// Recipients gives the addresses of an audience: accounts that are open.
func (t *Tx) Recipients(ctx context.Context, audience string) ([]string, error) {
	query := `SELECT email FROM logins WHERE closed_at = 0 AND role = 'owner' ORDER BY email`
	if audience == ToAdmins {
		query = `SELECT email FROM logins WHERE closed_at = 0 AND role IN ('owner', 'admin') ORDER BY email`
	}
	out, err := strs(ctx, t.tx, query)
	if err != nil {
		return nil, fmt.Errorf("read recipients: %w", err)
	}
	return out, nil
}
