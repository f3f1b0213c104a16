package team

import (
	"context"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Forgotten is what an erased person is called.
const Forgotten = "Erased person"

// KeptUntil tells until when somebody's data is kept, from their last punch (unix
// nanoseconds, 0: none) and the organisation's months of retention. Forever where
// the organisation has set none and there is a punch; the zero time where nothing
// is kept.
func KeptUntil(last int64, months int) (until time.Time, forever bool) {
	if last == 0 {
		return time.Time{}, false
	}
	return time.Unix(0, last).UTC().AddDate(0, months, 0), months == 0
}

// Forget takes name, staff number, team and language from a person who was
// archived, once the time is over for which their punches are kept. Punches stay,
// and are nobody's by name; so does what is in the audit log, which nobody can
// change. It can't be undone. Errors: problem.NotFound and problem.Conflict.
func (t *Team) Forget(ctx context.Context, actor, id string) error {
	return t.store.Update(ctx, func(tx *centraldb.Tx) error {
		p, err := tx.Person(ctx, id)
		if err != nil {
			return err
		}
		if err := t.mayForget(ctx, tx, p); err != nil {
			return err
		}
		gone := attendance.Person{ID: p.ID, Name: Forgotten, Role: attendance.Regular}
		if err := tx.SetPerson(ctx, gone); err != nil {
			return err
		}
		if err := tx.DropBadges(ctx, p.ID); err != nil {
			return err
		}
		if err := tx.SetPersonWork(ctx, p.ID, centraldb.PersonWork{}); err != nil {
			return err
		}
		return t.audit.Record(ctx, tx, actor, "person.erase", id, nil)
	})
}

func (t *Team) mayForget(ctx context.Context, tx *centraldb.Tx, p attendance.Person) error {
	if p.Active {
		return problem.New(problem.Conflict, "Only people who were archived can be erased.", "Archive them first.")
	}
	email, err := tx.LoginOf(ctx, p.ID)
	if err != nil {
		return err
	}
	if email != "" {
		return problem.New(problem.Conflict, "The account "+email+" is theirs.", "Close it first, on Accounts.")
	}
	s, err := tx.Settings(ctx)
	if err != nil {
		return err
	}
	last, err := tx.LastPunch(ctx, p.ID)
	if err != nil {
		return err
	}
	until, forever := KeptUntil(last, s.RetainMonths)
	switch {
	case forever:
		return problem.New(problem.Conflict, "Your organisation keeps data for ever.", "An owner says in the settings how long it is kept.")
	case t.now().Before(until):
		return problem.New(problem.Conflict, "Their data is kept until "+until.Format("2 January 2006")+".", "They can be erased after that.")
	}
	return nil
}
