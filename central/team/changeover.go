package team

import (
	"context"
	"slices"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// MaxRenewal is how many people RenewTeam gives new PINs at once: the slips of
// so many are still cut by one person, and other writers wait for moments.
const MaxRenewal = 200

// Lengths are the digits that an organisation may choose for personal PINs.
func Lengths() []int { return []int{4, 6} }

// ChangeLength decides how many digits every new personal PIN has. People keep
// the PIN they have until RenewTeam gives them another one; kiosks take both
// lengths meanwhile. Universal PINs that are too short for the new length are
// replaced at once and are the issued; longer ones stay. The length that is
// chosen already changes nothing. problem.Invalid.
func (t *Team) ChangeLength(ctx context.Context, actor string, digits int) ([]Issued, error) {
	if !slices.Contains(Lengths(), digits) {
		return nil, problem.New(problem.Invalid, "PINs have 4 or 6 digits.", "Choose one of the two.").With("field", "digits")
	}
	return t.update(ctx, func(tx *centraldb.Tx, before int, c *change) error {
		if before == digits {
			return nil
		}
		if err := tx.SetPINLength(ctx, centraldb.PINLength{Digits: digits, Since: t.now().UnixNano()}); err != nil {
			return err
		}
		if err := t.lengthen(ctx, tx, c, digits); err != nil {
			return err
		}
		return t.audit.Record(ctx, tx, actor, "pins.length", "", map[string]any{"from": before, "to": digits, "universal": len(c.issued)})
	})
}

// lengthen replaces every Universal PIN that is too short for its kiosk.
func (t *Team) lengthen(ctx context.Context, tx *centraldb.Tx, c *change, digits int) error {
	loads, err := tx.Loads(ctx)
	if err != nil {
		return err
	}
	for _, l := range TooShort(loads, digits) {
		if err := t.issueUniversal(ctx, tx, c, l.Kiosk, pin.UniversalLen(digits, l.Assignees, len(loads)), true); err != nil {
			return err
		}
	}
	return nil
}

// TooShort gives those of all kiosks whose Universal PIN is too short where
// personal PINs have so many digits: ChangeLength replaces them.
func TooShort(all []centraldb.Load, digits int) []centraldb.Load {
	return slices.DeleteFunc(slices.Clone(all), func(l centraldb.Load) bool {
		return l.PINLen >= pin.UniversalLen(digits, l.Assignees, len(all))
	})
}

// Renewal is what RenewTeam did.
type Renewal struct {
	People []Imported // with their new PINs, by name
	More   bool       // others of the team still have a PIN of the old length
}

// RenewTeam gives the next people of a team, at most MaxRenewal, a PIN of the
// organisation's length: those whose PIN has another one since the length was
// changed. Everybody of the answer has got theirs, or nobody has. team "" means
// the people without one. Where nobody is left the answer is empty.
func (t *Team) RenewTeam(ctx context.Context, actor, team string) (Renewal, error) {
	var r Renewal
	_, err := t.update(ctx, func(tx *centraldb.Tx, digits int, c *change) error {
		length, err := tx.PINLength(ctx)
		if err != nil {
			return err
		}
		people, err := tx.PeopleDue(ctx, length, team, MaxRenewal+1)
		if err != nil {
			return err
		}
		r = Renewal{More: len(people) > MaxRenewal}
		r.People, err = t.renewAll(ctx, tx, c, actor, people[:min(len(people), MaxRenewal)], digits)
		return err
	})
	if err != nil {
		return Renewal{}, err
	}
	return r, nil
}

func (t *Team) renewAll(ctx context.Context, tx *centraldb.Tx, c *change, actor string, people []attendance.Person, digits int) ([]Imported, error) {
	out := make([]Imported, 0, len(people))
	for _, p := range people {
		if err := t.issuePersonal(ctx, tx, c, p, digits, true); err != nil {
			return nil, err
		}
		out = append(out, Imported{Person: p, PIN: c.issued[len(c.issued)-1].PIN})
		if err := t.audit.Record(ctx, tx, actor, "pin.generate", p.ID, map[string]any{"why": "length"}); err != nil {
			return nil, err
		}
	}
	return out, nil
}
