package settings

import (
	"context"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, f func(tx *centraldb.Tx) error) error
}

// Audit writes the audit log.
type Audit interface {
	Record(ctx context.Context, tx *centraldb.Tx, actor, action, subject string, detail any) error
}

// Config is what Settings stands on. Kiosks is called after a change was committed
// that all kiosks have to hear of: the organisation's name, its rule about breaks,
// how touchscreens look.
type Config struct {
	Store  Store
	Audit  Audit
	Now    func() time.Time
	Kiosks func(ctx context.Context)
}

// Settings changes what holds for the whole organisation.
type Settings struct{ Config }

// New gives Settings. Now and Kiosks may be nil.
func New(c Config) *Settings {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Kiosks == nil {
		c.Kiosks = func(context.Context) {}
	}
	return &Settings{c}
}

// Change names what shall be different; nil stays as it is.
type Change struct {
	Name         *string
	Zone         *string // IANA
	ExportOff    *bool
	RetainMonths *int    // 0: for ever
	SealedUntil  *string // 2006-01-02, or empty
	Break        *wire.BreakRule
	Look         *wire.Look
	MailRequests *bool
	// Confirmed: whoever asks knows that an earlier SealedUntil opens days again.
	Confirmed bool
}

// state is everything that a Change can touch.
type state struct {
	name, zone string
	centraldb.Settings
}

// Change writes what c names. Errors: problem.Invalid with the detail "field";
// problem.Conflict with the detail "confirm" where days would be opened again and
// c does not say that this is meant.
func (s *Settings) Change(ctx context.Context, actor string, c Change) error {
	heard := false
	err := s.Store.Update(ctx, func(tx *centraldb.Tx) error {
		before, err := read(ctx, tx)
		if err != nil {
			return err
		}
		after, err := c.apply(before)
		if err == nil {
			err = s.check(before, after, c.Confirmed)
		}
		if err != nil {
			return err
		}
		detail := differences(before, after)
		if len(detail) == 0 {
			return nil
		}
		heard = before.name != after.name || before.Break != after.Break || before.Look != after.Look
		if err := write(ctx, tx, after); err != nil {
			return err
		}
		if err := s.Audit.Record(ctx, tx, actor, "settings.edit", "", detail); err != nil {
			return err
		}
		return s.tell(ctx, tx, actor, before, after)
	})
	if err == nil && heard {
		s.Kiosks(context.WithoutCancel(ctx))
	}
	return err
}

func read(ctx context.Context, tx *centraldb.Tx) (state, error) {
	var s state
	var err error
	if s.Settings, err = tx.Settings(ctx); err != nil {
		return s, err
	}
	if s.name, err = tx.Meta(ctx, "name"); err != nil {
		return s, err
	}
	s.zone, err = tx.Meta(ctx, "zone")
	return s, err
}

func write(ctx context.Context, tx *centraldb.Tx, s state) error {
	if err := tx.SetSettings(ctx, s.Settings); err != nil {
		return err
	}
	if err := tx.SetMeta(ctx, "name", s.name); err != nil {
		return err
	}
	return tx.SetMeta(ctx, "zone", s.zone)
}

// tell lets the owners know where PINs can be exported that could not.
func (s *Settings) tell(ctx context.Context, tx *centraldb.Tx, actor string, before, after state) error {
	if !before.ExportOff || after.ExportOff {
		return nil
	}
	return tx.AddNotice(ctx, centraldb.Notice{
		At: s.Now().UnixNano(), Kind: "settings.export", Audience: centraldb.ToOwners,
		Title: "PINs can be exported again",
		Body:  actor + " has turned the export of PINs on for owners and admins.\n\nIf you did not expect this, ask them.",
		Path:  "/settings",
	})
}

func invalid(field, message, hint string) *problem.Error {
	return problem.New(problem.Invalid, message, hint).With("field", field)
}
