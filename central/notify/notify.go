package notify

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/timepost/timepost/central/post"
	"github.com/timepost/timepost/store/centraldb"
)

// Store keeps settings, notices and mails. Noticed ticks after commits that added
// notices.
type Store interface {
	Organisation(ctx context.Context) (centraldb.Organisation, error)
	Update(ctx context.Context, f func(*centraldb.Tx) error) error
	Settings(ctx context.Context) (centraldb.Settings, error)
	NextLetter(ctx context.Context) (l centraldb.Letter, ok bool, err error)
	Noticed() <-chan struct{}
}

// Sender hands in one mail. See package post for the errors.
type Sender interface {
	Send(ctx context.Context, to post.Server, m post.Message) error
}

// Auditor writes a row of the audit log in the transaction of what it tells of.
type Auditor interface {
	Record(ctx context.Context, tx *centraldb.Tx, actor, action, subject string, detail any) error
}

// Config is what Notify works with. Now and Random may be nil for the system's.
type Config struct {
	Org    string // the organisation's id
	Store  Store
	Sender Sender
	Safe   *Safe
	Audit  Auditor
	Now    func() time.Time
	Random io.Reader
	Log    *slog.Logger
}

// Notify makes and sends mails. It is a service.
type Notify struct {
	Config
	poke chan struct{}

	mu   sync.Mutex
	held time.Time // the server failed: nothing is sent before

	swept time.Time // when old mails were last removed; Run's own
}

// New gives a Notify.
func New(c Config) *Notify {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Notify{Config: c, poke: make(chan struct{}, 1)}
}

const (
	idle  = time.Hour        // between looks where nothing is due: a commit wakes us anyway
	again = 10 * time.Second // after the database failed
	hold  = time.Minute      // after the mail server failed, whoever the mail was for
)

// Poke has Run look for mails at once, whatever failed before. It never blocks.
func (n *Notify) Poke() {
	n.mu.Lock()
	n.held = time.Time{}
	n.mu.Unlock()
	select {
	case n.poke <- struct{}{}:
	default:
	}
}

// Run makes and sends mails until ctx ends.
func (n *Notify) Run(ctx context.Context) error {
	for {
		wait, err := n.round(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			n.Log.Error("mails wait", "err", err)
			wait = again
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-n.poke:
		case <-n.Store.Noticed():
		}
		timer.Stop()
	}
}

// round makes the mails of all notices and sends those that are due. It gives the
// time until there may be more to do.
func (n *Notify) round(ctx context.Context) (time.Duration, error) {
	if err := n.sweep(ctx); err != nil {
		return 0, err
	}
	if err := n.write(ctx); err != nil {
		return 0, err
	}
	for {
		wait, err := n.next(ctx)
		if err != nil || wait > 0 || ctx.Err() != nil {
			return wait, err
		}
	}
}

const (
	kept      = 90 * 24 * time.Hour // what was sent, for people to look up
	sweepEach = 24 * time.Hour
)

// sweep removes mails that were sent long ago: they name people.
func (n *Notify) sweep(ctx context.Context) error {
	now := n.Now()
	if now.Sub(n.swept) < sweepEach {
		return nil
	}
	err := n.Store.Update(ctx, func(tx *centraldb.Tx) error { return tx.ForgetMails(ctx, now.Add(-kept).UnixNano()) })
	if err == nil {
		n.swept = now
	}
	return err
}
