package work

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"time"

	"github.com/timepost/timepost/store/centraldb"
)

// Store is the tables. Update runs f in one write transaction.
type Store interface {
	Update(ctx context.Context, f func(*centraldb.Tx) error) error
}

// Auditor writes a row of the audit log in the transaction of what it tells of.
type Auditor interface {
	Record(ctx context.Context, tx *centraldb.Tx, actor, action, subject string, detail any) error
}

// Rosters brings kiosks' rosters up to date after a commit.
type Rosters interface {
	Refresh(ctx context.Context, kiosks ...string) error
}

// Config is what a Work stands on. Later has all rosters brought up to date behind
// the caller's back, and does not block. Now, Random, Later and Log may be nil.
type Config struct {
	Store   Store
	Audit   Auditor
	Rosters Rosters
	Later   func()
	Now     func() time.Time
	Random  io.Reader
	Log     *slog.Logger
}

// Work administers projects and what belongs to them.
type Work struct{ Config }

// New gives a Work.
func New(c Config) *Work {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Work{c}
}

// fewKiosks are told before the caller gets an answer; of more the caller does not
// wait.
const fewKiosks = 8

// update runs f in a transaction and, once it has been committed, tells the kiosks
// that f gives. The change stands whatever happens then: the next refresh makes up
// for one that fails.
func (w *Work) update(ctx context.Context, f func(tx *centraldb.Tx) (kiosks []string, err error)) error {
	var kiosks []string
	err := w.Store.Update(ctx, func(tx *centraldb.Tx) error {
		var err error
		kiosks, err = f(tx)
		return err
	})
	if err != nil || len(kiosks) == 0 {
		return err
	}
	if len(kiosks) > fewKiosks && w.Later != nil {
		w.Later()
		return nil
	}
	if err := w.Rosters.Refresh(context.WithoutCancel(ctx), kiosks...); err != nil {
		w.Log.Error("refresh rosters", "kiosks", len(kiosks), "err", err)
	}
	return nil
}
