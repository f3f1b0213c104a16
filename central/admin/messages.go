package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/bulletin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// Bulletins posts messages on the touchscreens. See package bulletin for the errors.
type Bulletins interface {
	Check(ctx context.Context, m bulletin.Message) (bulletin.Message, error)
	Post(ctx context.Context, actor string, m bulletin.Message) (id int64, err error)
	End(ctx context.Context, actor string, id int64) error
}

// BulletinLists reads messages.
type BulletinLists interface {
	Bulletins(ctx context.Context, now int64, over bool, offset, limit int) ([]centraldb.BulletinLine, error)
}

const (
	messagesPath  = "/messages"
	messagesShown = 30
)

func (p *pages) messageRoutes() []route {
	return []route{
		{"GET", messagesPath, access.KiosksRead, p.messages},
		{"POST", messagesPath, access.KiosksWrite, p.postMessage},
		{"POST", messagesPath + "/{id}/end", access.KiosksWrite, p.endMessage},
	}
}

// messageForm is what is typed about a message. The days are in the organisation's
// zone, the last one included.
type messageForm struct {
	Text     string
	Audience string
	Kiosk    string
	Team     string
	Person   string
	From     string
	Until    string
}

func messageFormFrom(f url.Values) messageForm {
	return messageForm{
		Text: f.Get("text"), Audience: f.Get("audience"), Kiosk: f.Get("kiosk"), Team: f.Get("team"),
		Person: strings.TrimSpace(f.Get("person")), From: strings.TrimSpace(f.Get("from")), Until: strings.TrimSpace(f.Get("until")),
	}
}

// messageLine is one message as the list shows it.
type messageLine struct {
	Text  string
	For   string
	When  string
	By    string
	Reads int
	Later bool   // it has not begun
	End   string // where it is ended; "" for one that is over, or for who may not
}

// messagesView is the page Messages.
type messagesView struct {
	page
	Done    string
	Over    bool
	May     bool
	Form    messageForm
	Preview []string // the lines of a message that can be posted
	Kiosks  []centraldb.Kiosk
	Teams   []string
	Most    int
	Lines   []messageLine
	Wrong   wrong
	Prev    string
	Next    string
}

func (p *pages) messages(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.showMessages(w, r, who, http.StatusOK, func(v *messagesView) { v.Done, _ = p.noted(r).(string) })
}

func (p *pages) showMessages(w http.ResponseWriter, r *http.Request, who access.Identity, status int, more func(*messagesView)) error {
	q := r.URL.Query()
	v := messagesView{
		page: p.page("Messages", "kiosks", who), Over: q.Get("view") == "over", May: access.Allowed(who.Role, access.KiosksWrite), Most: wire.MaxText,
		Form: messageForm{Audience: centraldb.ForAll},
	}
	more(&v)
	var err error
	if v.Kiosks, err = p.Fleet.Kiosks(r.Context()); err != nil {
		return err
	}
	if v.Teams, err = p.Lists.Teams(r.Context()); err != nil {
		return err
	}
	at, now := pageOf(q), p.Now()
	lines, err := p.BulletinLists.Bulletins(r.Context(), now.Unix(), v.Over, at*messagesShown, messagesShown+1)
	if err != nil {
		return err
	}
	link := func(page int) string {
		base := url.Values{"page": {strconv.Itoa(page)}}
		if v.Over {
			base.Set("view", "over")
		}
		return messagesPath + "?" + base.Encode()
	}
	if at > 0 {
		v.Prev = link(at - 1)
	}
	if len(lines) > messagesShown {
		lines, v.Next = lines[:messagesShown], link(at+1)
	}
	for _, l := range lines {
		v.Lines = append(v.Lines, p.messageLine(l, v.May && !v.Over, now))
	}
	return p.show(w, status, "messages", v)
}

func (p *pages) messageLine(l centraldb.BulletinLine, may bool, now time.Time) messageLine {
	v := messageLine{Text: l.Text, By: l.MadeBy + ", " + p.when(l.MadeAt), Reads: l.Reads, Later: l.From > now.Unix(), For: "Everybody"}
	name := l.SubjectName
	if name == "" {
		name = l.Subject
	}
	switch l.Audience {
	case centraldb.ForKiosk:
		v.For = "Everybody at " + name
	case centraldb.ForTeam:
		v.For = "Team " + name
	case centraldb.ForPerson:
		v.For = name
	}
	day := func(at int64) string { return time.Unix(at, 0).In(p.zone).Format("Mon 2 Jan 2006") }
	switch {
	case l.EndedAt != 0:
		v.When = "Ended by " + l.EndedBy + ", " + p.when(l.EndedAt)
	case l.From != 0 && l.Until != 0:
		v.When = day(l.From) + " to " + day(l.Until-1)
	case l.From != 0:
		v.When = "From " + day(l.From)
	case l.Until != 0:
		v.When = "Until " + day(l.Until-1)
	}
	if may {
		v.End = messagesPath + "/" + strconv.FormatInt(l.ID, 10) + "/end"
	}
	return v
}

func (p *pages) postMessage(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	form := messageFormFrom(r.PostForm)
	m, err := p.messageOf(r.Context(), form)
	looks := r.PostForm.Get("do") == "preview"
	if err == nil && looks {
		m, err = p.Bulletins.Check(r.Context(), m)
	} else if err == nil {
		_, err = p.Bulletins.Post(r.Context(), who.Email, m)
	}
	if err == nil && looks {
		return p.showMessages(w, r, who, http.StatusOK, func(v *messagesView) { v.Form, v.Preview = form, strings.Split(m.Text, "\n") })
	}
	if err == nil {
		return p.after(w, r, messagesPath, "Posted. Kiosks that are connected have it in a moment.")
	}
	bad, status, err := wrongOf(err, "text")
	if err != nil {
		return err
	}
	return p.showMessages(w, r, who, status, func(v *messagesView) { v.Form, v.Wrong = form, bad })
}

// messageOf takes what was typed.
func (p *pages) messageOf(ctx context.Context, f messageForm) (bulletin.Message, error) {
	m := bulletin.Message{Audience: f.Audience, Text: f.Text}
	var err error
	switch f.Audience {
	case centraldb.ForKiosk:
		m.Subject = f.Kiosk
	case centraldb.ForTeam:
		m.Subject = f.Team
	case centraldb.ForPerson:
		if f.Person == "" {
			return m, problem.New(problem.Invalid, "Say whom it is for.", "Type a name or a staff number.").With("field", "subject")
		}
		if m.Subject, err = p.meant(ctx, "subject", f.Person); err != nil {
			return m, err
		}
	}
	if m.From, err = p.dayTyped("from", f.From, 0); err != nil {
		return m, err
	}
	m.Until, err = p.dayTyped("until", f.Until, 1)
	return m, err
}

// dayTyped reads a day's midnight, so many days later; zero where none was typed.
func (p *pages) dayTyped(field, day string, later int) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return t, problem.New(problem.Invalid, "This is not a day.", "Write it like 2026-03-01.").With("field", field)
	}
	return civilOf(t).Plus(later).In(p.zone), nil
}

func (p *pages) endMessage(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return problem.New(problem.NotFound, "There is no such message.", "Look at the list again.").Because(err)
	}
	if err := p.Bulletins.End(r.Context(), who.Email, id); err != nil {
		return err
	}
	return p.after(w, r, messagesPath, "Ended. No kiosk shows it any more once it has heard of it.")
}
