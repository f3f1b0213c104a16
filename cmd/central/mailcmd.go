package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/timepost/timepost/central/notify"
	"github.com/timepost/timepost/store/centraldb"
)

type mailCmd struct {
	Test mailTestCmd `cmd:"" help:"Send a mail at once and say how that went."`
	List mailListCmd `cmd:"" help:"Show mails that wait, were sent, or could not be delivered."`
}

type mailTestCmd struct {
	place
	To string `required:"" placeholder:"ADDRESS" help:"Where the mail goes."`
}

// Help is shown by central mail test --help.
func (mailTestCmd) Help() string {
	return `Uses the settings that are saved on the Mail page, and may run beside the server. What the mail server answers is
shown word for word.

  central mail test --data /var/lib/timepost --to ann@acme.example

Exit codes: 0 the mail server took it, 64 it never will, 69 not now, 75 mail is off, 77 it refuses us or is not trusted.`
}

// Run sends the mail.
func (c *mailTestCmd) Run(ctx context.Context, con *console) (err error) {
	keys, err := c.openKeys()
	if err != nil {
		return err
	}
	db, err := c.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	org, err := unlock(ctx, db, keys)
	if err != nil {
		return err
	}
	safe, err := notify.NewSafe(org.ID, keys.Data)
	if err != nil {
		return err
	}
	if err := newMails(org.ID, db, safe, nil).Test(ctx, "central mail test", c.To); err != nil {
		return err
	}
	return con.say("The mail server took it.")
}

type mailListCmd struct {
	place
	State string `enum:"queued,sent,dead" default:"dead" help:"queued, sent or dead."`
	Limit int    `default:"50" help:"At most so many, ${default} unless named."`
	JSON  bool   `name:"json" help:"Write them as JSON."`
}

// Help is shown by central mail list --help.
func (mailListCmd) Help() string {
	return `Mails that were given up are dead: the mail server refused them, or did not take them within a day. The Mail page
tries them again.

  central mail list --data /var/lib/timepost
  central mail list --data /var/lib/timepost --state queued --json`
}

// mailed is one mail of central mail list.
type mailed struct {
	ID        int64  `json:"id"`
	Recipient string `json:"recipient"`
	Subject   string `json:"subject"`
	Created   string `json:"created_at"`
	Tries     int    `json:"tries"`
	Fault     string `json:"fault,omitempty"`
}

// Run shows mails.
func (c *mailListCmd) Run(ctx context.Context, con *console) (err error) {
	db, err := c.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	page, total, err := db.Letters(ctx, centraldb.MailState(c.State), 0, max(1, c.Limit))
	if err != nil {
		return err
	}
	lines := make([]mailed, len(page))
	for i, l := range page {
		lines[i] = mailed{l.ID, l.Recipient, l.Subject, time.Unix(0, l.CreatedAt).UTC().Format(time.RFC3339), l.Tries, l.Fault}
	}
	if c.JSON {
		e := json.NewEncoder(con.out)
		e.SetIndent("", "  ")
		return e.Encode(lines)
	}
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	for _, l := range lines {
		if _, err := fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%s\n", l.ID, l.Created, l.Recipient, l.Subject, l.Tries, l.Fault); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return con.say("%d of %d", len(lines), total)
}
