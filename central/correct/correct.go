package correct

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
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

// Config is what a Correct works with. Changed is called after a commit with the
// people whom it moved, Answered with those whose requests were decided; neither may
// block. Now, Changed and Answered may be nil.
type Config struct {
	Store    Store
	Audit    Auditor
	Changed  func(people []string)
	Answered func(people []string)
	Now      func() time.Time
}

// Correct puts punches right.
type Correct struct{ Config }

// New gives a Correct.
func New(c Config) *Correct {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Changed == nil {
		c.Changed = func([]string) {}
	}
	if c.Answered == nil {
		c.Answered = func([]string) {}
	}
	return &Correct{c}
}

// Values is what somebody says about an entry. The time is either At, or a day and
// a clock time as they were typed, 2006-01-02 and 15:04 or 15:04:05: those are in
// the entry's zone, which is its kiosk's, else its person's, else the
// organisation's.
type Values struct {
	Action  attendance.Action
	At      time.Time
	Day     string
	Clock   string
	Project string
	Note    string
}

// Entry is a new one, as Add takes it.
type Entry struct {
	Values
	Person string
	Kiosk  string // "": none
	Reason string
}

// Change is what Fix takes. Seen, where it is not nil, is the newest row about the
// entry that whoever decided has seen, 0 for none.
type Change struct {
	Values
	Entry  int64
	Reason string
	Seen   *int64
}

// Add adds an entry that no kiosk recorded and gives its id. Errors:
// problem.Invalid with the detail "field" (person, kiosk, action, day, time,
// project, note, reason), problem.Conflict where the day is sealed.
func (c *Correct) Add(ctx context.Context, actor string, e Entry) (id int64, err error) {
	row := centraldb.Correction{Kind: centraldb.FixAdd, Person: strings.TrimSpace(e.Person), Kiosk: strings.TrimSpace(e.Kiosk)}
	err = c.write(ctx, actor, e.Reason, &row, func(ctx context.Context, tx *centraldb.Tx) error {
		zone, err := c.zoneFor(ctx, tx, row)
		if err != nil {
			return err
		}
		row.Zone = zone.String()
		return c.fill(&row, e.Values, zone)
	})
	return row.Entry, err
}

// Fix gives an entry other values. A void one counts again. Errors as of Add, and
// problem.NotFound, problem.Conflict where somebody else was faster.
func (c *Correct) Fix(ctx context.Context, actor string, f Change) error {
	row := centraldb.Correction{Kind: centraldb.FixCorrect}
	return c.write(ctx, actor, f.Reason, &row, func(ctx context.Context, tx *centraldb.Tx) error {
		before, err := c.before(ctx, tx, f.Entry, f.Seen)
		if err != nil {
			return err
		}
		row.Entry, row.Person, row.Kiosk, row.Zone = f.Entry, before.Person, before.Kiosk, before.Zone
		if err := c.fill(&row, f.Values, zoneNamed(before.Zone)); err != nil {
			return err
		}
		if same(row, before.Correction) && before.Kind != centraldb.FixVoid {
			return invalid("action", "Nothing is different from what holds now.", "Change the time, the action, the project or the note.")
		}
		return nil
	})
}

// Void says that an entry does not count. seen is as of Change. Errors as of Fix.
func (c *Correct) Void(ctx context.Context, actor string, entry int64, reason string, seen *int64) error {
	row := centraldb.Correction{}
	return c.write(ctx, actor, reason, &row, func(ctx context.Context, tx *centraldb.Tx) error {
		before, err := c.before(ctx, tx, entry, seen)
		if err != nil {
			return err
		}
		if before.Kind == centraldb.FixVoid {
			return problem.New(problem.Conflict, "This punch is void already.", "Correct it if it is to count again.")
		}
		row = before.Correction
		row.Kind = centraldb.FixVoid
		return nil
	})
}

// Confirm says that the time that holds of a punch is right, although its kiosk's clock
// does not vouch for it. seen is as of Change. Errors: problem.NotFound,
// problem.Conflict.
func (c *Correct) Confirm(ctx context.Context, actor string, entry int64, seen *int64) error {
	return c.Store.Update(ctx, func(tx *centraldb.Tx) error {
		h, err := c.before(ctx, tx, entry, seen)
		if err != nil {
			return err
		}
		if err := tx.Confirm(ctx, entry, c.Now().UnixNano(), actor); err != nil {
			return err
		}
		return c.Audit.Record(ctx, tx, actor, "punch.confirm", fmt.Sprint(entry), map[string]any{
			"person": h.Person, "kiosk": h.Kiosk, "at": time.Unix(0, h.At).UTC().Format(time.RFC3339),
		})
	})
}

