package devicedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/timepost/timepost/sync/record"
)

// Unsent is a stretch of a journal that is closed: records above Acked, in order of
// seq, with holes where some could not be read.
type Unsent struct {
	Journal record.JournalID
	Acked   uint64
	Records []record.Record
}

// Closed gives one stretch of at most limit records that central has not
// acknowledged, of the oldest journal before the current one which has any. found is
// false where there is none. Release marks them once central has them.
func (j *Journal) Closed(ctx context.Context, limit int) (u Unsent, found bool, err error) {
	db, release, err := j.use()
	if err != nil {
		return u, false, err
	}
	defer release()
	r := db.Reader()
	var n int64
	var id []byte
	err = r.QueryRowContext(ctx, `SELECT j.n, j.id, j.acked FROM journals j WHERE j.n < $1
		AND EXISTS (SELECT 1 FROM records r WHERE r.id > (j.n << 40) + j.acked AND r.id < (j.n + 1) << 40) ORDER BY j.n LIMIT 1`, j.head.n).Scan(&n, &id, &u.Acked)
	if errors.Is(err, sql.ErrNoRows) {
		return u, false, nil
	}
	if err != nil {
		return u, false, faulted(fmt.Errorf("look for closed journals: %w", err))
	}
	copy(u.Journal[:], id)
	u.Records, err = readRecords(ctx, r, u.Journal, n, u.Acked, limit)
	return u, err == nil && len(u.Records) > 0, faulted(err)
}
