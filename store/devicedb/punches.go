package devicedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/sync/record"
)

// recentPunches is how many punches of one person a question looks at, the
// newest first: far more than a person makes in two days, so that no answer
// gets slower with the years.
const recentPunches = 200

const punchColumns = `SELECT j.id, p.seq, p.at, p.action, p.project, p.note, p.auth, p.boot_id, p.boot
	FROM punches p JOIN journals j ON j.n = p.journal`

const (
	selectLast = punchColumns + ` WHERE p.person = $1 AND p.voided = 0 ORDER BY p.journal DESC, p.seq DESC LIMIT $2`

	selectLater = punchColumns + ` WHERE p.person = $1 AND p.voided = 0
		AND (p.journal, p.seq) > (COALESCE((SELECT n FROM journals WHERE id = $2), 0), $3) ORDER BY p.journal DESC, p.seq DESC LIMIT $4`

	// The plus signs keep the planner on the index of those that were taken back.
	selectVoided = punchColumns + ` WHERE p.person = $1 AND j.id = $2 AND +p.seq <= $3 AND p.voided > 0 AND p.voided > $3
		ORDER BY +p.seq DESC LIMIT $4`
)

// Punch is a punch and the record that holds it.
type Punch struct {
	attendance.Punch
	Journal record.JournalID
	Seq     uint64
	BootID  string        // of the boot it was made on
	Boot    time.Duration // CLOCK_BOOTTIME then
}

// Punches gives a person's punches made here whose stamp's wall clock is fromReal
// (nanoseconds since 1970) or later, in the order of their records. It looks at
// the newest 200. Here as everywhere, what was taken back does not count.
func (j *Journal) Punches(ctx context.Context, person string, fromReal int64) ([]Punch, error) {
	return j.queryPunches(person, func(st journalStatements) (*sql.Rows, error) {
		return st.lastPunches.QueryContext(ctx, person, recentPunches)
	}, func(p Punch) bool { return p.At.UnixNano() >= fromReal })
}

// PunchesAfter gives a person's punches made here after record (journal, seq),
// those of later journals included, in order: at most the newest 200. A journal
// this database does not hold counts as older than all.
func (j *Journal) PunchesAfter(ctx context.Context, person string, journal record.JournalID, seq uint64) ([]Punch, error) {
	return j.queryPunches(person, func(st journalStatements) (*sql.Rows, error) {
		// An unknown journal is number 0, before all.
		return st.punchesAfter.QueryContext(ctx, person, journal[:], int64(seq), recentPunches)
	}, func(Punch) bool { return true })
}

// Voided gives those punches of a person that are at most as new as record
// (journal, seq) and were taken back after it: who has counted up to there has
// counted them. At most the newest 200, in order.
func (j *Journal) Voided(ctx context.Context, person string, journal record.JournalID, seq uint64) ([]Punch, error) {
	return j.queryPunches(person, func(st journalStatements) (*sql.Rows, error) {
		return st.voided.QueryContext(ctx, person, journal[:], int64(seq), recentPunches)
	}, func(Punch) bool { return true })
}

func (j *Journal) queryPunches(person string, query func(journalStatements) (*sql.Rows, error), keep func(Punch) bool) ([]Punch, error) {
	_, release, err := j.use()
	if err != nil {
		return nil, err
	}
	defer release()
	rows, err := query(j.st)
	if err != nil {
		return nil, faulted(fmt.Errorf("read punches: %w", err))
	}
	out, err := scanPunches(rows, person, j.id.Kiosk, keep)
	if err != nil {
		return nil, faulted(err)
	}
	slices.Reverse(out)
	return out, nil
}

func scanPunches(rows *sql.Rows, person, kiosk string, keep func(Punch) bool) (_ []Punch, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	var out []Punch
	for rows.Next() {
		p := Punch{Punch: attendance.Punch{Person: person, Kiosk: kiosk}}
		var id []byte
		var at int64
		if err := rows.Scan(&id, &p.Seq, &at, &p.Action, &p.Project, &p.Note, &p.Auth, &p.BootID, &p.Boot); err != nil {
			return nil, fmt.Errorf("read punch: %w", err)
		}
		copy(p.Journal[:], id)
		p.At = time.Unix(0, at).UTC()
		if keep(p) {
			out = append(out, p)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read punches: %w", err)
	}
	return out, nil
}
