package team

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Store is the tables. Update runs f in one write transaction.
type Store interface {
	Update(ctx context.Context, f func(*centraldb.Tx) error) error
}

// Auditor writes a row of the audit log in the transaction of what it tells of.
type Auditor interface {
	Record(ctx context.Context, tx *centraldb.Tx, actor, action, subject string, detail any) error
}

// Rosters brings kiosks' rosters up to date after a commit.
type Rosters interface {
	Refresh(ctx context.Context, kiosks ...string) error
	RefreshAll(ctx context.Context) error
}

// Config is what Team works with. Now and Random may be nil for the system's.
// Wake is called after PINs have changed, RefreshAll after an import, to bring all
// rosters up to date behind the caller's back; neither may block, both may be nil.
type Config struct {
	Store      Store
	Book       *Book
	Audit      Auditor
	Rosters    Rosters
	Wake       func()
	RefreshAll func()
	Now        func() time.Time
	Random     io.Reader
	Log        *slog.Logger
}

// Team administers people, assignments and PINs.
type Team struct {
	store   Store
	book    *Book
	audit   Auditor
	rosters Rosters
	wake    func()
	later   func()
	now     func() time.Time
	random  io.Reader
	log     *slog.Logger
}

// New gives a Team.
func New(c Config) *Team {
	t := &Team{
		store: c.Store, book: c.Book, audit: c.Audit, rosters: c.Rosters, wake: c.Wake, later: c.RefreshAll,
		now: c.Now, random: c.Random, log: c.Log,
	}
	if t.now == nil {
		t.now = time.Now
	}
	if t.random == nil {
		t.random = rand.Reader
	}
	if t.wake == nil {
		t.wake = func() {}
	}
	if t.log == nil {
		t.log = slog.New(slog.DiscardHandler)
	}
	return t
}

// Issued is a PIN that was just made or replaced. It is shown this once.
type Issued struct {
	Kind    pin.Kind
	Subject string // a person's or a kiosk's id
	PIN     pin.PIN
	Forced  bool // a rule required it; nobody asked for it
}

// NewPerson is what is typed to create somebody.
type NewPerson struct {
	Name    string
	StaffNo string
	Team    string
	Role    attendance.Role // empty: regular
	Lang    string
}

// change collects what a transaction did, for what follows its commit.
type change struct {
	issued []Issued
	kiosks []string // whose roster is affected
	all    bool     // all are
	later  bool     // all are, and the caller does not wait for it
}

// Create makes a person with a personal PIN. The PIN is the first of the issued;
// more follow where the growth of a kiosk forced new Universal PINs.
// Errors: problem.Invalid, problem.Conflict (staff number, no free PIN).
func (t *Team) Create(ctx context.Context, actor string, n NewPerson) (attendance.Person, []Issued, error) {
	p := attendance.Person{
		Name: tidy(n.Name), StaffNo: tidy(n.StaffNo), Team: tidy(n.Team),
		Role: n.Role, Lang: strings.TrimSpace(n.Lang), Active: true,
	}
	if p.Role == "" {
		p.Role = attendance.Regular
	}
	if err := validate(p); err != nil {
		return p, nil, err
	}
	var err error
	if p.ID, err = t.newPersonID(); err != nil {
		return p, nil, err
	}
	issued, err := t.update(ctx, func(tx *centraldb.Tx, digits int, c *change) error {
		if err := tx.AddPeople(ctx, []attendance.Person{p}, t.now().UnixNano()); err != nil {
			return err
		}
		if err := t.issuePersonal(ctx, tx, c, p, digits, false); err != nil {
			return err
		}
		if err := t.joined(ctx, tx, c, p, nil, digits); err != nil {
			return err
		}
		return t.audit.Record(ctx, tx, actor, "person.create", p.ID, map[string]any{"name": p.Name, "role": p.Role})
	})
	return p, issued, err
}

// Edit changes what is known of a person, as they are when it is their turn: what
// somebody else has changed meanwhile stays. It may be called more than once; an error of
// it leaves everything as it was. A change of role, team
// or back from the archive runs the PIN rules again; where the PIN breaks one, a
// new one is issued. Archiving erases the PIN. Errors as of Create, and
// problem.NotFound.
func (t *Team) Edit(ctx context.Context, actor, id string, edit func(p *attendance.Person) error) ([]Issued, error) {
	return t.update(ctx, func(tx *centraldb.Tx, digits int, c *change) error {
		before, err := tx.Person(ctx, id)
		if err != nil {
			return err
		}
		p := before
		if err := edit(&p); err != nil {
			return err
		}
		p.ID, p.Name, p.StaffNo, p.Team = id, tidy(p.Name), tidy(p.StaffNo), tidy(p.Team)
		if err := validate(p); err != nil {
			return err
		}
		if err := t.replace(ctx, tx, c, before, p, digits); err != nil {
			return err
		}
		return t.audit.Record(ctx, tx, actor, "person.edit", p.ID, map[string]any{"before": before, "after": p})
	})
}

