package team

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// GeneratePIN gives a person a new personal PIN; problem.NotFound, and
// problem.Conflict where the person is archived or no PIN is free.
func (t *Team) GeneratePIN(ctx context.Context, actor, person string) (pin.PIN, error) {
	issued, err := t.update(ctx, func(tx *centraldb.Tx, digits int, c *change) error {
		who, err := tx.Person(ctx, person)
		if err != nil {
			return err
		}
		if !who.Active {
			return errArchived()
		}
		if err := t.issuePersonal(ctx, tx, c, who, digits, false); err != nil {
			return err
		}
		return t.audit.Record(ctx, tx, actor, "pin.generate", person, nil)
	})
	if err != nil {
		return pin.PIN{}, err
	}
	return issued[0].PIN, nil
}

// SetPIN gives a person the typed personal PIN. problem.Conflict says that it
// can't be used, and nothing more; after five of these within an hour the actor
// is refused with problem.Limited. problem.Invalid where it is shorter than the
// organisation's PINs.
func (t *Team) SetPIN(ctx context.Context, actor, person string, typed pin.PIN) error {
	return t.typed(ctx, actor, func(tx *centraldb.Tx, digits int, c *change) error {
		if typed.Len() < digits {
			return errShort(digits)
		}
		who, err := tx.Person(ctx, person)
		if err != nil {
			return err
		}
		if !who.Active {
			return errArchived()
		}
		if err := t.checkPersonal(ctx, tx, who, typed); err != nil {
			return refusedBy(err)
		}
		if err := t.put(ctx, tx, pin.Personal, person, typed); err != nil {
			return err
		}
		c.issued = append(c.issued, Issued{Kind: pin.Personal, Subject: person, PIN: typed})
		if err := t.touched(ctx, tx, c, who); err != nil {
			return err
		}
		return t.audit.Record(ctx, tx, actor, "pin.set", person, nil)
	})
}

// GenerateUniversal gives a kiosk a new Universal PIN, of the length that fits
// its size; problem.NotFound.
func (t *Team) GenerateUniversal(ctx context.Context, actor, kiosk string) (pin.PIN, error) {
	issued, err := t.update(ctx, func(tx *centraldb.Tx, digits int, c *change) error {
		if err := t.issueFitting(ctx, tx, c, kiosk, digits); err != nil {
			return err
		}
		return t.audit.Record(ctx, tx, actor, "universal.generate", kiosk, nil)
	})
	if err != nil {
		return pin.PIN{}, err
	}
	return issued[0].PIN, nil
}

// SetUniversal gives a kiosk the typed Universal PIN; errors as of SetPIN.
func (t *Team) SetUniversal(ctx context.Context, actor, kiosk string, typed pin.PIN) error {
	return t.typed(ctx, actor, func(tx *centraldb.Tx, _ int, c *change) error {
		if _, err := tx.Kiosk(ctx, kiosk); err != nil {
			return err
		}
		if err := t.checkUniversal(ctx, tx, kiosk, typed); err != nil {
			return refusedBy(err)
		}
		if err := t.put(ctx, tx, pin.Universal, kiosk, typed); err != nil {
			return err
		}
		c.issued = append(c.issued, Issued{Kind: pin.Universal, Subject: kiosk, PIN: typed})
		c.kiosks = append(c.kiosks, kiosk)
		return t.audit.Record(ctx, tx, actor, "universal.set", kiosk, nil)
	})
}

// NewUniversal gives a kiosk that was just added in tx its first Universal PIN.
// Where this kiosk makes the organisation a large one, the other kiosks' short
// ones are replaced too. After the commit the caller calls committed.
func (t *Team) NewUniversal(ctx context.Context, tx *centraldb.Tx, kiosk string, digits int) (p pin.PIN, committed func(context.Context), err error) {
	var c change
	if err := t.issueFitting(ctx, tx, &c, kiosk, digits); err != nil {
		return p, nil, err
	}
	if err := t.manyKiosks(ctx, tx, &c, digits); err != nil {
		return p, nil, err
	}
	return c.issued[0].PIN, func(ctx context.Context) { t.follow(ctx, c) }, nil
}

