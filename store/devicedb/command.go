package devicedb

import (
	"context"
	"fmt"

	"github.com/timepost/timepost/sync/wire"
)

// Begun is the last command of central that this kiosk has begun. Verb is empty once
// nothing of it is left to do.
type Begun struct {
	wire.CommandMark
	Verb  string
	Force bool
	Told  bool // its result is recorded
}

// Command gives the last command that was begun; zero where there was none.
func (j *Journal) Command(ctx context.Context) (Begun, error) {
	db, release, err := j.use()
	if err != nil {
		return Begun{}, err
	}
	defer release()
	var b Begun
	err = db.Reader().QueryRowContext(ctx, `SELECT gen, n, verb, force, told FROM command`).Scan(&b.Gen, &b.N, &b.Verb, &b.Force, &b.Told)
	if err != nil {
		return b, faulted(fmt.Errorf("read last command: %w", err))
	}
	return b, nil
}

// SetCommand keeps b as the last command that was begun.
func (t *JournalTx) SetCommand(b Begun) error {
	_, err := t.tx.ExecContext(t.ctx, `UPDATE command SET gen = $1, n = $2, verb = $3, force = $4, told = $5`,
		int64(b.Gen), int64(b.N), b.Verb, b.Force, b.Told)
	if err != nil {
		return fmt.Errorf("write last command: %w", err)
	}
	return nil
}