// Restore brings an archived person back as they were, with a new PIN.
// problem.NotFound, problem.Conflict where they are not archived.
func (t *Team) Restore(ctx context.Context, actor, id string) ([]Issued, error) {
	return t.update(ctx, func(tx *centraldb.Tx, digits int, c *change) error {
		before, err := tx.Person(ctx, id)
		if err != nil {
			return err
		}
		if before.Active {
			return problem.New(problem.Conflict, "This person is not archived.", "There is nothing to undo.")
		}
		back := before
		back.Active = true
		if err := t.replace(ctx, tx, c, before, back, digits); err != nil {
			return err
		}
		return t.audit.Record(ctx, tx, actor, "person.restore", id, nil)
	})
}

// replace writes p over before and makes the PIN rules true again.
func (t *Team) replace(ctx context.Context, tx *centraldb.Tx, c *change, before, p attendance.Person, digits int) error {
	had, err := tx.KiosksOf(ctx, p.ID)
	if err != nil {
		return err
	}
	if !before.Active {
		had = nil
	}
	if err := tx.EnsureTeam(ctx, p.Team, t.now().UnixNano()); err != nil {
		return err
	}
	if err := tx.SetPerson(ctx, p); err != nil {
		return err
	}
	if err := t.recheck(ctx, tx, c, p, digits); err != nil {
		return err
	}
	c.all = c.all || before.Role.Privileged()
	return t.joined(ctx, tx, c, p, had, digits)
}

// Archive takes a person out of every roster and erases the PIN; what was
// recorded stays. An open shift ends as unresolved: nobody knows when it was.
// problem.NotFound.
func (t *Team) Archive(ctx context.Context, actor, id string) error {
	_, err := t.update(ctx, func(tx *centraldb.Tx, _ int, c *change) error {
		p, err := tx.Person(ctx, id)
		if err != nil {
			return err
		}
		p.Active = false
		if err := tx.SetPerson(ctx, p); err != nil {
			return err
		}
		if err := t.erase(ctx, tx, id); err != nil {
			return err
		}
		c.all = c.all || p.Role.Privileged()
		if c.kiosks, err = tx.KiosksOf(ctx, id); err != nil {
			return err
		}
		detail, err := t.leaveShift(ctx, tx, actor, p)
		if err != nil {
			return err
		}
		if err := t.audit.Record(ctx, tx, actor, "person.archive", id, detail); err != nil {
			return err
		}
		return t.lockOut(ctx, tx, actor, id)
	})
	return err
}

// leaveShift ends an open shift of somebody who leaves, and gives what the audit log
// says of it.
func (t *Team) leaveShift(ctx context.Context, tx *centraldb.Tx, actor string, p attendance.Person) (detail any, err error) {
	zone := p.Zone
	if zone == "" {
		if zone, err = tx.Meta(ctx, "zone"); err != nil {
			return nil, err
		}
	}
	open, err := tx.EndUnresolved(ctx, centraldb.Correction{
		Person: p.ID, MadeAt: t.now().UnixNano(), MadeBy: actor, Reason: "Archived during a shift: nobody knows when it ended.", Zone: zone,
	})
	if err != nil || !open {
		return nil, err
	}
	return map[string]any{"unresolved": true}, nil
}

// lockOut closes the account of somebody who has left.
func (t *Team) lockOut(ctx context.Context, tx *centraldb.Tx, actor, person string) error {
	email, err := tx.LoginOf(ctx, person)
	if err != nil || email == "" {
		return err
	}
	l, err := tx.Login(ctx, email)
	if err != nil || l.Role == attendance.Owner {
		return err
	}
	if err := tx.CloseLogin(ctx, l, t.now().UnixNano()); err != nil {
		return err
	}
	return t.audit.Record(ctx, tx, actor, "account.close", email, map[string]any{"person": person})
}

// update runs f in a transaction and, once it has been committed, what follows:
// rosters and hashes. digits is the organisation's PIN length, as of the transaction.
func (t *Team) update(ctx context.Context, f func(tx *centraldb.Tx, digits int, c *change) error) ([]Issued, error) {
	var c change
	err := t.store.Update(ctx, func(tx *centraldb.Tx) error {
		c = change{}
		length, err := tx.PINLength(ctx)
		if err != nil {
			return err
		}
		return f(tx, length.Digits, &c)
	})
	if err != nil {
		return nil, err
	}
	t.follow(ctx, c)
	return c.issued, nil
}

// follow does what comes after a commit. The change stands whatever happens
// here, so a failure is logged: the next refresh makes up for it.
func (t *Team) follow(ctx context.Context, c change) {
	if len(c.issued) > 0 || c.later {
		t.wake()
	}
	ctx = context.WithoutCancel(ctx) // the caller may have gone; the kiosks have not
	var err error
	switch {
	case c.later && t.later != nil:
		t.later()
	case c.all || c.later:
		err = t.rosters.RefreshAll(ctx)
	case len(c.kiosks) > 0:
		err = t.rosters.Refresh(ctx, unique(c.kiosks)...)
	}
	if err != nil {
		t.log.Error("refresh rosters", "kiosks", len(c.kiosks), "all", c.all, "err", err)
	}
}

func unique(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz" // Crockford's, lower case

func (t *Team) newPersonID() (string, error) {
	b := make([]byte, 10)
	if _, err := io.ReadFull(t.random, b); err != nil {
		return "", fmt.Errorf("draw id: %w", err)
	}
	for i := range b {
		b[i] = idAlphabet[b[i]%32]
	}
	return "p-" + string(b), nil
}
