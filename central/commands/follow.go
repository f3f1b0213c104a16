package commands

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// expireEvery is how often is looked for commands that are over.
const expireEvery = time.Minute

// For gives what a kiosk is answered that says hello with key and has begun
// everything up to mark. What it was told before and has begun is not given again,
// even where the kiosk has forgotten that.
func (c *Commands) For(ctx context.Context, kiosk string, key ed25519.PublicKey, mark wire.CommandMark) ([]wire.Command, error) {
	open, err := c.Store.OpenCommands(ctx, kiosk)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	now := c.Now().UnixNano()
	moved := 0
	for i := range open {
		moved += told(&open[i], mark, now)
	}
	if moved > 0 {
		if err := c.Store.Update(ctx, func(tx *centraldb.Tx) error { return noteTold(ctx, tx, kiosk, mark, now) }); err != nil {
			return nil, err
		}
	}
	mine := open[:0]
	for _, row := range open {
		if bytes.Equal(row.RecordKey, key) {
			mine = append(mine, row)
		}
	}
	return waiting(mine, now), nil
}

// told moves a row that a hello with mark is answered about; 1: it has moved.
func told(row *centraldb.Command, mark wire.CommandMark, now int64) int {
	before := *row
	if row.BegunAt == 0 && mark.Reached(wire.CommandMark{Gen: row.Gen, N: row.N}) {
		row.BegunAt = now
	}
	if row.SentAt == 0 {
		row.SentAt = now
	}
	if before.SentAt != row.SentAt || before.BegunAt != row.BegunAt {
		return 1
	}
	return 0
}

func noteTold(ctx context.Context, tx *centraldb.Tx, kiosk string, mark wire.CommandMark, now int64) error {
	open, err := tx.OpenCommands(ctx, kiosk)
	if err != nil {
		return err
	}
	for _, row := range open {
		if told(&row, mark, now) == 0 {
			continue
		}
		if err := tx.MoveCommand(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// Ended takes in, in tx, that a kiosk recorded how a command went; at is when that
// came in, unix nanoseconds. A kiosk that was taken over can write any number: what
// fits no command is passed, and the words are a kiosk's, one line.
func (c *Commands) Ended(ctx context.Context, tx *centraldb.Tx, kiosk string, at int64, b record.Body) error {
	row, err := tx.Command(ctx, kiosk, b.Command)
	if problem.Is(err, problem.NotFound) {
		c.Log.Warn("result of a command that was never given", "kiosk", kiosk, "number", b.Command)
		return nil
	}
	if err != nil {
		return err
	}
	// What was given up or taken back and ran all the same is told as it was.
	if row.Gen != b.Gen || row.Ended == centraldb.CommandDone || row.Ended == centraldb.CommandFailed {
		return nil
	}
	row.Ended, row.EndedAt, row.Said = centraldb.CommandFailed, at, b.Note
	if b.OK {
		row.Ended = centraldb.CommandDone
	}
	if row.BegunAt == 0 {
		row.BegunAt = at
	}
	if row.SentAt == 0 {
		row.SentAt = row.BegunAt
	}
	if err := tx.MoveCommand(ctx, row); err != nil {
		return err
	}
	if row.Verb == wire.VerbWipe && b.OK {
		if err := wiped(ctx, tx, row); err != nil {
			return err
		}
	}
	return c.Audit.Record(ctx, tx, "kiosk:"+kiosk, "kiosk.command.end", kiosk, detailOf(row))
}

// Run expires what is over from time to time, until ctx ends.
func (c *Commands) Run(ctx context.Context) error {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	for {
		if err := c.Expire(ctx); err != nil && ctx.Err() == nil {
			c.Log.Error("commands not expired", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Expire ends the commands that nothing can come of any more.
func (c *Commands) Expire(ctx context.Context) error {
	now := c.Now()
	over, err := c.Store.OverdueCommands(ctx, now.UnixNano(), now.Add(-Lifetime).UnixNano())
	if err != nil || len(over) == 0 {
		return err
	}
	return c.Store.Update(ctx, func(tx *centraldb.Tx) error {
		for _, o := range over {
			if err := c.expire(ctx, tx, o, now.UnixNano()); err != nil {
				return err
			}
		}
		return nil
	})
}

// expire ends one that is open still.
func (c *Commands) expire(ctx context.Context, tx *centraldb.Tx, o centraldb.Command, now int64) error {
	row, err := tx.Command(ctx, o.Kiosk, o.N)
	if err != nil || row.EndedAt != 0 {
		return err
	}
	row.Ended, row.EndedAt, row.Said = centraldb.CommandExpired, now, whyOver(row, now)
	if err := tx.MoveCommand(ctx, row); err != nil {
		return err
	}
	if row.Verb == wire.VerbWipe {
		k, err := tx.Kiosk(ctx, row.Kiosk)
		if err != nil {
			return err
		}
		if err := tx.AddNotice(ctx, lostWipe(k, row)); err != nil {
			return err
		}
	}
	return c.Audit.Record(ctx, tx, "central", "kiosk.command.end", row.Kiosk, detailOf(row))
}

func whyOver(row centraldb.Command, now int64) string {
	switch {
	case row.BegunAt != 0:
		return "It began, and nothing was heard of how it went."
	case row.ExpiresAt != 0 && row.ExpiresAt <= now:
		return "The kiosk was not there for it."
	}
	return "The machine it was for is this kiosk no longer."
}
