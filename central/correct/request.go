package correct

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Decision is what is decided about a request for a punch.
type Decision struct {
	Request int64
	Approve bool
	Values  Values // of the punch to add; only where it is approved
	Answer  string // why; only where it is refused
}

// Decide answers a request, once. One that is approved becomes a punch with the
// person's own reason; either way the person reads the answer at the kiosk. Errors:
// problem.NotFound, problem.Conflict where it has been decided or the day is sealed,
// problem.Invalid with the detail "field" as of Add, or answer.
func (c *Correct) Decide(ctx context.Context, actor string, d Decision) (entry int64, err error) {
	if !d.Approve {
		if d.Answer, err = answered(d.Answer); err != nil {
			return 0, err
		}
	}
	var moved []string
	var person string
	err = c.Store.Update(ctx, func(tx *centraldb.Tx) error {
		moved = nil
		q, err := tx.PunchRequest(ctx, d.Request)
		if err != nil {
			return err
		}
		person = q.Person
		if q.Decision != "" {
			return problem.New(problem.Conflict, q.DecidedBy+" has decided this already.", "It is in the list of what was decided.")
		}
		within := New(Config{Store: joined{tx}, Audit: c.Audit, Now: c.Now, Changed: func(people []string) { moved = append(moved, people...) }})
		return within.answer(ctx, tx, actor, q, d, &entry)
	})
	if err != nil {
		return 0, err
	}
	if len(moved) > 0 {
		c.Changed(moved)
	}
	c.Answered([]string{person})
	return entry, nil
}

// answer carries out a decision in the transaction.
func (c *Correct) answer(ctx context.Context, tx *centraldb.Tx, actor string, q centraldb.PunchRequestLine, d Decision, entry *int64) error {
	r := q.PunchRequest
	r.Decision, r.Answer = centraldb.RequestRefused, d.Answer
	if d.Approve {
		added, err := c.approve(ctx, actor, q, d.Values)
		if err != nil {
			return err
		}
		h, err := tx.Held(ctx, added)
		if err != nil {
			return err
		}
		*entry = added
		r.Decision, r.Answer, r.Entry, r.Action, r.Claim = centraldb.RequestApproved, "", added, h.Action, h.At
	}
	r.DecidedAt, r.DecidedBy, r.Told = c.Now().UnixNano(), actor, Told(q.Lang, r)
	if err := tx.DecidePunchRequest(ctx, r); err != nil {
		return err
	}
	return c.Audit.Record(ctx, tx, actor, "request."+r.Decision, strconv.FormatInt(q.ID, 10), map[string]any{
		"person": q.Person, "kiosk": q.Kiosk, "entry": *entry, "reason": d.Answer,
	})
}

// approve adds the punch. What the person gave as a reason stands with it; where
// that says too little, who asked for it does.
func (c *Correct) approve(ctx context.Context, actor string, q centraldb.PunchRequestLine, v Values) (int64, error) {
	if q.PersonName == "" {
		return 0, invalid("person", "The person is not on the team.", "Refuse it.")
	}
	reason := q.Reason
	if len([]rune(reason)) < LeastReason {
		reason = "Asked for at the kiosk"
	}
	e := Entry{Person: q.Person, Kiosk: q.Kiosk, Values: v, Reason: reason}
	id, err := c.Add(ctx, actor, e)
	if err != nil && problem.From(err).Detail["field"] == "kiosk" {
		e.Kiosk = "" // it is no more: then the time is the person's, or the organisation's
		id, err = c.Add(ctx, actor, e)
	}
	return id, err
}

func answered(text string) (string, error) {
	text, err := clean("answer", text, MostReason)
	if err != nil {
		return "", err
	}
	if len([]rune(text)) < LeastReason {
		return "", invalid("answer", "Say why.", fmt.Sprintf("At least %d characters; the person reads it at the kiosk.", LeastReason))
	}
	return text, nil
}

// AsAsked gives the values that a request asks for.
func AsAsked(q centraldb.PunchRequest) Values {
	at := time.Unix(0, q.Claim).In(zoneNamed(q.Zone))
	return Values{Action: q.Action, Day: at.Format(time.DateOnly), Clock: at.Format(time.TimeOnly), Project: q.Project}
}
