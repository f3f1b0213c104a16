package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
)

type messagesCmd struct {
	List messagesListCmd `cmd:"" default:"withargs" help:"Show what runs on the touchscreens, and how many have read it."`
	Post messagesPostCmd `cmd:"" help:"Post a message."`
	End  messagesEndCmd  `cmd:"" help:"Take a message off the kiosks."`
}

// Help is shown by fleet messages --help.
func (messagesCmd) Help() string {
	return `Kiosks show a message once to each person, after their receipt.

  fleet messages post "The canteen is closed on Friday." --until 2026-03-06
  fleet messages post "Please see Ben." --person 1042
  fleet messages end 7`
}

type messagesListCmd struct {
	Over   bool `help:"Show those that are over instead."`
	Offset int  `help:"Leave out so many." default:"0"`
	Limit  int  `help:"Show at most so many, 1 to 200." default:"100"`
}

// Run shows messages, the newest first.
func (l *messagesListCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.Messages(ctx, l.Over, l.Offset, l.Limit)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	if len(got.Messages) == 0 {
		fmt.Fprintln(c.out, "There is no message.")
		return nil
	}
	rows := make([][]string, len(got.Messages))
	for i, m := range got.Messages {
		name := m.SubjectName
		if name == "" {
			name = m.Subject
		}
		rows[i] = []string{strconv.FormatInt(m.ID, 10), m.Audience, command.Clean(name), day(m.From), day(m.Until), strconv.Itoa(m.Reads), command.Clean(m.Text)}
	}
	table(c.out, []string{"ID", "FOR", "WHO", "FROM", "UNTIL", "READ BY", "TEXT"}, rows)
	if got.More {
		fmt.Fprintf(c.out, "There are more: fleet messages --offset %d\n", l.Offset+l.Limit)
	}
	return nil
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

type messagesPostCmd struct {
	Text   string `arg:"" help:"What people shall read, at most 500 bytes."`
	Kiosk  string `help:"Only at this kiosk: an id or a name." xor:"who" placeholder:"KIOSK"`
	Team   string `help:"Only this team." xor:"who" placeholder:"TEAM"`
	Person string `help:"Only this person: an id, a staff number or a name." xor:"who" placeholder:"PERSON"`
	From   string `help:"From this day or instant on; at once unless named." placeholder:"DAY"`
	Until  string `help:"Up to and with this day, or before this instant; until it is ended unless named." placeholder:"DAY"`
}

// Run posts a message.
func (p *messagesPostCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	m, err := p.message(ctx, api)
	if err != nil {
		return err
	}
	got, err := api.PostMessage(ctx, m)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	fmt.Fprintf(c.out, "Posted: message %d.\n", got.ID)
	return nil
}

func (p *messagesPostCmd) message(ctx context.Context, api *client.Client) (m client.NewMessage, err error) {
	m = client.NewMessage{Audience: "all", Text: p.Text}
	switch {
	case p.Kiosk != "":
		m.Audience = "kiosk"
		m.Subject, err = findKiosk(ctx, api, p.Kiosk)
	case p.Team != "":
		m.Audience, m.Subject = "team", p.Team
	case p.Person != "":
		m.Audience = "person"
		m.Subject, err = findPerson(ctx, api, p.Person)
	}
	if err != nil {
		return m, err
	}
	for _, x := range []struct {
		flag, text string
		later      int
		to         **time.Time
	}{{"--from", p.From, 0, &m.From}, {"--until", p.Until, 1, &m.Until}} {
		at, err := moment(x.flag, x.text, time.Now(), x.later)
		if err != nil {
			return m, err
		}
		if !at.IsZero() {
			*x.to = &at
		}
	}
	return m, nil
}

type messagesEndCmd struct {
	ID int64 `arg:"" help:"The message's number, as the list shows it."`
}

// Run ends a message.
func (e *messagesEndCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.EndMessage(ctx, e.ID)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	fmt.Fprintln(c.out, "Ended.")
	return nil
}
