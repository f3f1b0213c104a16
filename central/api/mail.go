package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/notify"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Mails sets mail up and looks after what was not delivered, and after requests
// for new PINs. See package notify for the errors.
type Mails interface {
	SetMail(ctx context.Context, actor string, e notify.Edit) error
	Test(ctx context.Context, actor, to string) error
	Retry(ctx context.Context, actor string, id int64) error
	Drop(ctx context.Context, actor string, id int64) error
	Dismiss(ctx context.Context, actor string, request int64) error
}

// MailLists reads what is behind Mails.
type MailLists interface {
	Settings(ctx context.Context) (centraldb.Settings, error)
	Letters(ctx context.Context, s centraldb.MailState, offset, limit int) ([]centraldb.Letter, int, error)
	PINRequests(ctx context.Context, offset, limit int) ([]centraldb.PINRequestLine, int, error)
}

func (a *API) mailRoutes() []route {
	return []route{
		{"GET", "/settings/mail", access.SettingsEdit, a.mailSettings},
		{"PUT", "/settings/mail", access.SettingsEdit, a.setMailSettings},
		{"POST", "/settings/mail/test", access.SettingsEdit, a.testMail},
		{"GET", "/mails", access.SettingsEdit, a.mails},
		{"POST", "/mails/{id}/retry", access.SettingsEdit, a.retryMail},
		{"DELETE", "/mails/{id}", access.SettingsEdit, a.dropMail},
		{"GET", "/pin-requests", access.PeopleRead, a.pinRequests},
		{"POST", "/pin-requests/{id}/dismiss", access.PINsWrite, a.dismissRequest},
	}
}

func (a *API) mailSettings(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	s, err := a.MailLists.Settings(r.Context())
	if err != nil {
		return err
	}
	m := s.Mail
	return answer(w, http.StatusOK, client.MailSettings{
		Host: m.Host, Port: m.Port, Security: m.Security, User: m.User, HasPassword: m.Password != nil, From: m.From, Site: m.Site,
	})
}

func (a *API) setMailSettings(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.MailSettings
	if err := read(w, r, &in); err != nil {
		return err
	}
	err := a.Mails.SetMail(r.Context(), who.Email, notify.Edit{
		Host: in.Host, Port: in.Port, Security: in.Security, User: in.User, Password: in.Password, From: in.From, Site: in.Site,
	})
	if err != nil {
		return err
	}
	return a.mailSettings(w, r, who)
}

// testMail answers when the mail server has taken the mail, or with what it said.
func (a *API) testMail(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.TestMail
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := a.Mails.Test(r.Context(), who.Email, in.To); err != nil {
		return asConflict(err)
	}
	return answer(w, http.StatusOK, struct{}{})
}

// asConflict keeps the mail server's refusals from looking like ours: the caller's
// token is good.
func asConflict(err error) error {
	e := *problem.From(err)
	switch e.Code {
	case problem.Unauthenticated, problem.Forbidden, problem.Untrusted:
		e.Code = problem.Conflict
	}
	return &e
}

func (a *API) mails(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	state := centraldb.MailState(r.URL.Query().Get("state"))
	switch state {
	case "":
		state = centraldb.MailDead
	case centraldb.MailDead, centraldb.MailQueued, centraldb.MailSent:
	default:
		return problem.New(problem.Invalid, "There is no such state of a mail.", "Ask for queued, sent or dead.")
	}
	offset, limit, err := pageOf(r)
	if err != nil {
		return err
	}
	page, total, err := a.MailLists.Letters(r.Context(), state, offset, limit)
	if err != nil {
		return err
	}
	out := client.Mails{Mails: make([]client.Mail, 0, len(page)), Total: total}
	for _, l := range page {
		m := client.Mail{ID: l.ID, State: string(state), Recipient: l.Recipient, Subject: l.Subject, Created: instant(l.CreatedAt), Tries: l.Tries, Fault: l.Fault}
		switch state {
		case centraldb.MailSent:
			m.Sent = instant(l.SentAt)
		case centraldb.MailDead:
			m.Dead = instant(l.DeadAt)
		case centraldb.MailQueued:
			m.Due = instant(l.DueAt)
		}
		out.Mails = append(out.Mails, m)
	}
	return answer(w, http.StatusOK, out)
}

func pageOf(r *http.Request) (offset, limit int, err error) {
	if offset, err = number(r, "offset", 0, 0, 1<<30); err != nil {
		return 0, 0, err
	}
	limit, err = number(r, "limit", 200, 1, 1000)
	return offset, limit, err
}

func instant(ns int64) time.Time { return time.Unix(0, ns).UTC() }

// numbered reads an id that is a number; problem.NotFound for any other.
func numbered(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, problem.New(problem.NotFound, "There is no such thing.", "Look at the list again.").Because(err)
	}
	return id, nil
}

func (a *API) retryMail(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return a.numberedDeed(w, r, who, a.Mails.Retry)
}

func (a *API) dropMail(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return a.numberedDeed(w, r, who, a.Mails.Drop)
}

func (a *API) dismissRequest(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return a.numberedDeed(w, r, who, a.Mails.Dismiss)
}

func (a *API) numberedDeed(w http.ResponseWriter, r *http.Request, who access.Identity, do func(context.Context, string, int64) error) error {
	id, err := numbered(r)
	if err != nil {
		return err
	}
	if err := do(r.Context(), who.Email, id); err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct{}{})
}

func (a *API) pinRequests(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	offset, limit, err := pageOf(r)
	if err != nil {
		return err
	}
	page, total, err := a.MailLists.PINRequests(r.Context(), offset, limit)
	if err != nil {
		return err
	}
	out := client.PINRequests{Requests: make([]client.PINRequest, 0, len(page)), Total: total}
	for _, q := range page {
		out.Requests = append(out.Requests, client.PINRequest{
			ID: q.ID, Person: q.Person, PersonName: q.PersonName, Kiosk: q.Kiosk, KioskName: q.KioskName, At: instant(q.At),
		})
	}
	return answer(w, http.StatusOK, out)
}