// manyKiosks replaces all short Universal PINs when the newest kiosk has made
// the organisation a large one.
func (t *Team) manyKiosks(ctx context.Context, tx *centraldb.Tx, c *change, digits int) error {
	kiosks, err := tx.CountKiosks(ctx)
	if err != nil || pin.UniversalLen(digits, 0, kiosks) == pin.UniversalLen(digits, 0, kiosks-1) {
		return err
	}
	loads, err := tx.Loads(ctx)
	if err != nil {
		return err
	}
	for _, l := range loads {
		if want := pin.UniversalLen(digits, l.Assignees, kiosks); l.PINLen < want {
			if err := t.issueUniversal(ctx, tx, c, l.Kiosk, want, true); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Team) issueFitting(ctx context.Context, tx *centraldb.Tx, c *change, kiosk string, digits int) error {
	if _, err := tx.Kiosk(ctx, kiosk); err != nil {
		return err
	}
	assignees, err := tx.CountAssignees(ctx, kiosk)
	if err != nil {
		return err
	}
	kiosks, err := tx.CountKiosks(ctx)
	if err != nil {
		return err
	}
	return t.issueUniversal(ctx, tx, c, kiosk, pin.UniversalLen(digits, assignees, kiosks), false)
}

// How many typed PINs may be refused to one actor within refusalWindow of the
// last one: each refusal tells a little about somebody's PIN.
const (
	maxRefusals   = 5
	refusalWindow = time.Hour
)

// refusal marks the answer of the rules to a typed PIN, to be counted.
type refusal struct{ error }

// Unwrap gives the answer.
func (r refusal) Unwrap() error { return r.error }

func refusedBy(err error) error {
	if problem.Is(err, problem.Conflict) {
		return refusal{err}
	}
	return err
}

// typed is update for a change with a typed PIN. A refusal is committed as a
// count against the actor while the change itself is not made: f writes only
// after the rules have agreed.
func (t *Team) typed(ctx context.Context, actor string, f func(tx *centraldb.Tx, digits int, c *change) error) error {
	var refused error
	_, err := t.update(ctx, func(tx *centraldb.Tx, digits int, c *change) error {
		refused = nil
		now := t.now()
		bucket := "pin:" + actor
		had, err := tx.Failures(ctx, bucket)
		if err != nil {
			return err
		}
		if now.Sub(time.Unix(0, had.LastAt)) > refusalWindow {
			had.Count = 0
		}
		if had.Count >= maxRefusals {
			refused = errRefusals(time.Unix(0, had.LastAt).Add(refusalWindow), now)
			return nil
		}
		err = f(tx, digits, c)
		if r, ok := err.(refusal); ok {
			refused = r.error
			return t.countRefusal(ctx, tx, actor, bucket, centraldb.Failures{Count: had.Count + 1, LastAt: now.UnixNano()})
		}
		return err
	})
	if err != nil {
		return err
	}
	return refused
}

func (t *Team) countRefusal(ctx context.Context, tx *centraldb.Tx, actor, bucket string, f centraldb.Failures) error {
	if f.Count == maxRefusals {
		t.log.Warn("too many refused pins", "actor", actor)
		if err := t.audit.Record(ctx, tx, actor, "pin.refusals", actor, map[string]any{"refusals": f.Count}); err != nil {
			return err
		}
		if err := tx.AddNotice(ctx, refusalsNotice(actor, t.now())); err != nil {
			return err
		}
	}
	return tx.SetFailures(ctx, bucket, f)
}

// refusalsNotice tells owners that somebody may be trying out PINs.
func refusalsNotice(actor string, at time.Time) centraldb.Notice {
	return centraldb.Notice{
		At: at.UnixNano(), Kind: "pin.refusals", Audience: centraldb.ToOwners,
		Title: fmt.Sprintf("%d PINs that %s typed were refused", maxRefusals, actor),
		Body: fmt.Sprintf("Each refusal tells a little about somebody else's PIN. For an hour %s can only have PINs generated.\n"+
			"If that was no mistake, close the account and look at the audit log.", actor),
	}
}

// errRefusals says until when no PIN can be typed.
func errRefusals(until, now time.Time) error {
	left := until.Sub(now)
	return problem.New(problem.Limited, "Too many PINs were refused.",
		fmt.Sprintf("Let Timepost generate one, or try again in %d min.", int(math.Ceil(left.Minutes())))).
		With("retry_at", until.UTC().Format(time.RFC3339)).
		With("retry_after_s", int(math.Ceil(left.Seconds())))
}

func errShort(digits int) error {
	return problem.New(problem.Invalid, fmt.Sprintf("A PIN has at least %d digits here.", digits), "Type a longer one, or let Timepost generate it.").
		With("field", "pin")
}

func errArchived() error {
	return problem.New(problem.Conflict, "This person is archived.", "Bring the person back first.")
}
