package bulletin

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// Store is the tables. Update runs f in one write transaction.
type Store interface {
	Update(ctx context.Context, f func(*centraldb.Tx) error) error
}

// Auditor writes a row of the audit log in the transaction of what it tells of.
type Auditor interface {
	Record(ctx context.Context, tx *centraldb.Tx, actor, action, subject string, detail any) error
}

// Config is what a Bulletin works with. Changed is called after a commit and must
// not block. Now and Changed may be nil.
type Config struct {
	Store   Store
	Audit   Auditor
	Changed func()
	Now     func() time.Time
}

// Bulletin posts and ends messages.
type Bulletin struct{ Config }

// New gives a Bulletin.
func New(c Config) *Bulletin {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Changed == nil {
		c.Changed = func() {}
	}
	return &Bulletin{c}
}

// MostRunning is how many messages run at once: each is in the rosters.
const MostRunning = 100

// Message is what somebody writes. Subject is a kiosk's id, a team's name or a
// person's id, as Audience says; "" for everybody. From zero is at once, Until zero
// until it is ended.
type Message struct {
	Audience string // centraldb.ForAll, ForKiosk, ForTeam or ForPerson
	Subject  string
	Text     string
	From     time.Time
	Until    time.Time
}

// Check gives a message as it would be posted. Errors: problem.Invalid with the
// detail "field" (audience, subject, text, from, until).
func (b *Bulletin) Check(ctx context.Context, m Message) (Message, error) {
	var out Message
	err := b.Store.Update(ctx, func(tx *centraldb.Tx) (err error) {
		out, err = b.check(ctx, tx, m)
		return err
	})
	return out, err
}

// Post posts a message and gives its id. Errors as of Check, and problem.Conflict
// where MostRunning run already.
func (b *Bulletin) Post(ctx context.Context, actor string, m Message) (id int64, err error) {
	err = b.Store.Update(ctx, func(tx *centraldb.Tx) error {
		m, err := b.check(ctx, tx, m)
		if err != nil {
			return err
		}
		now := b.Now()
		n, err := tx.RunningBulletins(ctx, now.Unix())
		if err != nil {
			return err
		}
		if n >= MostRunning {
			return problem.New(problem.Conflict, fmt.Sprintf("%d messages run already.", n), "End some of them first.")
		}
		row := centraldb.Bulletin{Audience: m.Audience, Subject: m.Subject, Text: m.Text, From: unix(m.From), Until: unix(m.Until), MadeAt: now.UnixNano(), MadeBy: actor}
		if id, err = tx.AddBulletin(ctx, row); err != nil {
			return err
		}
		return b.Audit.Record(ctx, tx, actor, "message.post", strconv.FormatInt(id, 10), map[string]any{
			"audience": m.Audience, "subject": m.Subject, "text": m.Text,
		})
	})
	if err == nil {
		b.Changed()
	}
	return id, err
}

// End takes a message off the kiosks. Errors: problem.NotFound, problem.Conflict
// where it has ended.
func (b *Bulletin) End(ctx context.Context, actor string, id int64) error {
	err := b.Store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.EndBulletin(ctx, id, b.Now().UnixNano(), actor); err != nil {
			return err
		}
		return b.Audit.Record(ctx, tx, actor, "message.end", strconv.FormatInt(id, 10), nil)
	})
	if err == nil {
		b.Changed()
	}
	return err
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func (b *Bulletin) check(ctx context.Context, tx *centraldb.Tx, m Message) (Message, error) {
	var err error
	if m.Text, err = cleanText(m.Text); err != nil {
		return m, err
	}
	if err := checkSubject(ctx, tx, &m); err != nil {
		return m, err
	}
	const most = 10 * 366 * 24 * time.Hour
	now := b.Now()
	switch {
	case !m.From.IsZero() && (m.From.Before(now.Add(-most)) || m.From.After(now.Add(most))):
		return m, invalid("from", "That is too far away.", "Leave it empty for at once.")
	case m.Until.IsZero():
	case !m.Until.After(now):
		return m, invalid("until", "That is over already.", "Give a day from today on, or leave it empty.")
	case !m.Until.After(m.From):
		return m, invalid("until", "It would end before it begins.", "Give a later day, or leave it empty.")
	case m.Until.After(now.Add(most)):
		return m, invalid("until", "That is too far away.", "Leave it empty: it then runs until you end it.")
	}
	return m, nil
}

// cleanText takes lines of text; other control characters have no place on a screen.
func cleanText(text string) (string, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if text == "" {
		return "", invalid("text", "The message is empty.", "Write what people shall read.")
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		return "", invalid("text", "This holds characters that can't be shown.", "Write it anew.")
	}
	if len(text) > wire.MaxText {
		return "", invalid("text", "This is too long for the screen.", fmt.Sprintf("At most %d bytes, about as many letters; this has %d.", wire.MaxText, len(text)))
	}
	return text, nil
}

// checkSubject finds whom a message is for.
func checkSubject(ctx context.Context, tx *centraldb.Tx, m *Message) error {
	var err error
	switch m.Audience {
	case centraldb.ForAll:
		m.Subject = ""
	case centraldb.ForKiosk:
		_, err = tx.Kiosk(ctx, m.Subject)
	case centraldb.ForTeam:
		var row centraldb.TeamRow
		if row, err = tx.TeamRow(ctx, m.Subject); err == nil && row.ArchivedAt != 0 {
			return invalid("subject", "That team is archived.", "Choose another one.")
		}
	case centraldb.ForPerson:
		p, e := tx.Person(ctx, m.Subject)
		if err = e; err == nil && !p.Active {
			return invalid("subject", "That person is archived.", "Choose somebody else.")
		}
	default:
		return invalid("audience", "Say whom it is for.", "Everybody, a kiosk, a team or a person.")
	}
	if problem.Is(err, problem.NotFound) {
		return invalid("subject", "There is no such "+m.Audience+".", "Choose one that there is.")
	}
	return err
}

func invalid(field, message, hint string) error {
	return problem.New(problem.Invalid, message, hint).With("field", field)
}
