package api

import (
	"context"
	"net/http"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/bulletin"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Bulletins posts messages on the touchscreens. See package bulletin for the errors.
type Bulletins interface {
	Post(ctx context.Context, actor string, m bulletin.Message) (id int64, err error)
	End(ctx context.Context, actor string, id int64) error
}

// BulletinLists reads messages.
type BulletinLists interface {
	Bulletins(ctx context.Context, now int64, over bool, offset, limit int) ([]centraldb.BulletinLine, error)
	Bulletin(ctx context.Context, id int64) (centraldb.BulletinLine, error)
}

func (a *API) messageRoutes() []route {
	return []route{
		{"GET", "/messages", access.KiosksRead, a.messages},
		{"POST", "/messages", access.KiosksWrite, a.postMessage},
		{"POST", "/messages/{id}/end", access.KiosksWrite, a.endMessage},
	}
}

func (a *API) messages(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	over := false
	switch r.URL.Query().Get("state") {
	case "", "running":
	case "over":
		over = true
	default:
		return problem.New(problem.Invalid, "There is no such state of a message.", "Ask for running or over.")
	}
	offset, err := number(r, "offset", 0, 0, 1<<30)
	if err != nil {
		return err
	}
	limit, err := number(r, "limit", 100, 1, 200)
	if err != nil {
		return err
	}
	lines, err := a.BulletinLists.Bulletins(r.Context(), time.Now().Unix(), over, offset, limit+1)
	if err != nil {
		return err
	}
	out := client.Messages{More: len(lines) > limit, Messages: []client.Message{}}
	for _, l := range lines[:min(limit, len(lines))] {
		out.Messages = append(out.Messages, messageOf(l))
	}
	return answer(w, http.StatusOK, out)
}

func messageOf(l centraldb.BulletinLine) client.Message {
	out := client.Message{
		ID: l.ID, Audience: l.Audience, Subject: l.Subject, SubjectName: l.SubjectName, Text: l.Text, Made: instant(l.MadeAt), By: l.MadeBy,
		EndedBy: l.EndedBy, Reads: l.Reads,
	}
	for to, at := range map[*time.Time]int64{&out.From: l.From, &out.Until: l.Until} {
		if at != 0 {
			*to = time.Unix(at, 0).UTC()
		}
	}
	if l.EndedAt != 0 {
		out.Ended = instant(l.EndedAt)
	}
	return out
}

func (a *API) postMessage(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.NewMessage
	if err := read(w, r, &in); err != nil {
		return err
	}
	m := bulletin.Message{Audience: in.Audience, Subject: in.Subject, Text: in.Text}
	if in.From != nil {
		m.From = *in.From
	}
	if in.Until != nil {
		m.Until = *in.Until
	}
	id, err := a.Bulletins.Post(r.Context(), who.Email, m)
	if err != nil {
		return err
	}
	return a.answerMessage(w, r, http.StatusCreated, id)
}

func (a *API) endMessage(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id, err := numbered(r)
	if err == nil {
		err = a.Bulletins.End(r.Context(), who.Email, id)
	}
	if err != nil {
		return err
	}
	return a.answerMessage(w, r, http.StatusOK, id)
}

func (a *API) answerMessage(w http.ResponseWriter, r *http.Request, status int, id int64) error {
	l, err := a.BulletinLists.Bulletin(r.Context(), id)
	if err != nil {
		return err
	}
	return answer(w, status, messageOf(l))
}
