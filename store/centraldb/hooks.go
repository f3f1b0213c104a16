package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
)

// Hook says where alerts are posted to. URL empty: nowhere.
type Hook struct {
	URL    string `json:"url,omitempty"`
	Inside bool   `json:"inside,omitempty"` // it may be an address of the own network
	Secret []byte `json:"secret,omitempty"` // sealed under the data key
}

// Delivery is one message for the webhook. Instants are unix nanoseconds.
type Delivery struct {
	ID        int64
	Body      []byte // JSON
	CreatedAt int64
	DueAt     int64 // not tried before
	Tries     int
	SentAt    int64  // 0: not sent
	DeadAt    int64  // 0: it is still tried
	Fault     string // of the last try, for people
}

const deliveryColumns = `id, body, created_at, due_at, tries, sent_at, dead_at, fault`

func scanDelivery(r interface{ Scan(...any) error }) (Delivery, error) {
	var d Delivery
	err := r.Scan(&d.ID, &d.Body, &d.CreatedAt, &d.DueAt, &d.Tries, &d.SentAt, &d.DeadAt, &d.Fault)
	return d, err
}

// AddDelivery queues a message, due at once.
func (t *Tx) AddDelivery(ctx context.Context, body []byte, now int64) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO hooks (body, created_at, due_at) VALUES ($1, $2, $3)`, body, now, now)
	if err != nil {
		return fmt.Errorf("queue delivery: %w", err)
	}
	return nil
}

// NextDelivery gives the first message that is due; ok is false where none is.
func (d *DB) NextDelivery(ctx context.Context, now int64) (out Delivery, ok bool, err error) {
	out, err = scanDelivery(d.db.Reader().QueryRowContext(ctx, `SELECT `+deliveryColumns+` FROM hooks
		WHERE sent_at = 0 AND dead_at = 0 AND due_at <= $1 ORDER BY due_at, id LIMIT 1`, now))
	if errors.Is(err, sql.ErrNoRows) {
		return out, false, nil
	}
	if err != nil {
		return out, false, fmt.Errorf("read delivery: %w", err)
	}
	return out, true, nil
}

// Deliveries reads the newest messages.
func (d *DB) Deliveries(ctx context.Context, limit int) ([]Delivery, error) {
	var out []Delivery
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		one, err := scanDelivery(r)
		out = append(out, one)
		return err
	}, `SELECT `+deliveryColumns+` FROM hooks ORDER BY id DESC LIMIT `+strconv.Itoa(limit))
	if err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	return out, nil
}

// SetDelivered writes down how a try went.
func (t *Tx) SetDelivered(ctx context.Context, d Delivery) error {
	err := exec(ctx, t.tx, nil, `UPDATE hooks SET due_at = $1, tries = $2, sent_at = $3, dead_at = $4, fault = $5 WHERE id = $6`,
		d.DueAt, d.Tries, d.SentAt, d.DeadAt, d.Fault, d.ID)
	if err != nil {
		return fmt.Errorf("write down delivery: %w", err)
	}
	return nil
}

// ForgetDeliveries removes messages made before an instant; with all also those
// that still wait, whenever they were made.
func (t *Tx) ForgetDeliveries(ctx context.Context, before int64, all bool) error {
	return exec(ctx, t.tx, nil, `DELETE FROM hooks WHERE created_at < $1 OR ($2 AND sent_at = 0 AND dead_at = 0)`, before, flag(all))
}
