package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/notify"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Mails sets mail up and looks after what was not delivered. See package notify
// for the errors.
type Mails interface {
	SetMail(ctx context.Context, actor string, e notify.Edit) error
	Test(ctx context.Context, actor, to string) error
	Retry(ctx context.Context, actor string, id int64) error
	Drop(ctx context.Context, actor string, id int64) error
}

// MailLists reads what is behind Mails.
type MailLists interface {
	Settings(ctx context.Context) (centraldb.Settings, error)
	Letters(ctx context.Context, s centraldb.MailState, offset, limit int) ([]centraldb.Letter, int, error)
}

const (
	mailPath    = "/settings/mail"
	mailsShown  = 50
	recentShown = 8
)

func (p *pages) mailRoutes() []route {
	return []route{
		{"GET", mailPath, access.SettingsEdit, p.mail},
		{"POST", mailPath, access.SettingsEdit, p.setMail},
		{"POST", mailPath + "/off", access.SettingsEdit, p.mailOff},
		{"POST", mailPath + "/test", access.SettingsEdit, p.testMail},
		{"POST", mailPath + "/{id}/retry", access.SettingsEdit, p.retryMail},
		{"POST", mailPath + "/{id}/drop", access.SettingsEdit, p.dropMail},
	}
}

// mailNote is what a change leaves for the page that follows it.
type mailNote struct {
	Done  string
	Fault *problem.Error // why the test mail was not taken
}

// mailFields is what the form holds: typed, or stored. It never holds a password.
type mailFields struct {
	Host, Port, Security, User, From, Site string
}

// mailLine is one mail as the page shows it.
type mailLine struct {
	centraldb.Letter
	When string // it was given up, or sent, or is tried next
}

// mailView is the page about mail.
type mailView struct {
	page
	Note   *mailNote
	Back   bool // there is a page of all settings
	On     bool
	Kept   bool // a password is stored
	Form   mailFields
	Wrong  wrong
	Dead   []mailLine
	DeadN  int
	Queued []mailLine
	QueueN int
	Sent   []mailLine
	Prev   string
	Next   string
}

func (p *pages) mail(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.showMail(w, r, who, http.StatusOK, func(*mailView) {})
}

func (p *pages) showMail(w http.ResponseWriter, r *http.Request, who access.Identity, status int, change func(*mailView)) error {
	ctx := r.Context()
	settings, err := p.MailLists.Settings(ctx)
	if err != nil {
		return err
	}
	v := mailView{page: p.page("Mail", "settings", who), Back: p.opens(who.Role, "/settings"), On: settings.Mail.Host != "", Kept: settings.Mail.Password != nil, Form: mailFieldsOf(settings.Mail, r.Host)}
	v.Note, _ = p.noted(r).(*mailNote)
	at := pageOf(r.URL.Query())
	if v.Dead, v.DeadN, err = p.mailLines(ctx, centraldb.MailDead, at*mailsShown, mailsShown); err != nil {
		return err
	}
	if v.Queued, v.QueueN, err = p.mailLines(ctx, centraldb.MailQueued, 0, recentShown); err != nil {
		return err
	}
	if v.Sent, _, err = p.mailLines(ctx, centraldb.MailSent, 0, recentShown); err != nil {
		return err
	}
	if at > 0 {
		v.Prev = mailPath + "?page=" + strconv.Itoa(at-1)
	}
	if (at+1)*mailsShown < v.DeadN {
		v.Next = mailPath + "?page=" + strconv.Itoa(at+1)
	}
	change(&v)
	return p.show(w, status, "mail", v)
}

func (p *pages) mailLines(ctx context.Context, s centraldb.MailState, offset, limit int) ([]mailLine, int, error) {
	page, total, err := p.MailLists.Letters(ctx, s, offset, limit)
	if err != nil {
		return nil, 0, err
	}
	out := make([]mailLine, len(page))
	for i, l := range page {
		at := l.DueAt
		switch s {
		case centraldb.MailSent:
			at = l.SentAt
		case centraldb.MailDead:
			at = l.DeadAt
		}
		out[i] = mailLine{Letter: l, When: momentIn(time.Unix(0, at), p.zone)}
	}
	return out, total, nil
}

// mailFieldsOf gives the stored settings, with what is usual where nothing is.
func mailFieldsOf(m centraldb.Mail, host string) mailFields {
	f := mailFields{Host: m.Host, Port: strconv.Itoa(m.Port), Security: m.Security, User: m.User, From: m.From, Site: m.Site}
	if m.Host == "" {
		f.Port, f.Security = "587", "starttls"
	}
	if f.Site == "" {
		f.Site = "https://" + host
	}
	return f
}

func mailFieldsFrom(form url.Values) mailFields {
	return mailFields{
		Host: form.Get("host"), Port: form.Get("port"), Security: form.Get("security"), User: form.Get("user"), From: form.Get("from"), Site: form.Get("site"),
	}
}

func (p *pages) setMail(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	form := mailFieldsFrom(r.PostForm)
	err := p.saveMail(r, who, form)
	if err == nil {
		return p.after(w, r, mailPath, &mailNote{Done: "The mail settings were saved. Send a test mail to see whether they work."})
	}
	bad, status, err := wrongOf(err, "host")
	if err != nil {
		return err
	}
	return p.showMail(w, r, who, status, func(v *mailView) { v.Form, v.Wrong = form, bad })
}

func (p *pages) saveMail(r *http.Request, who access.Identity, form mailFields) error {
	if strings.TrimSpace(form.Host) == "" {
		return problem.New(problem.Invalid, "Which server sends the mail?", "Such as smtp.example.com.").With("field", "host")
	}
	port, err := strconv.Atoi(strings.TrimSpace(form.Port))
	if err != nil {
		port = 0 // no port: the settings' own check says so
	}
	e := notify.Edit{Host: form.Host, Port: port, Security: form.Security, User: form.User, From: form.From, Site: form.Site}
	if typed := r.PostForm.Get("password"); typed != "" {
		e.Password = &typed
	}
	return p.Mails.SetMail(r.Context(), who.Email, e)
}

func (p *pages) mailOff(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	settings, err := p.MailLists.Settings(r.Context())
	if err != nil {
		return err
	}
	if err := p.Mails.SetMail(r.Context(), who.Email, notify.Edit{From: settings.Mail.From}); err != nil {
		return err
	}
	return p.after(w, r, mailPath, &mailNote{Done: "Mail is off. The stored password is gone."})
}

// testMail sends a mail to whoever asks. What goes wrong is the answer.
func (p *pages) testMail(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	note := &mailNote{Done: "The mail server took the test mail. It should arrive at " + who.Email + " within a minute."}
	if err := p.Mails.Test(r.Context(), who.Email, who.Email); err != nil {
		if problem.Is(err, problem.Internal) {
			return err
		}
		note = &mailNote{Fault: problem.From(err)}
	}
	return p.after(w, r, mailPath, note)
}

func (p *pages) retryMail(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.mailDeed(w, r, who, p.Mails.Retry, "The mail is tried again.")
}

func (p *pages) dropMail(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.mailDeed(w, r, who, p.Mails.Drop, "The mail was removed.")
}

func (p *pages) mailDeed(w http.ResponseWriter, r *http.Request, who access.Identity, do func(context.Context, string, int64) error, done string) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return problem.New(problem.NotFound, "There is no such mail.", "Look at the list again.").Because(err)
	}
	if err := do(r.Context(), who.Email, id); err != nil {
		return err
	}
	return p.after(w, r, mailPath, &mailNote{Done: done})
}
