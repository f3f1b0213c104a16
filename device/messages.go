package device

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// answerPrefix begins the ids of messages that answer a request.
const answerPrefix = "answer-"

// maxShown is how many messages follow one receipt; the others follow the next.
const maxShown = 3

// proven says whether it is this person who stands here, and not a supervisor or
// anybody at all.
func proven(a attendance.Auth) bool {
	return a == attendance.AuthPersonal || a == attendance.AuthBadge || a == attendance.AuthBadgePIN
}

// reads says whether a message is for who is in the session.
func (s *session) reads(m wire.MessageRow) bool {
	return m.Person == "" || m.Person == s.person.ID && proven(s.auth)
}

// due gives the messages that a person has not read, the newest first. What was
// written to one person is for nobody else's eyes; with the Universal PIN it is a
// supervisor who looks.
func (t *Terminal) due(ctx context.Context, s *session, stamp attendance.Stamp) ([]wire.MessageRow, error) {
	if s.auth == attendance.AuthUniversal {
		return nil, nil
	}
	var out []wire.MessageRow
	now := stamp.Time().Unix()
	for _, m := range t.c.Roster.Messages() {
		if s.reads(m) && m.From <= now && (m.Until == 0 || now < m.Until) && m.Text != "" {
			out = append(out, m)
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	seen, err := t.c.Journal.Seen(ctx, s.person.ID)
	if err != nil {
		return nil, err
	}
	unread := out[:0]
	for _, m := range out {
		if !seen[m.ID] {
			unread = append(unread, m)
		}
	}
	return unread, nil
}

// answers gives the answers that a person has not seen.
func (t *Terminal) answers(ctx context.Context, s *session, stamp attendance.Stamp) ([]local.Answer, error) {
	unread, err := t.due(ctx, s, stamp)
	if err != nil {
		return nil, err
	}
	var out []local.Answer
	for _, m := range unread {
		if m.Person != "" && strings.HasPrefix(m.ID, answerPrefix) {
			out = append(out, local.Answer{Message: m.ID, Text: m.Text})
		}
	}
	return out, nil
}

// messages gives what follows a receipt. An answer is among it only where there
// was no screen before that showed it.
func (t *Terminal) messages(ctx context.Context, s *session, stamp attendance.Stamp) ([]local.Message, error) {
	unread, err := t.due(ctx, s, stamp)
	if err != nil {
		return nil, err
	}
	var out []local.Message
	for _, m := range unread {
		if s.answered && m.Person != "" && strings.HasPrefix(m.ID, answerPrefix) {
			continue
		}
		if len(out) < maxShown {
			out = append(out, local.Message{ID: m.ID, Text: m.Text})
		}
	}
	return out, nil
}

// Read notes that somebody has seen a message: the holder of a receipt's ticket, or
// who is in a session. See local.Afterwards for its errors; a message that is not
// theirs is problem.NotFound, and one that was read before is no error.
func (t *Terminal) Read(ctx context.Context, id, message string) error {
	t.punching.Lock()
	defer t.punching.Unlock()
	stamp := t.stamp(ctx)
	now := instantOf(stamp).boot
	if tk := t.ticket(id, now); tk != nil {
		return t.markRead(ctx, &session{person: tk.person, auth: tk.auth}, message, stamp)
	}
	s, err := t.take(id, now, false)
	if err != nil {
		return err
	}
	defer t.putBack(s, now)
	return t.markRead(ctx, s, message, stamp)
}

func (t *Terminal) markRead(ctx context.Context, s *session, message string, stamp attendance.Stamp) error {
	b := record.Body{Type: record.MessageRead, Stamp: stamp, Person: s.person.ID, Message: message}
	if !slices.ContainsFunc(t.c.Roster.Messages(), func(m wire.MessageRow) bool { return m.ID == message && s.reads(m) }) {
		return problem.New(problem.NotFound, "There is no such message.", "")
	}
	seen, err := t.c.Journal.Seen(ctx, b.Person)
	if err != nil || seen[b.Message] {
		return err
	}
	err = t.update(ctx, func(tx *devicedb.JournalTx) error {
		_, err := tx.Append(b)
		return err
	})
	if err != nil {
		return fmt.Errorf("record reading: %w", err)
	}
	t.poke()
	return nil
}
