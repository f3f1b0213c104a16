package device

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// missedADay is how many missing punches a person may ask for within 24 hours of
// running time: each one is read by somebody.
const (
	missedADay = 10
	missedDay  = 24 * time.Hour
)

func missedKey(person string) string { return "missed/" + person }

// pleas are the missing punches that a person has lately asked for.
type pleas struct {
	Pleas []plea `json:"pleas,omitempty"` // the oldest first
}

type plea struct {
	Action attendance.Action `json:"action"`
	Claim  int64             `json:"claim"` // when it was, unix ms
	Run    time.Duration     `json:"run"`   // running time when it was asked for
	At     int64             `json:"at"`    // what the clock said then, unix ms
}

// current drops what was asked for a day ago, as asks.current does.
func (p pleas) current(run time.Duration) pleas {
	var kept []plea
	for _, one := range p.Pleas {
		one.Run = min(one.Run, run)
		if run-one.Run < missedDay {
			kept = append(kept, one)
		}
	}
	return pleas{kept}
}

// Missed records that a person asks for a punch that was not made. It counts for
// nothing until a supervisor has said yes. The same asked again is not recorded
// again. See local.Desk for its errors.
func (t *Terminal) Missed(ctx context.Context, m local.Missed) (local.Asked, error) {
	t.punching.Lock()
	defer t.punching.Unlock()
	stamp := t.stamp(ctx)
	now := instantOf(stamp).boot
	s, err := t.take(m.Session, now, false)
	if err != nil {
		return local.Asked{}, err
	}
	defer t.putBack(s, now)
	if !proven(s.auth) {
		return local.Asked{}, errNotProven()
	}
	if err := checkMissed(m, stamp.Time()); err != nil {
		return local.Asked{}, err
	}
	body := record.Body{
		Type: record.Request, Stamp: stamp, Person: s.person.ID, Action: m.Action, Auth: s.auth,
		Claim: time.UnixMilli(m.At).UnixNano(), Note: strings.TrimSpace(m.Reason),
	}
	out := local.Asked{Person: s.person.Name, At: stamp.Time().UnixMilli()}
	var wait time.Duration
	err = t.update(ctx, func(tx *devicedb.JournalTx) error {
		before, closed, err := plead(tx, body)
		if before.At != 0 {
			out.At, out.Repeated = before.At, true
		}
		wait = closed
		return err
	})
	if err != nil {
		return local.Asked{}, fmt.Errorf("record request: %w", err)
	}
	if wait > 0 {
		return local.Asked{}, problem.New(problem.Limited, "You have asked for many missing entries today.",
			"Ask your supervisor for the others.").With("wait_ms", wait.Milliseconds())
	}
	t.poke()
	t.log.Info("missing punch asked for", "person", s.person.ID, "repeated", out.Repeated)
	return out, nil
}

// plead appends the record, unless the same was asked for within the day: then it
// gives that one; or unless too much was: then it gives how long to wait.
func plead(tx *devicedb.JournalTx, body record.Body) (before plea, wait time.Duration, err error) {
	k, err := loadKiosk(tx, instantOf(body.Stamp))
	if err != nil {
		return before, 0, err
	}
	key := missedKey(body.Person)
	all, _, err := load[pleas](tx, key)
	if err != nil {
		return before, 0, err
	}
	all = all.current(k.Up.Run)
	claim := time.Unix(0, body.Claim).UnixMilli()
	i := slices.IndexFunc(all.Pleas, func(p plea) bool { return p.Action == body.Action && p.Claim == claim })
	if i >= 0 {
		return all.Pleas[i], 0, nil
	}
	if len(all.Pleas) >= missedADay {
		return before, missedDay - (k.Up.Run - all.Pleas[0].Run), nil
	}
	all.Pleas = append(all.Pleas, plea{Action: body.Action, Claim: claim, Run: k.Up.Run, At: body.Stamp.Time().UnixMilli()})
	if _, err := tx.Append(body); err != nil {
		return before, 0, err
	}
	if err := save(tx, key, all); err != nil {
		return before, 0, err
	}
	return before, 0, save(tx, kioskKey, k)
}

func checkMissed(m local.Missed, now time.Time) error {
	at := time.UnixMilli(m.At)
	bad := func(field, message, hint string) error {
		return problem.New(problem.Invalid, message, hint).With("field", field)
	}
	switch m.Action {
	case attendance.In, attendance.Out, attendance.BreakStart, attendance.BreakEnd:
	default:
		return bad("action", "This can't be asked for.", "Choose what you did.")
	}
	switch {
	case at.After(now):
		return bad("at", "This time has not come yet.", "Choose a time in the past.")
	case at.Before(now.AddDate(0, 0, -local.MissedWithinDays)):
		return bad("at", "This is too long ago.", "Ask your supervisor.")
	case strings.TrimSpace(m.Reason) == "":
		return bad("reason", "The reason is missing.", "Say why the entry is missing.")
	case len(m.Reason) > attendance.MaxNote:
		return bad("reason", "The reason is too long.", "Shorten the reason.")
	case !utf8.ValidString(m.Reason) || strings.ContainsFunc(m.Reason, unicode.IsControl):
		return bad("reason", "The reason has characters that can't be stored.", "Type the reason again.")
	}
	return nil
}

func errNotProven() error {
	return problem.New(problem.Forbidden, "This is only for the person themselves.", "Come in with your own PIN.")
}
