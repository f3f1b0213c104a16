package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/timepost/timepost/sync/record"
)

// ByPerson is who voided a punch that was taken back at the kiosk, within the
// minute.
const ByPerson = "the person"

// Takeback is a record that takes back a punch of its own journal. Instants are
// unix nanoseconds.
type Takeback struct {
	ID         int64 // of the record
	Kiosk      string
	Seq        uint64 // the record's own
	Person     string
	At         int64 // by the kiosk's clock
	Zone       string
	ReceivedAt int64
	Punch      int64  // the punch that it names; 0: there is none
	Entry      int64  // the punch that does not count because of it; 0: it waits for a decision
	Why        string // what is in the way, one of the words below
}

// What is in the way of a takeback.
const (
	TakebackNoPunch  = "no_punch"  // the record it names is no punch, or is not here
	TakebackNotTheir = "not_their" // the punch is somebody else's
	TakebackLate     = "late"      // it came long after the punch
	TakebackFixed    = "fixed"     // an admin has put the punch right meanwhile
)

// AddTakeback stores a takeback; false: it is stored already.
func (t *Tx) AddTakeback(ctx context.Context, b Takeback) (bool, error) {
	res, err := t.tx.ExecContext(ctx, `INSERT INTO takebacks (id, kiosk, seq, person, at, zone, received_at, punch, entry, why)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING`,
		b.ID, b.Kiosk, b.Seq, b.Person, b.At, b.Zone, b.ReceivedAt, b.Punch, b.Entry, b.Why)
	if err != nil {
		return false, fmt.Errorf("add takeback: %w", err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// LoggedAt reads one record of a journal, with ID 0 where there is none.
func (t *Tx) LoggedAt(ctx context.Context, kiosk string, journal record.JournalID, seq uint64) (Logged, error) {
	l := Logged{Kiosk: kiosk, Journal: journal, Seq: seq}
	err := t.tx.QueryRowContext(ctx, `SELECT id, body, received_at FROM records WHERE kiosk = $1 AND journal = $2 AND seq = $3`,
		kiosk, journal[:], int64(seq)).Scan(&l.ID, &l.Body, &l.ReceivedAt)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return l, fmt.Errorf("read record: %w", err)
	}
	return l, nil
}
