package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/central/hook"
	"github.com/timepost/timepost/central/notify"
	"github.com/timepost/timepost/central/post"
	"github.com/timepost/timepost/store/centraldb"
)

// makeMail wires what tells owners and admins.
func (s *server) makeMail() error {
	safe, err := notify.NewSafe(s.org.ID, s.keys.Data)
	if err != nil {
		return err
	}
	s.mails = newMails(s.org.ID, s.db, safe, s.log)
	s.hooks = health.NewHooks(health.HooksConfig{
		Store: s.db, Poster: hook.Sender{}, Safe: safe, Audit: audit.New(s.db, time.Now), Now: time.Now, Log: s.log,
	})
	return nil
}

func newMails(org string, db *centraldb.DB, safe *notify.Safe, log *slog.Logger) *notify.Notify {
	return notify.New(notify.Config{
		Org: org, Store: db, Sender: new(post.Sender), Safe: safe, Audit: audit.New(db, time.Now), Random: rand.Reader, Log: log,
	})
}

// resealMail moves the mail server's password under a new data key.
func resealMail(ctx context.Context, tx *centraldb.Tx, before, after *fleet.Keys) error {
	old, err := notify.NewSafe(before.Org, before.Data)
	if err != nil {
		return err
	}
	safe, err := notify.NewSafe(after.Org, after.Data)
	if err != nil {
		return err
	}
	return old.Reseal(ctx, tx, rand.Reader, safe)
}
