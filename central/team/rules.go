package team

import (
	"context"
	"slices"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// others asks the rules' questions of tx. A failing database ends in *failed:
// the caller looks at it before it believes the rules' answer.
func (t *Team) others(ctx context.Context, tx *centraldb.Tx, subject string, failed *error) pin.Others {
	in := func(s centraldb.Scope) func(pin.PIN) bool {
		return func(p pin.PIN) bool {
			ok, err := tx.HasTag(ctx, s, subject, t.book.Tag(p))
			if err != nil {
				*failed = err
			}
			return ok
		}
	}
	return pin.Others{
		Privileged:        in(centraldb.ScopePrivileged),
		Regular:           in(centraldb.ScopeRegular),
		Universal:         in(centraldb.ScopeUniversal),
		UniversalAssigned: in(centraldb.ScopeUniversalAssigned),
		RegularAssigned:   in(centraldb.ScopeRegularAssigned),
	}
}

func (t *Team) checkPersonal(ctx context.Context, tx *centraldb.Tx, who attendance.Person, p pin.PIN) error {
	var failed error
	err := pin.CheckPersonal(p, who.Role.Privileged(), t.others(ctx, tx, who.ID, &failed))
	if failed != nil {
		return failed
	}
	return err
}

func (t *Team) checkUniversal(ctx context.Context, tx *centraldb.Tx, kiosk string, p pin.PIN) error {
	var failed error
	err := pin.CheckUniversal(p, t.others(ctx, tx, kiosk, &failed))
	if failed != nil {
		return failed
	}
	return err
}

// personalScopes says whose PINs a person's new one must not equal: P4, P5, P10.
func personalScopes(privileged bool) []centraldb.Scope {
	if privileged {
		return []centraldb.Scope{centraldb.ScopePrivileged, centraldb.ScopeRegular, centraldb.ScopeUniversal}
	}
	return []centraldb.Scope{centraldb.ScopePrivileged, centraldb.ScopeUniversalAssigned}
}

// universalScopes says the same for a kiosk: P3, P5, P10.
func universalScopes() []centraldb.Scope {
	return []centraldb.Scope{centraldb.ScopeUniversal, centraldb.ScopePrivileged, centraldb.ScopeRegularAssigned}
}

// generate draws a PIN of n digits that nobody in the scopes has. Where too few
// are free, longer says whether two digits more may be used.
func (t *Team) generate(ctx context.Context, tx *centraldb.Tx, subject string, n int, longer bool, scopes []centraldb.Scope) (pin.PIN, error) {
	taken, err := t.taken(ctx, tx, subject, n, scopes)
	if err != nil {
		return pin.PIN{}, err
	}
	p, err := t.draw(n, taken)
	if problem.Is(err, problem.Conflict) && longer && n+2 <= pin.MaxLen {
		return t.generate(ctx, tx, subject, n+2, false, scopes)
	}
	return p, err
}

// taken gives the tags of all PINs of n digits in the scopes.
func (t *Team) taken(ctx context.Context, tx *centraldb.Tx, subject string, n int, scopes []centraldb.Scope) (map[string]bool, error) {
	set := map[string]bool{}
	for _, s := range scopes {
		tags, err := tx.Tags(ctx, s, subject, n)
		if err != nil {
			return nil, err
		}
		for _, tag := range tags {
			set[tag] = true
		}
	}
	return set, nil
}

// repeated is how many PINs of any one length P6 forbids.
const repeated = 10

func (t *Team) draw(n int, taken map[string]bool) (pin.PIN, error) {
	free := pin.Space(n) - repeated - len(taken)
	return pin.Generate(t.random, n, free, func(p pin.PIN) bool { return taken[string(t.book.Tag(p))] })
}

// put writes p as the subject's next PIN.
func (t *Team) put(ctx context.Context, tx *centraldb.Tx, kind pin.Kind, subject string, p pin.PIN) error {
	had, err := tx.PIN(ctx, kind, subject)
	if err != nil {
		return err
	}
	row, err := t.book.Row(t.random, kind, subject, had.Version+1, p, t.now().UnixNano())
	if err != nil {
		return err
	}
	return tx.SetPIN(ctx, row)
}

// erase leaves nothing of a person's PIN but its version, so that the versions
// of a later one go on from it.
func (t *Team) erase(ctx context.Context, tx *centraldb.Tx, person string) error {
	had, err := tx.PIN(ctx, pin.Personal, person)
	if err != nil || had.Version == 0 {
		return err
	}
	none := []byte{}
	return tx.SetPIN(ctx, centraldb.PIN{
		Kind: pin.Personal, Subject: person, Version: had.Version + 1,
		Sealed: none, Tag: none, Hash: none, ChangedAt: t.now().UnixNano(),
	})
}

// issuePersonal gives a person a new PIN under all rules.
func (t *Team) issuePersonal(ctx context.Context, tx *centraldb.Tx, c *change, who attendance.Person, digits int, forced bool) error {
	privileged := who.Role.Privileged()
	p, err := t.generate(ctx, tx, who.ID, digits, privileged, personalScopes(privileged))
	if err != nil {
		return err
	}
	if err := t.put(ctx, tx, pin.Personal, who.ID, p); err != nil {
		return err
	}
	c.issued = append(c.issued, Issued{Kind: pin.Personal, Subject: who.ID, PIN: p, Forced: forced})
	return t.touched(ctx, tx, c, who)
}

// issueUniversal gives a kiosk a new Universal PIN of n digits under all rules.
func (t *Team) issueUniversal(ctx context.Context, tx *centraldb.Tx, c *change, kiosk string, n int, forced bool) error {
	p, err := t.generate(ctx, tx, kiosk, n, true, universalScopes())
	if err != nil {
		return err
	}
	if err := t.put(ctx, tx, pin.Universal, kiosk, p); err != nil {
		return err
	}
	c.issued = append(c.issued, Issued{Kind: pin.Universal, Subject: kiosk, PIN: p, Forced: forced})
	c.kiosks = append(c.kiosks, kiosk)
	return nil
}

// recheck runs the rules over the PIN a person has, in their new role and team,
// and replaces it where it breaks one or is missing.
func (t *Team) recheck(ctx context.Context, tx *centraldb.Tx, c *change, who attendance.Person, digits int) error {
	if !who.Active {
		return t.erase(ctx, tx, who.ID)
	}
	had, err := tx.PIN(ctx, pin.Personal, who.ID)
	if err != nil {
		return err
	}
	if had.Len > 0 {
		p, err := t.book.Open(had)
		if err != nil {
			return err
		}
		err = t.checkPersonal(ctx, tx, who, p)
		if err == nil || !problem.Is(err, problem.Conflict) {
			return err
		}
	}
	return t.issuePersonal(ctx, tx, c, who, digits, true)
}

// touched notes whose roster a change to a person affects.
func (t *Team) touched(ctx context.Context, tx *centraldb.Tx, c *change, who attendance.Person) error {
	if who.Role.Privileged() {
		c.all = true // owners and admins are in every roster
		return nil
	}
	kiosks, err := tx.KiosksOf(ctx, who.ID)
	c.kiosks = append(c.kiosks, kiosks...)
	return err
}

// joined follows a person who may have come to more kiosks: had are those they
// were assigned to before. A kiosk that this makes a large one gets a longer
// Universal PIN.
func (t *Team) joined(ctx context.Context, tx *centraldb.Tx, c *change, who attendance.Person, had []string, digits int) error {
	now, err := tx.KiosksOf(ctx, who.ID)
	if err != nil {
		return err
	}
	c.all = c.all || who.Role.Privileged()
	c.kiosks = append(append(c.kiosks, had...), now...)
	if !who.Active {
		return nil
	}
	kiosks, err := tx.CountKiosks(ctx)
	if err != nil {
		return err
	}
	for _, k := range now {
		if slices.Contains(had, k) {
			continue
		}
		n, err := tx.CountAssignees(ctx, k)
		if err != nil {
			return err
		}
		if err := t.grown(ctx, tx, c, k, n-1, n, kiosks, digits); err != nil {
			return err
		}
	}
	return nil
}

// grown replaces a Universal PIN that was long enough for before assignees and
// is not for after.
func (t *Team) grown(ctx context.Context, tx *centraldb.Tx, c *change, kiosk string, before, after, kiosks, digits int) error {
	want := pin.UniversalLen(digits, after, kiosks)
	if pin.UniversalLen(digits, before, kiosks) == want {
		return nil
	}
	had, err := tx.PIN(ctx, pin.Universal, kiosk)
	if err != nil || had.Len >= want {
		return err
	}
	return t.issueUniversal(ctx, tx, c, kiosk, want, true)
}
