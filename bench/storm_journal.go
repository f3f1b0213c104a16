package main

import (
	"context"
	"sync"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// timedJournal is a kiosk's journal that knows when each punch was on disk and
// when central's acknowledgement of it was believed and written down.
type timedJournal struct {
	*devicedb.Journal

	mu   sync.Mutex
	open []made // in order of seq
	took []sample
}

// made is a punch that central has not acknowledged yet.
type made struct {
	seq uint64
	at  time.Time
}

// sample is how long the acknowledgement of a punch took.
type sample struct {
	made time.Time
	took time.Duration
}

// punch puts one on disk.
func (j *timedJournal) punch(ctx context.Context, person string, action attendance.Action) error {
	j.mu.Lock() // so that no acknowledgement overtakes the note of its punch
	defer j.mu.Unlock()
	return j.Update(ctx, func(tx *devicedb.JournalTx) error {
		r, err := tx.Append(record.Body{Type: record.Punched, Person: person, Action: action, Auth: attendance.AuthPersonal})
		if err != nil {
			return err
		}
		j.open = append(j.open, made{r.Seq, time.Now()})
		return nil
	})
}

// Release notes what central is known to have.
func (j *timedJournal) Release(ctx context.Context, journal record.JournalID, through uint64, hash record.Hash, gen uint64) error {
	if err := j.Journal.Release(ctx, journal, through, hash, gen); err != nil {
		return err
	}
	now := time.Now()
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for n < len(j.open) && j.open[n].seq <= through {
		j.took = append(j.took, sample{j.open[n].at, now.Sub(j.open[n].at)})
		n++
	}
	j.open = j.open[n:]
	return nil
}

// samples gives those of punches made from a time until another. One that is not
// acknowledged yet counts with what it has waited: the slowest are not left out.
func (j *timedJournal) samples(from, until time.Time) (took []time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	within := func(at time.Time) bool { return !at.Before(from) && at.Before(until) }
	for _, s := range j.took {
		if within(s.made) {
			took = append(took, s.took)
		}
	}
	for _, m := range j.open {
		if within(m.at) {
			took = append(took, time.Since(m.at))
		}
	}
	return took
}
