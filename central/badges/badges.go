package badges

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Most is how many cards one person may have.
const Most = 5

// Shown is how long an unknown card can be picked by its code.
const Shown = 24 * time.Hour

// Store is the tables. Update runs f in one write transaction.
type Store interface {
	Update(ctx context.Context, f func(*centraldb.Tx) error) error
	UnknownBadges(ctx context.Context, since int64) ([]centraldb.UnknownBadge, error)
}

// Auditor writes a row of the audit log in the transaction of what it tells of.
type Auditor interface {
	Record(ctx context.Context, tx *centraldb.Tx, actor, action, subject string, detail any) error
}

// Rosters brings kiosks' rosters up to date after a commit.
type Rosters interface {
	Refresh(ctx context.Context, kiosks ...string) error
}

// Config is what a Book stands on. Later has all rosters brought up to date behind
// the caller's back, and does not block. Later, Now and Log may be nil.
type Config struct {
	Store   Store
	Audit   Auditor
	Rosters Rosters
	Later   func()
	Now     func() time.Time
	Log     *slog.Logger
}

// Book says whose card is whose.
type Book struct{ c Config }

// New gives a Book.
func New(c Config) *Book {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Book{c}
}

// AddBadge gives a person the card whose number is typed. Errors: problem.NotFound;
// problem.Invalid and problem.Conflict (detail field badge), also for a card that is
// somebody else's: it does not say whose.
func (b *Book) AddBadge(ctx context.Context, actor, person, typed string) (centraldb.Badge, error) {
	card, err := badge.Parse(typed, badge.Transform{})
	if err != nil {
		return centraldb.Badge{}, err
	}
	return b.add(ctx, actor, person, func(*centraldb.Tx) (badge.Canonical, error) { return card, nil })
}

// LearnBadge gives a person the unknown card that a kiosk has told of. Errors: as of
// AddBadge, the detail field being card; problem.NotFound also for a card that is
// not among the unknown ones any more.
func (b *Book) LearnBadge(ctx context.Context, actor, person string, unknown int64) (centraldb.Badge, error) {
	return b.add(ctx, actor, person, func(tx *centraldb.Tx) (badge.Canonical, error) {
		u, err := tx.UnknownBadge(ctx, unknown)
		if err == nil && u.ReceivedAt < b.since() {
			err = problem.New(problem.NotFound, "That card was held to the kiosk too long ago.", "Hold it to the kiosk again.")
		}
		return badge.Canonical(u.Badge), err
	})
}

// LearnCode is LearnBadge for the code on a kiosk's screen. Errors: as of LearnBadge;
// problem.Invalid (detail field code) where no such card is known.
func (b *Book) LearnCode(ctx context.Context, actor, person, kiosk, code string) (centraldb.Badge, error) {
	all, err := b.Unknown(ctx)
	if err != nil {
		return centraldb.Badge{}, err
	}
	for _, u := range all {
		if u.Kiosk == kiosk && strings.EqualFold(u.Code, strings.TrimSpace(code)) {
			return b.LearnBadge(ctx, actor, person, u.ID)
		}
	}
	return centraldb.Badge{}, problem.New(problem.Invalid, "This kiosk has not told of a card with that code.",
		"Hold the card to the kiosk again, and wait until it is connected.").With("field", "code")
}

// Unknown gives the cards of nobody that kiosks have told of lately, the newest first.
func (b *Book) Unknown(ctx context.Context) ([]centraldb.UnknownBadge, error) {
	return b.c.Store.UnknownBadges(ctx, b.since())
}

func (b *Book) since() int64 { return b.c.Now().Add(-Shown).UnixNano() }

// RemoveBadge takes a card from a person. Errors: problem.NotFound.
func (b *Book) RemoveBadge(ctx context.Context, actor, person, card string) error {
	return b.update(ctx, person, func(tx *centraldb.Tx) error {
		if _, err := tx.Person(ctx, person); err != nil {
			return err
		}
		if err := tx.DropBadge(ctx, person, card); err != nil {
			return err
		}
		return b.c.Audit.Record(ctx, tx, actor, "badge.remove", person, map[string]any{"ends": ending(card)})
	})
}

func (b *Book) add(ctx context.Context, actor, person string, which func(*centraldb.Tx) (badge.Canonical, error)) (made centraldb.Badge, err error) {
	err = b.update(ctx, person, func(tx *centraldb.Tx) error {
		card, err := which(tx)
		if err != nil {
			return err
		}
		made = centraldb.Badge{Badge: string(card), Person: person, LearntAt: b.c.Now().UnixNano(), LearntBy: actor}
		if err := check(ctx, tx, person, card); err != nil {
			return err
		}
		if err := tx.PutBadge(ctx, made); err != nil {
			return err
		}
		return b.c.Audit.Record(ctx, tx, actor, "badge.add", person, map[string]any{"ends": ending(made.Badge)})
	})
	return made, err
}

// check refuses a card that a person can't have.
func check(ctx context.Context, tx *centraldb.Tx, person string, card badge.Canonical) error {
	if err := card.Learnable(); err != nil {
		return err
	}
	p, err := tx.Person(ctx, person)
	if err != nil {
		return err
	}
	if !p.Active {
		return problem.New(problem.Conflict, "Who is archived gets no badge.", "Bring them back first.").With("field", "badge")
	}
	switch holder, err := tx.BadgeHolder(ctx, string(card)); {
	case err != nil:
		return err
	case holder == person:
		return problem.New(problem.Conflict, "This badge is theirs already.", "Nothing has to be done.").With("field", "badge")
	case holder != "":
		return problem.New(problem.Conflict, "This badge is somebody else’s.", "Take it from them first, or use another one.").With("field", "badge")
	}
	have, err := tx.BadgesOf(ctx, person)
	if err == nil && len(have) >= Most {
		return problem.New(problem.Conflict, "Nobody has more than 5 badges.", "Remove one that is not used.").With("field", "badge")
	}
	return err
}

// fewKiosks are told before the caller gets an answer; of more the caller does not
// wait.
const fewKiosks = 8

// update runs f in a transaction and, once it has been committed, tells the kiosks
// that have the person. The change stands whatever happens then: the next refresh
// makes up for one that fails.
func (b *Book) update(ctx context.Context, person string, f func(tx *centraldb.Tx) error) error {
	var kiosks []string
	err := b.c.Store.Update(ctx, func(tx *centraldb.Tx) (err error) {
		if err := f(tx); err != nil {
			return err
		}
		kiosks, err = tx.KiosksOf(ctx, person)
		return err
	})
	if err != nil || len(kiosks) == 0 {
		return err
	}
	if len(kiosks) > fewKiosks && b.c.Later != nil {
		b.c.Later()
		return nil
	}
	if err := b.c.Rosters.Refresh(context.WithoutCancel(ctx), kiosks...); err != nil {
		b.c.Log.Error("refresh rosters", "kiosks", len(kiosks), "err", err)
	}
	return nil
}

// ending gives the end of a card's number, by which people tell theirs apart.
func ending(card string) string {
	const most = 5
	if len(card) > most {
		card = "…" + card[len(card)-most:]
	}
	return card
}
