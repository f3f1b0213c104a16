package device

import (
	"context"
	"fmt"
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

// unlistedKey holds how many newcomers there were within the hour: at most as many
// as may ask for a new PIN.
const unlistedKey = "unlisted"

// NotListed records a punch of somebody whose name this kiosk does not know: their
// word for it, and nothing proved. See local.Newcomers for its errors.
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
	var rec record.Record
	var wait time.Duration
	err = t.update(ctx, func(tx *devicedb.JournalTx) (err error) {
		rec, wait, err = welcome(tx, body)
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
	t.log.Info("newcomer recorded", "action", string(n.Action), "seq", rec.Seq)
	return local.Receipt{
		Person: name, Action: n.Action, At: body.Stamp.Time().UnixMilli(), Zone: body.Stamp.Zone,
		Auth: body.Auth, Seq: rec.Seq, Queue: t.queue(ctx, 1),
	}, nil
}

// welcome appends the record, unless there were too many within the hour.
func welcome(tx *devicedb.JournalTx, body record.Body) (rec record.Record, wait time.Duration, err error) {
	k, err := loadKiosk(tx, instantOf(body.Stamp))
	if err != nil {
		return rec, 0, err
	}
	all, _, err := load[asks](tx, unlistedKey)
	if err != nil {
		return rec, 0, err
	}
	all = all.current(k.Up.Run)
	if wait = all.wait(k.Up.Run); wait > 0 {
		return rec, wait, nil
	}
	all.Asks = append(all.Asks, ask{Run: k.Up.Run, At: body.Stamp.Time().UnixMilli()})
	if rec, err = tx.Append(body); err != nil {
		return rec, 0, err
	}
	if err := save(tx, unlistedKey, all); err != nil {
		return rec, 0, err
	}
	return rec, 0, save(tx, kioskKey, k)
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
