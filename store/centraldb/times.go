package centraldb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/timepost/timepost/attendance/clocktrust"
)

// PunchTime is what is known of when a punch truly was. Version 0: nobody has looked
// yet. Instants are unix nanoseconds.
type PunchTime struct {
	Punch       int64
	Boot        int64 // Boot.ID
	At          int64 // clocktrust.Elapsed in it
	Interval    clocktrust.Interval
	Version     int
	ConfirmedAt int64 // when somebody said that what holds of the punch is right; 0: nobody has
	ConfirmedBy string
}

// Unsure says that a person has to say when it was.
func (p PunchTime) Unsure() bool {
	return p.Version > 0 && p.Interval.Quality != clocktrust.IsExact && p.ConfirmedAt == 0
}

const timeColumns = `t.punch, t.boot, t.at, t.lo, t.hi, t.quality, t.disputed, t.version, t.confirmed_at, t.confirmed_by`

func times(ctx context.Context, q querier, query string, args ...any) ([]PunchTime, error) {
	var out []PunchTime
	err := each(ctx, q, func(r *sql.Rows) error {
		var p PunchTime
		i := &p.Interval
		err := r.Scan(&p.Punch, &p.Boot, &p.At, &i.Lo, &i.Hi, &i.Quality, &i.Disputed, &p.Version, &p.ConfirmedAt, &p.ConfirmedBy)
		out = append(out, p)
		return err
	}, `SELECT `+timeColumns+` FROM punch_times t `+query, args...)
	if err != nil {
		return nil, fmt.Errorf("read times of punches: %w", err)
	}
	return out, nil
}

// AddTime notes where in a boot a punch was made.
func (t *Tx) AddTime(ctx context.Context, punch, boot, at int64) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO punch_times (punch, boot, at, lo, hi, quality, version) VALUES ($1, $2, $3, 0, 0, 'open', 0)
		ON CONFLICT DO NOTHING`, punch, boot, at)
	if err != nil {
		return fmt.Errorf("note time of punch: %w", err)
	}
	return nil
}

// SetTime writes when a punch was, as far as is known.
func (t *Tx) SetTime(ctx context.Context, p PunchTime) error {
	i := p.Interval
	err := exec(ctx, t.tx, notFound("punch"), `UPDATE punch_times SET lo = $1, hi = $2, quality = $3, disputed = $4, version = $5 WHERE punch = $6`,
		i.Lo, i.Hi, string(i.Quality), flag(i.Disputed), p.Version, p.Punch)
	if err != nil {
		return fmt.Errorf("write time of punch: %w", err)
	}
	return nil
}

// NewTimes reads those of a kiosk's punches that nobody has looked at.
func (t *Tx) NewTimes(ctx context.Context, kiosk string) ([]PunchTime, error) {
	return times(ctx, t.tx, `JOIN boots b ON b.id = t.boot WHERE b.kiosk = $1 AND t.version = 0`, kiosk)
}

// LooseTimes reads those of a kiosk's punches whose time is not exact.
func (t *Tx) LooseTimes(ctx context.Context, kiosk string) ([]PunchTime, error) {
	return times(ctx, t.tx, `JOIN boots b ON b.id = t.boot WHERE b.kiosk = $1 AND t.quality <> 'exact'`, kiosk)
}

// NearTimes reads the punches of a boot with at >= from.
func (t *Tx) NearTimes(ctx context.Context, boot, from int64) ([]PunchTime, error) {
	return times(ctx, t.tx, `WHERE t.boot = $1 AND t.at >= $2`, boot, from)
}

// PunchTimes reads what is known of the times of punches, by their ids.
func (d *DB) PunchTimes(ctx context.Context, punches ...int64) (map[int64]PunchTime, error) {
	out := make(map[int64]PunchTime, len(punches))
	for len(punches) > 0 {
		n := min(len(punches), idsPerQuery)
		args := make([]any, n)
		for i, id := range punches[:n] {
			args[i] = id
		}
		got, err := times(ctx, d.db.Reader(), `WHERE t.punch IN (`+marks(1, n)+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, p := range got {
			out[p.Punch] = p
		}
		punches = punches[n:]
	}
	return out, nil
}

// unsure is the beginning of what is true of punches whose time nobody is sure of.
const unsure = `EXISTS (SELECT 1 FROM punch_times t WHERE t.quality <> 'exact' AND t.confirmed_at = 0 AND t.version > 0 AND t.punch = `

// UnsureTimes counts the punches whose time a person has to confirm, but those that a
// person has put right, and gives when the first and the last of them were by their
// kiosks' word, unix nanoseconds.
func (d *DB) UnsureTimes(ctx context.Context, reach Reach) (n int, first, last int64, err error) {
	w := &where{}
	w.reach(reach)
	w.parts = append(w.parts, `t.quality <> 'exact' AND t.confirmed_at = 0 AND t.version > 0`,
		`NOT EXISTS (SELECT 1 FROM corrected c JOIN corrections x ON x.id = c.correction WHERE c.entry = t.punch AND x.made_by <> '`+ByClock+`')`)
	err = d.db.Reader().QueryRowContext(ctx, `SELECT count(*), COALESCE(min(u.at), 0), COALESCE(max(u.at), 0)
		FROM punch_times t JOIN punches u ON u.id = t.punch LEFT JOIN people p ON p.id = u.person WHERE `+w.text(), w.args...).Scan(&n, &first, &last)
	if err != nil {
		return 0, 0, 0, fmt.Errorf("count unsure times: %w", err)
	}
	return n, first, last, nil
}

// Confirm notes that somebody says that what holds of a punch is right; problem.NotFound.
func (t *Tx) Confirm(ctx context.Context, punch, at int64, by string) error {
	return exec(ctx, t.tx, notFound("punch"), `UPDATE punch_times SET confirmed_at = $1, confirmed_by = $2 WHERE punch = $3`, at, by, punch)
}

// ByClock is Correction.MadeBy where nobody did but the evidence of the kiosk's clock.
const ByClock = "clock"

// Anchored says whether anything ever vouched for the time of any kiosk; punched, whether
// there is a punch whose time somebody looked at.
func (d *DB) Anchored(ctx context.Context) (anchored, punched bool, err error) {
	if anchored, err = exists(ctx, d.db.Reader(), `SELECT 1 FROM clock_anchors LIMIT 1`); err == nil {
		punched, err = exists(ctx, d.db.Reader(), `SELECT 1 FROM punch_times LIMIT 1`)
	}
	if err != nil {
		return false, false, fmt.Errorf("look for anchors: %w", err)
	}
	return anchored, punched, nil
}
