package correct

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Verdict is a decision about something that did not come in the usual way. Person
// is whose punch it is, where it is matched.
type Verdict struct {
	Kind     string
	Subject  string
	Decision string // centraldb.ReviewMatch, ReviewAccept or ReviewRefuse
	Person   string
	Reason   string
}

// joined is a store whose transactions are all the one that runs.
type joined struct{ tx *centraldb.Tx }

func (j joined) Update(_ context.Context, f func(*centraldb.Tx) error) error { return f(j.tx) }

// Review decides, once. A punch that is matched or accepted counts from then on:
// one that is not counted is added, one that counts for somebody else is voided
// there. Nothing is deleted, whatever is decided. Errors: problem.NotFound,
// problem.Conflict where it has been decided or the day is sealed, problem.Invalid
// with the detail "field" (decision, person, reason; of the record itself time,
// day, note or project).
func (c *Correct) Review(ctx context.Context, actor string, v Verdict) error {
	reason, err := clean("reason", v.Reason, MostReason)
	if err != nil {
		return err
	}
	if len([]rune(reason)) < LeastReason {
		return invalid("reason", "Say why.", fmt.Sprintf("At least %d characters.", LeastReason))
	}
	v.Reason = reason
	var moved []string
	err = c.Store.Update(ctx, func(tx *centraldb.Tx) error {
		moved = nil
		item, err := tx.Review(ctx, v.Kind, v.Subject)
		if err != nil {
			return err
		}
		if d := item.Decided; d != nil {
			return problem.New(problem.Conflict, d.MadeBy+" has decided this already.", "It is in the list of what was decided.")
		}
		within := New(Config{Store: joined{tx}, Audit: c.Audit, Now: c.Now, Changed: func(people []string) { moved = append(moved, people...) }})
		entry, err := within.carryOut(ctx, actor, item, v)
		if err != nil {
			return err
		}
		err = tx.AddReview(ctx, centraldb.Review{
			Kind: v.Kind, Subject: v.Subject, Decision: v.Decision, Reason: v.Reason, Entry: entry, MadeAt: c.Now().UnixNano(), MadeBy: actor,
		})
		if err != nil {
			return err
		}
		return c.Audit.Record(ctx, tx, actor, "review."+v.Decision, SubjectOf(item), map[string]any{
			"kind": v.Kind, "kiosk": item.Kiosk, "record": item.Seq, "entry": entry, "reason": v.Reason,
		})
	})
	if err == nil && len(moved) > 0 {
		c.Changed(moved)
	}
	return err
}

// SubjectOf names an item in the audit log.
func SubjectOf(i centraldb.ReviewItem) string {
	if i.To > i.Seq {
		return fmt.Sprintf("%s, records %d to %d", i.KioskName, i.Seq, i.To)
	}
	return fmt.Sprintf("%s, record %d", i.KioskName, i.Seq)
}

// carryOut does what a decision means for what counts, and gives the entry that it
// added or voided.
func (c *Correct) carryOut(ctx context.Context, actor string, i centraldb.ReviewItem, v Verdict) (int64, error) {
	if i.Kind == centraldb.TakenBack {
		return c.takeBack(ctx, actor, i, v)
	}
	counts := i.Kind == centraldb.Unlisted
	switch v.Decision {
	case centraldb.ReviewAccept:
		if i.Claim == nil || counts {
			return 0, nil
		}
		if i.Claim.PersonName == "" {
			return 0, invalid("decision", "The person in it is not on the team.", "Say whose punch it is, or refuse it.")
		}
		return c.claim(ctx, actor, i, i.Claim.Person, v.Reason)
	case centraldb.ReviewMatch:
		if i.Claim == nil {
			return 0, invalid("decision", "There is no punch in it.", "Accept it, or refuse it.")
		}
		if v.Person == "" {
			return 0, invalid("person", "Say whose punch it is.", "Type a name or a staff number.")
		}
		if counts {
			if err := c.Void(ctx, actor, i.Entry, v.Reason, nil); err != nil {
				return 0, err
			}
		}
		return c.claim(ctx, actor, i, v.Person, v.Reason)
	case centraldb.ReviewRefuse:
		if i.Kind == centraldb.Missing {
			return 0, invalid("decision", "A gap can't be refused.", "Accept it once you know what happened.")
		}
		if counts {
			return i.Entry, c.Void(ctx, actor, i.Entry, v.Reason, nil)
		}
		return 0, nil
	}
	return 0, invalid("decision", "Choose what it is.", "match, accept or refuse.")
}

// takeBack carries out what was decided about a punch that somebody took back.
func (c *Correct) takeBack(ctx context.Context, actor string, i centraldb.ReviewItem, v Verdict) (int64, error) {
	switch v.Decision {
	case centraldb.ReviewRefuse:
		return 0, nil
	case centraldb.ReviewAccept:
		if i.Entry == 0 {
			return 0, invalid("decision", "There is no punch that it could take back.", "Refuse it.")
		}
		return i.Entry, c.Void(ctx, actor, i.Entry, v.Reason, nil)
	}
	return 0, invalid("decision", "Choose what it is.", "accept or refuse.")
}

// claim adds the punch that an item tells of, as somebody's.
func (c *Correct) claim(ctx context.Context, actor string, i centraldb.ReviewItem, person, reason string) (int64, error) {
	u := i.Claim
	if u.Typed != "" && u.Note == "" {
		u.Note = typed(u.Typed)
	}
	return c.Add(ctx, actor, Entry{
		Person: person, Kiosk: i.Kiosk, Reason: reason,
		Values: Values{Action: u.Action, At: time.Unix(0, u.At).UTC(), Project: u.Project, Note: u.Note},
	})
}

// typed is the note of a punch for which nobody proved who they are.
func typed(name string) string {
	const most = 150
	if r := []rune(name); len(r) > most {
		name = string(r[:most])
	}
	return "Not listed: typed “" + name + "”, without a PIN"
}