// before reads what holds of an entry that may be changed.
func (c *Correct) before(ctx context.Context, tx *centraldb.Tx, entry int64, seen *int64) (centraldb.Held, error) {
	h, err := tx.Held(ctx, entry)
	if err != nil {
		return h, err
	}
	if seen != nil && *seen != h.ID {
		return h, problem.New(problem.Conflict, "Somebody has corrected this punch meanwhile.", "Look at it again; what you typed is still here.")
	}
	return h, c.open(ctx, tx, h.At)
}

// write makes a row with decide, and does everything that belongs to one.
func (c *Correct) write(ctx context.Context, actor, reason string, row *centraldb.Correction, decide func(context.Context, *centraldb.Tx) error) error {
	reason, err := clean("reason", reason, MostReason)
	if err != nil {
		return err
	}
	if len([]rune(reason)) < LeastReason {
		return invalid("reason", "Say why.", fmt.Sprintf("At least %d characters; the person reads it too.", LeastReason))
	}
	err = c.Store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := decide(ctx, tx); err != nil {
			return err
		}
		var err error
		if row.Project, err = tx.ProjectMeant(ctx, row.Project); err != nil {
			return err
		}
		row.MadeAt, row.MadeBy, row.Reason = c.Now().UnixNano(), actor, reason
		if err := c.open(ctx, tx, row.At); err != nil {
			return err
		}
		if row.Entry, err = tx.AddCorrection(ctx, *row); err != nil {
			return err
		}
		if err := tx.SettlePresence(ctx, row.Person); err != nil {
			return err
		}
		return c.Audit.Record(ctx, tx, actor, "punch."+row.Kind, fmt.Sprint(row.Entry), map[string]any{
			"person": row.Person, "kiosk": row.Kiosk, "action": row.Action, "at": time.Unix(0, row.At).UTC().Format(time.RFC3339), "reason": reason,
		})
	})
	if err == nil {
		c.Changed([]string{row.Person})
	}
	return err
}

// zoneFor checks whom and where a new entry names, and gives the zone of its time.
func (c *Correct) zoneFor(ctx context.Context, tx *centraldb.Tx, row centraldb.Correction) (*time.Location, error) {
	who, err := tx.Person(ctx, row.Person)
	if problem.Is(err, problem.NotFound) {
		return nil, invalid("person", "There is no such person.", "Choose somebody from the team.")
	}
	if err != nil {
		return nil, err
	}
	if row.Kiosk != "" {
		k, err := tx.Kiosk(ctx, row.Kiosk)
		if problem.Is(err, problem.NotFound) {
			return nil, invalid("kiosk", "There is no such kiosk.", "Choose one of the list, or none.")
		}
		if err != nil {
			return nil, err
		}
		return zoneNamed(k.Zone), nil
	}
	if who.Zone != "" {
		return zoneNamed(who.Zone), nil
	}
	return c.zone(ctx, tx)
}

// zone is the organisation's as it is now: an owner can change it while the server
// runs.
func (c *Correct) zone(ctx context.Context, tx *centraldb.Tx) (*time.Location, error) {
	name, err := tx.Meta(ctx, "zone")
	if err != nil {
		return nil, err
	}
	return zoneNamed(name), nil
}

// open refuses what lies in a day that is sealed, by the organisation's calendar.
func (c *Correct) open(ctx context.Context, tx *centraldb.Tx, at int64) error {
	s, err := tx.Settings(ctx)
	if err != nil {
		return err
	}
	zone, err := c.zone(ctx, tx)
	if err != nil || s.SealedUntil == "" || time.Unix(0, at).In(zone).Format(time.DateOnly) > s.SealedUntil {
		return err
	}
	return problem.New(problem.Conflict, "Days up to "+s.SealedUntil+" are sealed.", "Nothing in them can be changed; an owner can move that date in the settings.").
		With("field", "day").With("sealed_until", s.SealedUntil)
}

func zoneNamed(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC // whatever a kiosk called its zone, its punch can be put right
	}
	return zone
}

func same(a, b centraldb.Correction) bool {
	return a.Action == b.Action && a.At == b.At && a.Project == b.Project && a.Note == b.Note
}
