package notify

import (
	"context"
	"net/url"
	"strings"

	"github.com/timepost/timepost/central/post"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Edit is the settings of mail as somebody wants them. An empty Host turns mail
// off.
type Edit struct {
	Host     string
	Port     int
	Security string // as package post names them
	User     string
	Password *string // nil: as it is; "": none
	From     string
	Site     string // https://host[:port], what links in mails begin with
}

const maxPassword = 500

// SetMail changes the settings of mail; queued mails are tried at once.
// problem.Invalid with the detail "field".
func (n *Notify) SetMail(ctx context.Context, actor string, e Edit) error {
	err := n.Store.Update(ctx, func(tx *centraldb.Tx) error {
		settings, err := tx.Settings(ctx)
		if err != nil {
			return err
		}
		after, password, err := n.apply(settings.Mail, e)
		if err != nil {
			return err
		}
		settings.Mail = after
		if err := tx.SetSettings(ctx, settings); err != nil {
			return err
		}
		if err := tx.HurryLetters(ctx, n.Now().UnixNano()); err != nil {
			return err
		}
		return n.Audit.Record(ctx, tx, actor, "mail.settings", "mail", map[string]any{
			"host": after.Host, "port": after.Port, "security": after.Security, "user": after.User,
			"from": after.From, "site": after.Site, "password": password,
		})
	})
	if err == nil {
		n.Poke()
	}
	return err
}

// apply gives the settings after an edit, and what becomes of the password.
func (n *Notify) apply(before centraldb.Mail, e Edit) (after centraldb.Mail, password string, err error) {
	after = centraldb.Mail{
		Host: strings.TrimSpace(e.Host), Port: e.Port, Security: e.Security, User: strings.TrimSpace(e.User), From: strings.TrimSpace(e.From),
	}
	if after.Host == "" { // off: a password that nothing needs is not kept
		return centraldb.Mail{From: after.From, Site: before.Site}, "removed", nil
	}
	if err := (post.Server{Host: after.Host, Port: after.Port, Security: after.Security, User: after.User, From: after.From}).Check(); err != nil {
		return before, "", err
	}
	if after.Site, err = site(e.Site); err != nil {
		return before, "", err
	}
	switch {
	case after.User == "":
		password = "none"
	case e.Password == nil && before.Password != nil && elsewhere(before, after):
		return before, "", problem.New(problem.Invalid, "Type the password again.",
			"The stored one is for another server or user; it goes nowhere else.").With("field", "password")
	case e.Password == nil:
		after.Password, password = before.Password, "kept"
	case *e.Password == "" || len(*e.Password) > maxPassword || strings.ContainsRune(*e.Password, 0):
		return before, "", problem.New(problem.Invalid, "This is not a password.", "Leave the user name empty where the server wants none.").With("field", "password")
	default:
		password = "changed"
		after.Password, err = n.Safe.Seal(n.Random, *e.Password)
	}
	if err == nil && after.User != "" && after.Password == nil {
		err = problem.New(problem.Invalid, "The user name needs a password.", "Type it, or leave the user name empty.").With("field", "password")
	}
	return after, password, err
}

// elsewhere says whether a password would go where it was not meant for.
func elsewhere(before, after centraldb.Mail) bool {
	return !strings.EqualFold(before.Host, after.Host) || before.Port != after.Port || before.Security != after.Security || before.User != after.User
}

// site reads what links begin with.
func site(text string) (string, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "/")
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.Path != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		strings.ContainsAny(text, " \t\r\n<>\"?#") || len(text) > 300 {
		return "", problem.New(problem.Invalid, "This is not the address of this server.", "As in the browser's address line: https://time.example.com").
			With("field", "site").Because(err)
	}
	return text, nil
}

// Test sends a mail to one address at once and says how that went: the errors of
// package post, and problem.Conflict where mail is off.
func (n *Notify) Test(ctx context.Context, actor, to string) error {
	settings, err := n.Store.Settings(ctx)
	if err != nil {
		return err
	}
	if settings.Mail.Host == "" {
		return problem.New(problem.Conflict, "No mail server is set up.", "Save the settings first.")
	}
	server, err := n.server(settings.Mail)
	if err != nil {
		return err
	}
	err = n.Store.Update(ctx, func(tx *centraldb.Tx) error {
		return n.Audit.Record(ctx, tx, actor, "mail.test", "mail", map[string]any{"to": to})
	})
	if err != nil {
		return err
	}
	org, err := n.Store.Organisation(ctx)
	if err != nil {
		return err
	}
	now := n.Now()
	return n.Sender.Send(ctx, server, post.Message{
		ID: n.id("test", now.UnixNano()), At: now, To: to, Subject: "Timepost can send mail",
		Body: "This is a test from Timepost of " + org.Name + ".\n\nMails like this one tell you when somebody has forgotten their PIN.\n\n" + settings.Mail.Site + "\n",
	})
}
