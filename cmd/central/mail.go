package main

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/fleet"
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
	s.mails = notify.New(notify.Config{
		Org: s.org.ID, Store: s.db, Sender: new(post.Sender), Safe: safe, Audit: audit.New(s.db, time.Now), Random: rand.Reader, Log: s.log,
	})
	return nil
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
