package notify

import (
	"context"
	"strconv"
	"time"

	"github.com/timepost/timepost/central/post"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// waits gives the time between the tries of a mail: 14 tries within a day.
func waits() []time.Duration {
	const m, h = time.Minute, time.Hour
	return []time.Duration{m, 2 * m, 4 * m, 8 * m, 15 * m, 30 * m, h, 2 * h, 4 * h, 4 * h, 4 * h, 4 * h, 4 * h}
}

// next sends the mail that is due first. It gives 0 where there may be another
// one to send now, otherwise the time until then.
func (n *Notify) next(ctx context.Context) (time.Duration, error) {
	settings, err := n.Store.Settings(ctx)
	if err != nil || settings.Mail.Host == "" {
		return idle, err
	}
	l, ok, err := n.Store.NextLetter(ctx)
	if err != nil || !ok {
		return idle, err
	}
	now := n.Now()
	if wait := max(time.Unix(0, l.DueAt).Sub(now), n.holding(now)); wait > 0 {
		return min(wait, idle), nil
	}
	sent := n.send(ctx, settings.Mail, l)
	if sent != nil && ctx.Err() != nil {
		return idle, nil // stopped: it is sent again, with the same Message-ID
	}
	l = n.tried(l, sent)
	// What the server has taken is written down even while we are being stopped.
	ctx = context.WithoutCancel(ctx)
	err = n.Store.Update(ctx, func(tx *centraldb.Tx) error { return tx.SetTried(ctx, l) })
	return 0, err
}

func (n *Notify) holding(now time.Time) time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.held.Sub(now)
}

func (n *Notify) send(ctx context.Context, m centraldb.Mail, l centraldb.Letter) error {
	to, err := n.server(m)
	if err != nil {
		return err
	}
	return n.Sender.Send(ctx, to, post.Message{
		ID: n.id("m"+strconv.FormatInt(l.ID, 10), l.CreatedAt), At: time.Unix(0, l.CreatedAt).UTC(), To: l.Recipient, Subject: l.Subject, Body: l.Body,
	})
}

// id makes a Message-ID that is the same whenever a mail is sent again.
func (n *Notify) id(what string, at int64) string {
	return what + "." + strconv.FormatInt(at, 36) + "." + n.Org
}

// server gives the settings as package post takes them.
func (n *Notify) server(m centraldb.Mail) (post.Server, error) {
	to := post.Server{Host: m.Host, Port: m.Port, Security: m.Security, User: m.User, From: m.From}
	if m.User == "" || m.Password == nil {
		return to, nil
	}
	var err error
	to.Password, err = n.Safe.Open(m.Password)
	return to, err
}

// tried gives the letter as it stands after a try.
func (n *Notify) tried(l centraldb.Letter, err error) centraldb.Letter {
	now := n.Now()
	l.Tries++
	if err == nil {
		l.SentAt, l.Fault = now.UnixNano(), ""
		n.Log.Info("mail sent", "mail", l.ID, "tries", l.Tries)
		return l
	}
	e := problem.From(err)
	l.Fault = e.Message + " " + e.Hint
	between := waits()
	if e.Code == problem.Invalid || l.Tries > len(between) {
		l.DeadAt = now.UnixNano()
		n.Log.Error("mail given up", "mail", l.ID, "tries", l.Tries, "code", string(e.Code))
		return l
	}
	l.DueAt = now.Add(between[l.Tries-1]).UnixNano()
	if e.Detail["server"] == true {
		n.mu.Lock()
		n.held = now.Add(hold)
		n.mu.Unlock()
	}
	n.Log.Warn("mail not taken", "mail", l.ID, "tries", l.Tries, "code", string(e.Code))
	return l
}
