package device

import (
	"context"
	"time"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// learnWithin is how long LearnReader waits for a card.
const learnWithin = 30 * time.Second

// SyncNow talks to central at once. See local.Mechanic for its errors.
func (t *Terminal) SyncNow(ctx context.Context, session string) error {
	u, err := t.mechanic(ctx, session, "sync")
	if err != nil {
		return err
	}
	return u.SyncNow(ctx)
}

// Restart ends the daemon after the answer; its keeper starts it again.
func (t *Terminal) Restart(ctx context.Context, session string) error {
	u, err := t.mechanic(ctx, session, "restart")
	if err != nil {
		return err
	}
	u.Restart()
	return nil
}

// LearnReader takes the device that the next card is held to as a badge reader.
func (t *Terminal) LearnReader(ctx context.Context, session string) (local.Reader, error) {
	u, err := t.mechanic(ctx, session, "learn reader")
	if err != nil {
		return local.Reader{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, learnWithin)
	defer cancel()
	return u.LearnReader(ctx)
}

// diagnoseWithin is how long the hand-in of diagnostics may take: who waits stands
// before the screen.
const diagnoseWithin = 30 * time.Second

// Diagnose hands in how this kiosk does.
func (t *Terminal) Diagnose(ctx context.Context, session string) error {
	u, err := t.mechanic(ctx, session, "diagnostics")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, diagnoseWithin)
	defer cancel()
	_, err = u.Diagnostics(ctx, true)
	return err
}

// Diagnostics gives the archive of diagnostics, for a shell on this machine.
func (t *Terminal) Diagnostics(ctx context.Context, send bool) ([]byte, error) {
	if t.c.Upkeep == nil {
		return nil, problem.New(problem.Unavailable, "This can't be done on this machine.", "")
	}
	return t.c.Upkeep.Diagnostics(ctx, send)
}

// Tend says whether a caretaker may have something done that is no business of the
// kiosk's, and notes in the log who wants what.
func (t *Terminal) Tend(ctx context.Context, session, wish string) error {
	s, err := t.caretaker(ctx, session)
	if err != nil {
		return err
	}
	t.log.Info("maintenance", "person", s.person.ID, "wish", wish)
	return nil
}

// mechanic gives the machine to a caretaker.
func (t *Terminal) mechanic(ctx context.Context, session, wish string) (Upkeep, error) {
	if err := t.Tend(ctx, session, wish); err != nil {
		return nil, err
	}
	if t.c.Upkeep == nil {
		return nil, problem.New(problem.Unavailable, "This can't be done on this machine.", "")
	}
	return t.c.Upkeep, nil
}
