package commands

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// Store is the tables. Update runs f in one write transaction.
type Store interface {
	Update(ctx context.Context, f func(*centraldb.Tx) error) error
	OpenCommands(ctx context.Context, kiosk string) ([]centraldb.Command, error)
	OverdueCommands(ctx context.Context, now, lost int64) ([]centraldb.Command, error)
}

// Auditor writes a row of the audit log in the transaction of what it tells of.
type Auditor interface {
	Record(ctx context.Context, tx *centraldb.Tx, actor, action, subject string, detail any) error
}

// Publisher sends a message to its kiosk. A nil error promises nothing about the
// other side; a lost push comes again with the kiosk's next hello.
type Publisher interface {
	Publish(ctx context.Context, m wire.Message) error
}

// Config is what Commands stand on. All fields are needed.
type Config struct {
	Org       string
	Store     Store
	Audit     Auditor
	Signer    *wire.Signer
	NewID     func() string // gives message ids
	Publisher Publisher
	Now       func() time.Time
	Log       *slog.Logger
}

// Commands tells kiosks what to do.
type Commands struct{ Config }

// New gives Commands.
func New(c Config) *Commands { return &Commands{c} }

// Lifetime is how long a command waits for its kiosk.
const Lifetime = 24 * time.Hour

// pushTimeout bounds how long a push may hold up who asked.
const pushTimeout = 5 * time.Second

// Order is what somebody wants of a kiosk.
type Order struct {
	Kiosk   string
	Verb    string // one of wire's
	Text    string // of message: at most wire.MaxShown letters; "" takes the one that is shown off
	Minutes int    // of message: how long it is shown; 0: DefaultMinutes
}

// DefaultMinutes is how long a message is shown where nobody says so.
const DefaultMinutes = 60

// Verbs lists what can be asked for with Ask; wire.VerbWipe has Wipe.
func Verbs() []string {
	return []string{wire.VerbSync, wire.VerbRefetch, wire.VerbRestart, wire.VerbRestartScreen, wire.VerbMessage, wire.VerbIdentify, wire.VerbDiagnostics}
}

// Ask tells a kiosk to do something and gives the command. Errors: problem.Invalid
// with the detail "field" (verb, text, minutes), problem.NotFound, problem.Conflict
// where no machine is enrolled or wire.MaxCommands wait for it.
func (c *Commands) Ask(ctx context.Context, actor string, o Order) (centraldb.Command, error) {
	row, err := c.checked(o)
	if err != nil {
		return row, err
	}
	row.ExpiresAt = c.Now().Add(Lifetime).UnixNano()
	return c.ask(ctx, actor, row, nil)
}

// ask stores a command whose kiosk may has nothing against, and pushes it.
func (c *Commands) ask(ctx context.Context, actor string, row centraldb.Command, may func(context.Context, *centraldb.Tx, centraldb.Kiosk) error) (centraldb.Command, error) {
	err := c.Store.Update(ctx, func(tx *centraldb.Tx) error {
		k, err := tx.Kiosk(ctx, row.Kiosk)
		if err != nil {
			return err
		}
		if k.Status != centraldb.KioskEnrolled {
			return problem.New(problem.Conflict, "No machine is set up as this kiosk.", "Set one up with a code first.")
		}
		if may != nil {
			if err := may(ctx, tx, k); err != nil {
				return err
			}
		}
		open, err := tx.OpenCommands(ctx, k.ID)
		if err != nil {
			return err
		}
		if len(open) >= wire.MaxCommands {
			return problem.New(problem.Conflict, fmt.Sprintf("%d commands wait for this kiosk already.", len(open)), "Wait until it connects, or take some of them back.")
		}
		row.RecordKey, row.AskedAt, row.AskedBy = k.RecordKey, c.Now().UnixNano(), actor
		if row, err = tx.AddCommand(ctx, row); err != nil {
			return err
		}
		return c.Audit.Record(ctx, tx, actor, "kiosk.command", k.ID, detailOf(row))
	})
	if err == nil {
		c.push(ctx, row.Kiosk)
	}
	return row, err
}

