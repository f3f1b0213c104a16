package device

import (
	"context"
	"fmt"
	"math"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// Undo takes the punch of a ticket back, in one commit: a new record says so, and
// where the person stands is as if it had never been made. See local.Afterwards for
// its errors; after a restart of the daemon every ticket is problem.Expired.
func (t *Terminal) Undo(ctx context.Context, id string) (local.Undone, error) {
	t.punching.Lock()
	defer t.punching.Unlock()
	stamp := t.stamp(ctx)
	tk := t.ticket(id, instantOf(stamp).boot)
	if tk == nil {
		return local.Undone{}, errTooLate()
	}
	if err := t.newestIs(ctx, tk); err != nil {
		return local.Undone{}, err
	}
	err := t.update(ctx, func(tx *devicedb.JournalTx) error {
		_, err := tx.Append(record.Body{Type: record.Void, Stamp: stamp, Person: tk.person.ID, Seq: tk.seq})
		return err
	})
	if err != nil {
		return local.Undone{}, fmt.Errorf("record undo: %w", err)
	}
	t.poke()
	t.log.Info("punch taken back", "person", tk.person.ID, "action", string(tk.action), "seq", tk.seq)
	out := local.Undone{Person: tk.person.Name, Action: tk.action, At: tk.at, State: attendance.StateOut}
	p, err := t.presence(ctx, tk.person.ID)
	if err != nil {
		t.log.Warn("state after undo unknown", "err", err) // it is taken back all the same
		return out, nil
	}
	out.State = p.State
	return out, nil
}

// newestIs refuses a ticket whose punch is not the person's newest any more, or not
// in the journal that is being written: it could not be named there.
func (t *Terminal) newestIs(ctx context.Context, tk *ticket) error {
	at, err := t.place(ctx)
	if err != nil {
		return err
	}
	if at.journal != tk.journal {
		return errTooLate()
	}
	history, err := t.c.Journal.Punches(ctx, tk.person.ID, math.MinInt64)
	if err != nil {
		return err
	}
	if n := len(history); n == 0 || history[n-1].Seq != tk.seq || history[n-1].Journal != tk.journal {
		return problem.New(problem.Conflict, "This is not your last entry any more.", "Look at your hours, or ask your supervisor.")
	}
	return nil
}

func errTooLate() error {
	return problem.New(problem.Expired, "It is too late to take this back.", "Ask your supervisor to correct it.")
}
