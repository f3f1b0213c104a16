package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// What was decided about a machine that asked to be let in.
const (
	WaitingOpen     = "waiting"
	WaitingAccepted = "accepted"
	WaitingRejected = "rejected"
)

// Waiting is a machine that asks to be let in without a code. Instants are unix
// nanoseconds.
type Waiting struct {
	CSRKey    string // SHA-256 of the CSR's public key, hex
	Check     string // what a person compares: wire.CheckValue
	Request   []byte // wire.EnrolRequest, JSON
	Address   string // IP it asked from
	Hardware  string
	Software  string
	AskedAt   int64
	SeenAt    int64 // when it last asked
	Status    string
	Kiosk     string // it has become; "" unless accepted
	Reply     []byte // wire.EnrolReply, JSON, to be repeated; nil unless accepted
	DecidedAt int64
	DecidedBy string
}

const waitingRows = `SELECT csr_key, check_value, request, address, hardware, software, asked_at, seen_at, status, kiosk, reply, decided_at, decided_by
	FROM waiting_kiosks`

func scanWaiting(r interface{ Scan(...any) error }) (Waiting, error) {
	var w Waiting
	err := r.Scan(&w.CSRKey, &w.Check, &w.Request, &w.Address, &w.Hardware, &w.Software, &w.AskedAt, &w.SeenAt, &w.Status, &w.Kiosk, &w.Reply, &w.DecidedAt, &w.DecidedBy)
	return w, err
}

// Waiting reads the machines about which nobody has decided, who asked first first. seen
// leaves out those that have not asked since.
func (d *DB) Waiting(ctx context.Context, seen int64) ([]Waiting, error) {
	var out []Waiting
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		w, err := scanWaiting(r)
		out = append(out, w)
		return err
	}, waitingRows+` WHERE status = 'waiting' AND seen_at >= $1 ORDER BY asked_at, csr_key`, seen)
	if err != nil {
		return nil, fmt.Errorf("read waiting machines: %w", err)
	}
	return out, nil
}

// WaitingOf finds one by the key of its CSR; ok is false where there is none.
func (t *Tx) WaitingOf(ctx context.Context, csrKey string) (w Waiting, ok bool, err error) {
	return t.waiting(ctx, `csr_key`, csrKey)
}

// WaitingBy finds one by its check value; ok is false where there is none.
func (t *Tx) WaitingBy(ctx context.Context, check string) (w Waiting, ok bool, err error) {
	return t.waiting(ctx, `check_value`, check)
}

func (t *Tx) waiting(ctx context.Context, by, value string) (Waiting, bool, error) {
	w, err := scanWaiting(t.tx.QueryRowContext(ctx, waitingRows+` WHERE `+by+` = $1`, value))
	if errors.Is(err, sql.ErrNoRows) {
		return w, false, nil
	}
	if err != nil {
		return w, false, fmt.Errorf("read waiting machine: %w", err)
	}
	return w, true, nil
}

// CountWaiting counts those about which nobody has decided: all, and from one address.
func (t *Tx) CountWaiting(ctx context.Context, address string) (all, here int, err error) {
	err = t.tx.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN address = $1 THEN 1 ELSE 0 END), 0) FROM waiting_kiosks WHERE status = 'waiting'`, address).
		Scan(&all, &here)
	if err != nil {
		return 0, 0, fmt.Errorf("count waiting machines: %w", err)
	}
	return all, here, nil
}

// PutWaiting writes a machine, in place of what was there of the same key.
func (t *Tx) PutWaiting(ctx context.Context, w Waiting) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO waiting_kiosks (csr_key, check_value, request, address, hardware, software, asked_at, seen_at, status, kiosk, reply, decided_at, decided_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (csr_key) DO UPDATE SET seen_at = excluded.seen_at, status = excluded.status, kiosk = excluded.kiosk, reply = excluded.reply,
			decided_at = excluded.decided_at, decided_by = excluded.decided_by`,
		w.CSRKey, w.Check, w.Request, w.Address, w.Hardware, w.Software, w.AskedAt, w.SeenAt, w.Status, w.Kiosk, w.Reply, w.DecidedAt, w.DecidedBy)
	if err != nil {
		return fmt.Errorf("write waiting machine: %w", err)
	}
	return nil
}

// DropWaiting removes machines that stopped asking before silent, and those that were
// rejected before rejected, or accepted before accepted.
func (t *Tx) DropWaiting(ctx context.Context, silent, rejected, accepted int64) error {
	_, err := t.tx.ExecContext(ctx, `DELETE FROM waiting_kiosks WHERE (status = 'waiting' AND seen_at < $1)
		OR (status = 'rejected' AND decided_at < $2) OR (status = 'accepted' AND decided_at < $3)`, silent, rejected, accepted)
	if err != nil {
		return fmt.Errorf("remove waiting machines: %w", err)
	}
	return nil
}
