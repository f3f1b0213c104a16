package device

import (
	"context"
	"fmt"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
)

// Unresolved ends a shift whose end nobody knows, in one commit, and gives the
// session as it then is: it goes on. No hours are invented. See local.Desk for its
// errors.
func (t *Terminal) Unresolved(ctx context.Context, id string) (local.Session, error) {
	t.punching.Lock()
	defer t.punching.Unlock()
	stamp := t.stamp(ctx)
	now := instantOf(stamp).boot
	s, err := t.take(id, now, false)
	if err != nil {
		return local.Session{}, err
	}
	defer t.putBack(s, now)
	p, err := t.presence(ctx, s.person.ID)
	if err != nil {
		return local.Session{}, err
	}
	if !t.forgotten(p.State, begun(p), stamp) {
		return local.Session{}, problem.New(problem.Conflict, "No clock-out is missing.", "Look at the buttons again: they show what you can do now.")
	}
	rec, err := t.commit(ctx, s, record.Body{
		Type: record.Punched, Stamp: stamp, Person: s.person.ID, Action: attendance.Unresolved, Auth: s.auth,
	})
	if err != nil {
		t.drop(s) // nobody knows whether it was written
		return local.Session{}, err
	}
	s.refund = nil // it has been given back
	t.poke()
	t.log.Info("shift ended as unresolved", "person", s.person.ID, "seq", rec.Seq)
	view, err := t.view(ctx, s, stamp)
	if err != nil {
		return local.Session{}, fmt.Errorf("show session: %w", err)
	}
	return view, nil
}