// Cancel takes a command back that has not begun, as far as is known here: the kiosk
// may have begun it in this very moment. Errors: problem.NotFound, problem.Conflict.
func (c *Commands) Cancel(ctx context.Context, actor, kiosk string, n uint64) error {
	err := c.Store.Update(ctx, func(tx *centraldb.Tx) error {
		row, err := tx.Command(ctx, kiosk, n)
		if err != nil {
			return err
		}
		switch {
		case row.EndedAt != 0:
			return problem.New(problem.Conflict, "This command is over.", "There is nothing left to take back.")
		case row.BegunAt != 0:
			return problem.New(problem.Conflict, "The kiosk has begun with this command.", "It can't be taken back any more.")
		}
		row.Ended, row.EndedAt = centraldb.CommandCancelled, c.Now().UnixNano()
		if err := tx.MoveCommand(ctx, row); err != nil {
			return err
		}
		return c.Audit.Record(ctx, tx, actor, "kiosk.command.cancel", kiosk, detailOf(row))
	})
	if err == nil {
		c.push(ctx, kiosk)
	}
	return err
}

// detailOf gives what the audit log says of a command.
func detailOf(row centraldb.Command) map[string]any {
	d := map[string]any{"command": row.N, "verb": row.Verb}
	if row.Text != "" {
		d["text"] = row.Text
	}
	if row.Force {
		d["force"] = true
	}
	if row.Ended != "" {
		d["ended"] = row.Ended
	}
	if row.Said != "" {
		d["said"] = row.Said
	}
	return d
}

// checked gives an order as a row.
func (c *Commands) checked(o Order) (centraldb.Command, error) {
	row := centraldb.Command{Kiosk: o.Kiosk, Verb: o.Verb}
	switch {
	case !slices.Contains(Verbs(), o.Verb):
		return row, invalid("verb", "That is no command.", "Choose one of the list.")
	case o.Verb != wire.VerbMessage && o.Text != "":
		return row, invalid("text", "Only a message has a text.", "Leave it out.")
	case o.Verb != wire.VerbMessage && o.Minutes != 0:
		return row, invalid("minutes", "Only a message is shown for a time.", "Leave it out.")
	case o.Verb != wire.VerbMessage || strings.TrimSpace(o.Text) == "" && o.Minutes == 0:
		return row, nil
	case o.Minutes < 0 || o.Minutes > wire.MaxShownMinutes:
		return row, invalid("minutes", "A message is shown for 1 to 1440 minutes, which is a day.", "For longer, post it under Messages.")
	}
	text, ok := wire.Shown(o.Text)
	if !ok {
		return row, invalid("text", fmt.Sprintf("A message has 1 to %d letters.", wire.MaxShown), "Say it in fewer words.")
	}
	row.Text, row.Minutes = text, cmp.Or(o.Minutes, DefaultMinutes)
	return row, nil
}

func invalid(field, message, hint string) error {
	return problem.New(problem.Invalid, message, hint).With("field", field)
}

// push tells a kiosk that is connected what waits for it.
func (c *Commands) push(ctx context.Context, kiosk string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pushTimeout)
	defer cancel()
	if err := c.tryPush(ctx, kiosk); err != nil {
		c.Log.Warn("commands not pushed, the kiosk will hear of them", "kiosk", kiosk, "err", err)
	}
}

func (c *Commands) tryPush(ctx context.Context, kiosk string) error {
	open, err := c.Store.OpenCommands(ctx, kiosk)
	if err != nil {
		return err
	}
	t := wire.Topic{Org: c.Org, Kiosk: kiosk, Channel: wire.DownPush}
	m, err := c.Signer.Seal(t, wire.TypeCommands, c.NewID(), "", wire.Commands{List: waiting(open, c.Now().UnixNano())})
	if err != nil {
		return fmt.Errorf("seal commands for %s: %w", kiosk, err)
	}
	return c.Publisher.Publish(ctx, m)
}

// waiting gives those of open commands that a kiosk is to be told of.
func waiting(open []centraldb.Command, now int64) []wire.Command {
	var out []wire.Command
	for _, c := range open {
		if c.BegunAt == 0 && (c.ExpiresAt == 0 || c.ExpiresAt > now) {
			out = append(out, wire.Command{Gen: c.Gen, N: c.N, Verb: c.Verb, Text: c.Text, Minutes: c.Minutes, Force: c.Force})
		}
	}
	return out
}
