package post

import (
	"strings"
	"time"
	"unicode/utf8"

	mail "github.com/wneessen/go-mail"

	"github.com/timepost/timepost/internal/problem"
)

// Message is one mail to one address.
type Message struct {
	ID      string    // makes the Message-ID, with the sender's domain: letters, digits, dots and dashes
	At      time.Time // the Date
	To      string    // an address; a name is dropped
	Subject string    // one line: whatever could end it becomes a blank
	Body    string    // plain text, UTF-8
}

const (
	maxSubject = 200 // bytes; longer ones are cut
	maxBody    = 64 << 10
	maxID      = 100
)

// letter is a mail ready for the wire.
type letter struct {
	from, to string
	msg      *mail.Msg
}

func compose(from Server, m Message) (*letter, error) {
	author, err := from.sender()
	if err != nil {
		return nil, err
	}
	to, err := Address(m.To)
	if err != nil {
		return nil, problem.From(err).With("field", "to")
	}
	if m.ID == "" || len(m.ID) > maxID || strings.ContainsFunc(m.ID, notInID) {
		return nil, problem.New(problem.Invalid, "This mail has no usable id.", "")
	}
	if len(m.Body) > maxBody {
		return nil, problem.New(problem.Invalid, "This mail is too long.", "")
	}
	_, domain, _ := cutLast(author.Address, "@")
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(author)
	if err := msg.To(to); err != nil {
		return nil, problem.New(problem.Invalid, "This is not an e-mail address.", "").With("field", "to").Because(err)
	}
	msg.Subject(line(m.Subject))
	msg.SetDateWithValue(m.At)
	msg.SetMessageIDWithValue(m.ID + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's holiday reply is wanted
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetBodyString(mail.TypeTextPlain, strings.ToValidUTF8(m.Body, "\uFFFD"))
	return &letter{from: author.Address, to: to, msg: msg}, nil
}

func notInID(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '-'
}

// line makes one line of a text that may hold anything.
func line(text string) string {
	text = strings.Map(func(r rune) rune {
		if control(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	for len(text) > maxSubject {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	return strings.TrimSpace(text)
}
