package device

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// Anybody may hold any card to the reader, and each new one becomes a record: so
// twenty an hour, and a card keeps its code for a day.
const (
	codeLife    = 24 * time.Hour
	codesAnHour = 20
	codesAtOnce = 200
)

const codesKey = "badge_codes"

// codes is the unknown cards of the last day of running time.
type codes struct {
	Codes []cardCode `json:"codes,omitempty"` // the oldest first
}

type cardCode struct {
	Card badge.Canonical `json:"card"`
	Code string          `json:"code"`
	Run  time.Duration   `json:"run"` // running time then
}

// current drops what is over at running time run. A card from a future that never
// was, as when the running time was lost, counts as seen now.
func (c codes) current(run time.Duration) codes {
	var kept []cardCode
	for _, one := range c.Codes {
		one.Run = min(one.Run, run)
		if run-one.Run < codeLife {
			kept = append(kept, one)
		}
	}
	return codes{kept[max(0, len(kept)-codesAtOnce):]}
}

func (c codes) of(card badge.Canonical) string {
	i := slices.IndexFunc(c.Codes, func(one cardCode) bool { return one.Card == card })
	if i < 0 {
		return ""
	}
	return c.Codes[i].Code
}

// wait gives how long the kiosk takes no new unknown card at running time run.
func (c codes) wait(run time.Duration) time.Duration {
	n := len(c.Codes) - codesAnHour
	if n < 0 {
		return 0
	}
	return max(0, time.Hour-(run-c.Codes[n].Run))
}

// unknownBadge gives the short code of a card that belongs to nobody, and records
// it if it is new. It refuses with problem.Invalid a card that shows another number each
// time, and with problem.Limited (detail wait_ms) when there were too many.
func (t *Terminal) unknownBadge(ctx context.Context, card badge.Canonical) (string, error) {
	if err := card.Learnable(); err != nil {
		return "", err
	}
	body := record.Body{Type: record.BadgeUnknown, Stamp: t.stamp(ctx), Badge: string(card)}
	var wait time.Duration
	err := t.update(ctx, func(tx *devicedb.JournalTx) (err error) {
		body.Code, wait, err = t.codeFor(tx, body)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("note badge: %w", err)
	}
	if wait > 0 {
		return "", problem.New(problem.Limited, "Too many unknown cards were held to this reader.",
			"Ask your supervisor, or try again "+inWords(wait)+".").With("wait_ms", wait.Milliseconds())
	}
	t.poke()
	t.log.Info("badge unknown", "code", body.Code)
	return body.Code, nil
}

// codeFor gives the code that a card has, or gives it a new one and appends the record;
// or says how long no new one is taken.
func (t *Terminal) codeFor(tx *devicedb.JournalTx, body record.Body) (code string, wait time.Duration, err error) {
	k, err := loadKiosk(tx, instantOf(body.Stamp))
	if err != nil {
		return "", 0, err
	}
	kept, _, err := load[codes](tx, codesKey)
	if err != nil {
		return "", 0, err
	}
	all, card := kept.current(k.Up.Run), badge.Canonical(body.Badge)
	if code = all.of(card); code != "" {
		return code, 0, nil
	}
	if wait = all.wait(k.Up.Run); wait > 0 {
		return "", wait, nil
	}
	if body.Code, err = t.drawCode(all); err != nil {
		return "", 0, err
	}
	all.Codes = append(all.Codes, cardCode{Card: card, Code: body.Code, Run: k.Up.Run})
	if _, err := tx.Append(body); err != nil {
		return "", 0, err
	}
	if err := save(tx, codesKey, all); err != nil {
		return "", 0, err
	}
	return body.Code, 0, save(tx, kioskKey, k)
}

// codeLetters are letters that nobody takes for another or for a digit.
const codeLetters = "ABCDEFHKLMNPRTUVWXYZ"

// drawCode draws a code such as K-17 that no other card has here.
func (t *Terminal) drawCode(taken codes) (string, error) {
	b := make([]byte, 2)
	for {
		if _, err := io.ReadFull(t.c.Random, b); err != nil {
			return "", fmt.Errorf("draw code: %w", err)
		}
		code := fmt.Sprintf("%c-%02d", codeLetters[int(b[0])%len(codeLetters)], 10+int(b[1])%90)
		if !slices.ContainsFunc(taken.Codes, func(c cardCode) bool { return c.Code == code }) {
			return code, nil
		}
	}
}
