package notify_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/notify"
	"github.com/timepost/timepost/central/post"
	"github.com/timepost/timepost/store/centraldb"
)

const (
	owner    = "olga@acme.example"
	secret   = "smtp secret 8K"
	goodSite = "https://time.acme.example"
)

func org() centraldb.Organisation {
	return centraldb.Organisation{ID: "acme", Name: "Acme", Zone: "UTC", Gen: 1, PINLen: 4}
}

// postman takes mails, or fails as told.
type postman struct {
	mu   sync.Mutex
	fail func(post.Message) error
	got  []post.Message
	at   []time.Time
	to   post.Server
}

func (p *postman) Send(_ context.Context, to post.Server, m post.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = to
	p.at = append(p.at, time.Now())
	if p.fail != nil {
		if err := p.fail(m); err != nil {
			return err
		}
	}
	p.got = append(p.got, m)
	return nil
}

func (p *postman) mails() []post.Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]post.Message(nil), p.got...)
}

func (p *postman) tries() []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]time.Time(nil), p.at...)
}

func (p *postman) failing(f func(post.Message) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = f
}

// world is an organisation with an owner, an admin, a manager and a closed owner.
type world struct {
	t       testing.TB
	path    string
	db      *centraldb.DB
	postman *postman
	notify  *notify.Notify
	log     *strings.Builder
}

func newWorld(t testing.TB) *world {
	t.Helper()
	path := filepath.Join(t.TempDir(), "central.db")
	db, err := centraldb.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, path: path, db: db, postman: new(postman), log: new(strings.Builder)}
	if err := db.Create(t.Context(), org()); err != nil {
		t.Fatal(err)
	}
	w.update(func(tx *centraldb.Tx) error {
		var err error
		for address, role := range map[string]attendance.Role{
			owner: attendance.Owner, "adam@acme.example": attendance.Admin, "mona@acme.example": attendance.Manager, "gone@acme.example": attendance.Owner,
		} {
			err = errors.Join(err, tx.AddLogin(t.Context(), centraldb.Login{Email: address, Role: role, Password: "x"}))
		}
		return errors.Join(err, tx.SetLogin(t.Context(), centraldb.Login{Email: "gone@acme.example", Role: attendance.Owner, ClosedAt: 1}))
	})
	w.notify = w.make(w.postman)
	return w
}

func (w *world) make(s notify.Sender) *notify.Notify {
	w.t.Helper()
	return notify.New(notify.Config{
		Org: "acme", Store: w.db, Sender: s, Safe: w.safe(7), Audit: audit.New(w.db, time.Now), Random: rand.Reader,
		Log: slog.New(slog.NewTextHandler(w.log, nil)),
	})
}

func (w *world) safe(key byte) *notify.Safe {
	w.t.Helper()
	s, err := notify.NewSafe("acme", [32]byte{key})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) close() {
	if err := w.db.Close(); err != nil {
		w.t.Error(err)
	}
}

func (w *world) update(f func(*centraldb.Tx) error) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

// mail sets mail up.
func (w *world) mail(change func(*notify.Edit)) {
	w.t.Helper()
	if err := w.notify.SetMail(w.t.Context(), owner, edit(change)); err != nil {
		w.t.Fatal(err)
	}
}

func edit(change func(*notify.Edit)) notify.Edit {
	password := secret
	e := notify.Edit{
		Host: "smtp.acme.example", Port: 587, Security: post.StartTLS, User: "clock", Password: &password,
		From: "Timepost <clock@acme.example>", Site: goodSite,
	}
	if change != nil {
		change(&e)
	}
	return e
}

// notice adds a notice as of now.
func (w *world) notice(audience, title string, age time.Duration) {
	w.t.Helper()
	w.update(func(tx *centraldb.Tx) error {
		return tx.AddNotice(w.t.Context(), centraldb.Notice{
			At: time.Now().Add(-age).UnixNano(), Kind: "test", Audience: audience, Title: title, Body: "Look at this.", Path: "/team/p-1#pin",
		})
	})
}

func (w *world) letters(s centraldb.MailState) []centraldb.Letter {
	w.t.Helper()
	page, total, err := w.db.Letters(w.t.Context(), s, 0, 100)
	if err != nil || total != len(page) {
		w.t.Fatal(total, err)
	}
	return page
}
