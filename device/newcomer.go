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
	"github.com/timepost/timepost/sync/wire"
)

// unlistedKey holds how many newcomers there were within the hour: at most as many
// as may ask for a new PIN.
const unlistedKey = "unlisted"

// newcomers are those of the last hour, the oldest first.
type newcomers struct {
	Came []newcomer `json:"came,omitempty"`
}

type newcomer struct {
	Name   string            `json:"name"`
	Action attendance.Action `json:"action"`
	Run    time.Duration     `json:"run"` // running time then
	At     int64             `json:"at"`  // what the clock on the wall said, unix ms
	Seq    uint64            `json:"seq"`
}

// current drops what is over at running time run, as asks.current does.
func (n newcomers) current(run time.Duration) newcomers {
	var kept []newcomer
	for _, one := range n.Came {
		one.Run = min(one.Run, run)
		if run-one.Run < askAgain {
			kept = append(kept, one)
		}
	}
	return newcomers{kept}
}

// moments gives the same punch of the same name, if it was recorded a moment ago:
// a second tap, or a screen that did not hear the answer.
func (n newcomers) moments(name string, a attendance.Action, run time.Duration) (newcomer, bool) {
	for _, one := range slices.Backward(n.Came) {
		if one.Name == name && one.Action == a && run-one.Run < wire.DoubleWithin*time.Second {
			return one, true
		}
	}
	return newcomer{}, false
}

// NotListed records a punch of somebody whose name this kiosk does not know: their
// word for it, and nothing proved. The same within a minute is not recorded again.
// See local.Newcomers for its errors.
func (t *Terminal) NotListed(ctx context.Context, n local.Newcomer) (local.Receipt, error) {
	settings, err := t.settings(ctx)
	if err != nil {
		return local.Receipt{}, err
	}
	if !settings.Habits.NotListed {
		return local.Receipt{}, problem.New(problem.Conflict, "This kiosk takes only people on its list.", "Ask your supervisor.")
	}
	name := strings.Join(strings.Fields(n.Name), " ")
	if err := checkNewcomer(n, name); err != nil {
		return local.Receipt{}, err
	}
	t.punching.Lock()
	defer t.punching.Unlock()
	body := record.Body{Type: record.Unlisted, Stamp: t.stamp(ctx), Name: name, Action: n.Action, Auth: attendance.AuthNone}
	var came newcomer
	var wait time.Duration
	err = t.update(ctx, func(tx *devicedb.JournalTx) (err error) {
		came, wait, err = welcome(tx, body)
		return err
	})
	if err != nil {
		return local.Receipt{}, fmt.Errorf("record newcomer: %w", err)
	}
	if wait > 0 {
		return local.Receipt{}, problem.New(problem.Limited, "Too many people have come in without being listed.",
			"Ask your supervisor, or try again "+inWords(wait)+".").With("wait_ms", wait.Milliseconds())
	}
	t.poke()
	t.log.Info("newcomer recorded", "action", string(n.Action), "seq", came.Seq)
	return local.Receipt{
		Person: name, Action: n.Action, At: came.At, Zone: body.Stamp.Zone,
		Auth: body.Auth, Seq: came.Seq, Queue: t.queue(ctx, 1),
	}, nil
}

// welcome appends the record, unless it was made a moment ago: then it gives that
// one; or unless there were too many within the hour: then how long to wait.
func welcome(tx *devicedb.JournalTx, body record.Body) (came newcomer, wait time.Duration, err error) {
	k, err := loadKiosk(tx, instantOf(body.Stamp))
	if err != nil {
		return came, 0, err
	}
	all, _, err := load[newcomers](tx, unlistedKey)
	if err != nil {
		return came, 0, err
	}
	run := k.Up.Run
	all = all.current(run)
	if came, again := all.moments(body.Name, body.Action, run); again {
		return came, 0, nil
	}
	if len(all.Came) >= asksAnHour {
		return came, askAgain - (run - all.Came[0].Run), nil
	}
	rec, err := tx.Append(body)
	if err != nil {
		return came, 0, err
	}
	came = newcomer{Name: body.Name, Action: body.Action, Run: run, At: body.Stamp.Time().UnixMilli(), Seq: rec.Seq}
	all.Came = append(all.Came, came)
	if err := save(tx, unlistedKey, all); err != nil {
		return came, 0, err
	}
	return came, 0, save(tx, kioskKey, k)
}

// checkNewcomer refuses what no name is; name is what would be stored.
func checkNewcomer(n local.Newcomer, name string) error {
	bad := func(field, message, hint string) error {
		return problem.New(problem.Invalid, message, hint).With("field", field)
	}
	switch {
	case n.Action != attendance.In && n.Action != attendance.Out:
		return bad("action", "This is only for coming and going.", "Choose one of them.")
	case !strings.ContainsFunc(name, unicode.IsLetter):
		return bad("name", "The name is missing.", "Type your whole name.")
	case len(name) > attendance.MaxName:
		return bad("name", "The name is too long.", "Type a shorter form of it.")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) }):
		return bad("name", "The name has characters that can't be stored.", "Type your name again.")
	}
	return nil
}
