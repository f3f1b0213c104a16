package export

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Store is the tables. Update runs f in one write transaction.
type Store interface {
	Update(ctx context.Context, f func(*centraldb.Tx) error) error
	UsedPINs(ctx context.Context, kiosk string) (map[string]bool, error)
}

// Book opens the PINs of the table; problem.Damaged where one can't be read.
type Book interface {
	Open(row centraldb.PIN) (pin.PIN, error)
}

// Auditor writes a row of the audit log in the transaction of what it tells of.
type Auditor interface {
	Record(ctx context.Context, tx *centraldb.Tx, actor, action, subject string, detail any) error
}

// Config is what an Export works with. Now may be nil for the system's clock.
type Config struct {
	Store  Store
	People PersonStore
	Book   Book
	Audit  Auditor
	Now    func() time.Time
}

// Export hands out lists.
type Export struct{ Config }

// New gives an Export.
func New(c Config) *Export {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Export{c}
}

// Order asks for the assignees of a kiosk.
type Order struct {
	Actor      string
	Role       attendance.Role // the actor's
	Kiosk      string
	Reason     string
	Format     Format
	StatusOnly bool // no PINs are asked for
}

// The bounds of a reason, in characters, and how many lists with PINs one actor
// gets within the window.
const (
	LeastReason = 10
	MostReason  = 200
	most        = 5
	window      = time.Hour
)

// Assignees gives the list. When it returns one with PINs, that has been audited
// and the owners are to be told, whatever becomes of the list. Errors:
// problem.NotFound (kiosk), problem.Invalid with the detail "field" (reason,
// format), problem.Conflict (slips, where the export is off), problem.Forbidden, problem.Limited with "retry_after_s".
func (e *Export) Assignees(ctx context.Context, o Order) (List, error) {
	o.Reason = strings.TrimSpace(o.Reason)
	if err := o.check(); err != nil {
		return List{}, err
	}
	var l List
	var people []centraldb.Assignee
	var refused error
	err := e.Store.Update(ctx, func(tx *centraldb.Tx) error {
		k, err := tx.Kiosk(ctx, o.Kiosk)
		if err != nil {
			return err
		}
		settings, err := tx.Settings(ctx)
		if err != nil {
			return err
		}
		l = List{Kiosk: k.Kiosk, PINs: !settings.ExportOff && !o.StatusOnly, At: e.Now()}
		if o.Format == Slips && !l.PINs {
			return errNoSlips()
		}
		if people, err = tx.Assignees(ctx, o.Kiosk); err != nil {
			return err
		}
		if !l.PINs {
			return e.Audit.Record(ctx, tx, o.Actor, "pins.status", o.Kiosk, o.detail(len(people)))
		}
		if refused, err = e.charge(ctx, tx, o.Actor); err != nil || refused != nil {
			return err
		}
		if err := e.Audit.Record(ctx, tx, o.Actor, "pins.export", o.Kiosk, o.detail(len(people))); err != nil {
			return err
		}
		return tx.AddNotice(ctx, o.notice(l, len(people)))
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return List{}, err
	}
	return l, e.fill(ctx, &l, o, people)
}

func (o Order) check() error {
	if o.Role != attendance.Owner && o.Role != attendance.Admin {
		return problem.New(problem.Forbidden, "Your role does not allow this.", "Ask an owner.")
	}
	if o.Format != CSV && o.Format != XLSX && o.Format != Slips {
		return problem.New(problem.Invalid, "There is no such format.", "Choose CSV, Excel or slips.").With("field", "format")
	}
	n := utf8.RuneCountInString(o.Reason)
	if n < LeastReason || n > MostReason || !utf8.ValidString(o.Reason) || strings.ContainsFunc(o.Reason, unicode.IsControl) {
		return problem.New(problem.Invalid, "Say why, in 10 to 200 characters.", "Such as: new starters in the bakery.").With("field", "reason")
	}
	return nil
}

func errNoSlips() error {
	return problem.New(problem.Conflict, "There are no slips without PINs.", "Choose CSV or Excel: the file says how each PIN is.").With("field", "format")
}

func (o Order) detail(people int) map[string]any {
	return map[string]any{"format": o.Format, "reason": o.Reason, "people": people}
}

func (o Order) notice(l List, people int) centraldb.Notice {
	return centraldb.Notice{
		At: l.At.UnixNano(), Kind: "pins.exported", Audience: centraldb.ToOwners,
		Title: "PINs at " + l.Kiosk.Name + " were exported",
		Body: fmt.Sprintf("%s exported the assignees of %s with their PINs (%s, people: %d).\nReason given: %s\n\n"+
			"If you did not expect this, ask them, and give the people new PINs.", o.Actor, l.Kiosk.Name, o.Format.word(), people, o.Reason),
		Path: "/audit",
	}
}

// charge counts a list against its actor: each of the most within the window has
// a place of its own, which its age sets free.
func (e *Export) charge(ctx context.Context, tx *centraldb.Tx, actor string) (refused, err error) {
	now := e.Now()
	first := now
	for n := range most {
		bucket := "export:" + actor + ":" + strconv.Itoa(n)
		had, err := tx.Failures(ctx, bucket)
		if err != nil {
			return nil, err
		}
		at := time.Unix(0, had.LastAt)
		if had.Count == 0 || now.Sub(at) >= window {
			return nil, tx.SetFailures(ctx, bucket, centraldb.Failures{Count: 1, LastAt: now.UnixNano()})
		}
		if at.Before(first) {
			first = at
		}
	}
	left := first.Add(window).Sub(now)
	return problem.New(problem.Limited, "PINs were exported five times within an hour.",
		fmt.Sprintf("Try again in %d min.", int(math.Ceil(left.Minutes())))).
		With("retry_after_s", int(math.Ceil(left.Seconds()))), nil
}

func (e *Export) fill(ctx context.Context, l *List, o Order, people []centraldb.Assignee) error {
	used, err := e.Store.UsedPINs(ctx, o.Kiosk)
	if err != nil {
		return err
	}
	l.Lines = make([]Line, len(people))
	for i, a := range people {
		l.Lines[i] = e.line(a, used[a.ID], l.PINs && (a.Role != attendance.Owner || o.Role == attendance.Owner))
	}
	return nil
}

func (e *Export) line(a centraldb.Assignee, used, open bool) Line {
	l := Line{Person: a.Person, Status: Set, ChangedAt: time.Unix(0, a.PIN.ChangedAt)}
	switch {
	case a.PIN.Len == 0:
		l.Status, l.ChangedAt = None, time.Time{}
		return l
	case a.Locked:
		l.Status = Locked
	case !used:
		l.Status = NeverUsed
	}
	if !open {
		return l
	}
	p, err := e.Book.Open(a.PIN)
	if err != nil { // the others' PINs are still good: this line says so
		l.Status = Unreadable
		return l
	}
	l.PIN = p
	return l
}
