package device

import (
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// maxTickets bounds how many punches can be taken back at once; the oldest goes.
const maxTickets = 256

// ticket lets whoever holds it take one punch back, and note what they have read.
// It is kept in memory only: after a restart there is none, and who is identified
// again within the time gets a new one.
type ticket struct {
	person  wire.PersonRow
	auth    attendance.Auth // of the session it was given in
	journal record.JournalID
	seq     uint64
	action  attendance.Action
	at      int64         // unix ms, for people
	until   time.Duration // CLOCK_BOOTTIME
}

// issue gives a ticket for a punch, good until CLOCK_BOOTTIME until.
func (t *Terminal) issue(tk ticket, now time.Duration) (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(t.c.Random, b); err != nil {
		return "", fmt.Errorf("draw ticket: %w", err)
	}
	id := base64.RawURLEncoding.EncodeToString(b)
	t.mu.Lock()
	defer t.mu.Unlock()
	oldest := ""
	for k, o := range t.tickets {
		switch {
		case o.until <= now:
			delete(t.tickets, k)
		case oldest == "" || o.until < t.tickets[oldest].until:
			oldest = k
		}
	}
	if len(t.tickets) >= maxTickets {
		delete(t.tickets, oldest)
	}
	t.tickets[id] = &tk
	return id, nil
}

// ticket gives a live one; nil where there is none.
func (t *Terminal) ticket(id string, now time.Duration) *ticket {
	t.mu.Lock()
	defer t.mu.Unlock()
	tk := t.tickets[id]
	if tk == nil || now >= tk.until {
		return nil
	}
	return tk
}

// reading is how long at least an offer to take a punch back holds: as long as the
// screen that makes it stands without a touch.
const reading = 20 * time.Second

// double says that a punch of the same person was recorded here moments ago, by
// the time that has passed and not by the clock on the wall. within is the
// setting's seconds. A shift that was ended as unresolved is no such punch: what
// follows it is meant.
func (t *Terminal) double(s *session, history []devicedb.Punch, within int, stamp attendance.Stamp) (*local.Double, error) {
	if within == 0 {
		within = wire.DoubleWithin
	}
	if len(history) == 0 || within < 0 {
		return nil, nil
	}
	last, now := history[len(history)-1], instantOf(stamp)
	gone := now.boot - last.Boot
	if last.BootID != now.bootID || gone < 0 || gone >= time.Duration(within)*time.Second || last.Action == attendance.Unresolved {
		return nil, nil
	}
	d := &local.Double{Action: last.Action, At: last.At.UnixMilli()}
	if gone >= local.TicketLife {
		return d, nil // seen, and too late to take back
	}
	tk := ticket{
		person: s.person, auth: s.auth, journal: last.Journal, seq: last.Seq, action: last.Action, at: d.At,
		until: max(last.Boot+local.TicketLife, now.boot+reading), // what is offered now must hold while it is read
	}
	var err error
	d.Ticket, err = t.issue(tk, now.boot)
	return d, err
}
