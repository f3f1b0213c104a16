package centraldb

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/sync/record"
)

// The kinds of what did not come in the usual way, besides Fault and Fork,
// Deposited and Salvaged. The list takes any kind; these are those that are
// noticed today.
const (
	Missing   = "gap"      // numbers that a kiosk skipped
	Unlisted  = "unlisted" // a punch of somebody who was not on the team then
	Newcomer  = "newcomer" // a punch of somebody who typed a name: I'm not listed
	TakenBack = "void"     // a punch that somebody took back, and not in the usual way
)

// The decisions about it.
const (
	ReviewMatch  = "match"  // the punch is somebody else's
	ReviewAccept = "accept" // it is as it says
	ReviewRefuse = "refuse" // it does not count
)

// Review is a decision. Entry is what it added or voided, 0 where it did neither.
type Review struct {
	Kind     string
	Subject  string
	Decision string
	Reason   string
	Entry    int64
	MadeAt   int64 // unix nanoseconds
	MadeBy   string
}

// Claim is the punch that an item tells of. A record that is not counted only says so.
type Claim struct {
	Person     string
	PersonName string // "": nobody on the team, now or ever
	Typed      string // the name as it was typed at the kiosk, of kind Newcomer
	Action     attendance.Action
	At         int64 // unix nanoseconds, by the kiosk's clock
	Zone       string
	Project    string
	Note       string
}

// ReviewItem is something that did not come in the usual way, decided or not.
type ReviewItem struct {
	Kind      string
	Subject   string
	At        int64 // when it was noticed, unix nanoseconds
	Kiosk     string
	KioskName string
	Journal   record.JournalID
	Seq       uint64
	To        uint64 // the last number of a gap
	Reason    string // why a record was set aside, or what is in the way of a takeback
	Type      string // what the record is; "" where it can't be read
	Entry     int64  // the punch it is about, of kind Unlisted and TakenBack; 0: none
	Claim     *Claim // nil: it tells of no punch
	Decided   *Review
}

// unlisted gives the punches of people who are unknown, or were archived before
// the punch. It begins with where people stand, one row for each that ever punched:
// nothing in it goes through all punches.
const unlisted = `SELECT 'unlisted' AS kind, CAST(u.id AS TEXT) AS subject, COALESCE(r.received_at, u.at) AS at
	FROM (SELECT s.person, CASE WHEN p.id IS NULL THEN 0 ELSE
			(SELECT MAX(a.at) FROM audit a WHERE a.subject = s.person AND a.action = 'person.archive') END AS since
		FROM presence s LEFT JOIN people p ON p.id = s.person WHERE p.id IS NULL OR p.active = 0) x
	CROSS JOIN punches u ON u.person = x.person AND u.at > x.since
	LEFT JOIN records r ON r.id = u.id
	WHERE NOT EXISTS (SELECT 1 FROM corrected c WHERE c.entry = u.id AND c.kind = 'void')`

// The subjects of a record that was set aside, of one that came in late, and of a gap.
const (
	asideSubject = `q.kiosk || ':' || lower(hex(q.journal)) || ':' || q.seq || ':' || lower(hex(q.hash))`
	lateSubject  = `l.kiosk || ':' || lower(hex(l.journal)) || ':' || l.seq || ':' || lower(hex(l.hash))`
	gapSubject   = `g.kiosk || ':' || lower(hex(g.journal)) || ':' || g.from_seq`
)

const openReviews = `SELECT o.kind, o.subject, o.at FROM (
	SELECT q.kind AS kind, ` + asideSubject + ` AS subject, q.received_at AS at FROM quarantine q
	UNION ALL SELECT l.kind, ` + lateSubject + `, l.received_at FROM late_records l WHERE l.asks = 1
		AND NOT EXISTS (SELECT 1 FROM records n WHERE n.kiosk = l.kiosk AND n.journal = l.journal AND n.seq = l.seq AND n.hash = l.hash)
	UNION ALL SELECT 'gap', ` + gapSubject + `, g.noticed_at FROM gaps g
	UNION ALL SELECT 'newcomer', CAST(w.id AS TEXT), w.received_at FROM newcomers w
	UNION ALL SELECT 'void', CAST(b.id AS TEXT), b.received_at FROM takebacks b WHERE b.entry = 0
	UNION ALL ` + unlisted + `) o
	WHERE NOT EXISTS (SELECT 1 FROM reviews v WHERE v.kind = o.kind AND v.subject = o.subject)`

// OpenReviews reads what nobody has decided yet, the newest first. Each has to be
// decided once and is then gone from this list.
func (d *DB) OpenReviews(ctx context.Context, offset, limit int) ([]ReviewItem, error) {
	var items []ReviewItem
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var i ReviewItem
		err := r.Scan(&i.Kind, &i.Subject, &i.At)
		items = append(items, i)
		return err
	}, openReviews+` ORDER BY o.at DESC, o.kind, o.subject LIMIT $1 OFFSET $2`, limit, offset)
	if err != nil {
		return nil, fmt.Errorf("read open reviews: %w", err)
	}
	return items, reviewDetails(ctx, d.db.Reader(), items)
}

// CountOpenReviews counts them, up to most.
func (d *DB) CountOpenReviews(ctx context.Context, most int) (int, error) {
	n, err := count(ctx, d.db.Reader(), `SELECT COUNT(*) FROM (`+openReviews+` LIMIT $1) c`, most)
	if err != nil {
		return 0, fmt.Errorf("count open reviews: %w", err)
	}
	return n, nil
}

const reviewColumns = `v.kind, v.subject, v.decision, v.reason, v.entry, v.made_at, v.made_by`

func scanReview(r interface{ Scan(...any) error }) (*Review, error) {
	v := &Review{}
	return v, r.Scan(&v.Kind, &v.Subject, &v.Decision, &v.Reason, &v.Entry, &v.MadeAt, &v.MadeBy)
}

// DecidedReviews reads what was decided, the last decision first.
func (d *DB) DecidedReviews(ctx context.Context, offset, limit int) ([]ReviewItem, error) {
	var items []ReviewItem
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		v, err := scanReview(r)
		items = append(items, ReviewItem{Kind: v.Kind, Subject: v.Subject, Decided: v})
		return err
	}, `SELECT `+reviewColumns+` FROM reviews v ORDER BY v.id DESC LIMIT $1 OFFSET $2`, limit, offset)
	if err != nil {
		return nil, fmt.Errorf("read reviews: %w", err)
	}
	return items, reviewDetails(ctx, d.db.Reader(), items)
}

// Review reads one item; problem.NotFound.
func (d *DB) Review(ctx context.Context, kind, subject string) (ReviewItem, error) {
	return review(ctx, d.db.Reader(), kind, subject)
}

// Review reads one item; problem.NotFound.
func (t *Tx) Review(ctx context.Context, kind, subject string) (ReviewItem, error) {
	return review(ctx, t.tx, kind, subject)
}

func review(ctx context.Context, q querier, kind, subject string) (ReviewItem, error) {
	items := []ReviewItem{{Kind: kind, Subject: subject}}
	if err := reviewDetails(ctx, q, items); err != nil {
		return items[0], err
	}
	i := &items[0]
	err := each(ctx, q, func(r *sql.Rows) error {
		var err error
		i.Decided, err = scanReview(r)
		return err
	}, `SELECT `+reviewColumns+` FROM reviews v WHERE v.kind = $1 AND v.subject = $2`, kind, subject)
	if err != nil {
		return *i, fmt.Errorf("read review: %w", err)
	}
	if i.Kiosk == "" || i.Decided == nil && kind == Unlisted && !isUnlisted(ctx, q, i, &err) {
		if err != nil {
			return *i, fmt.Errorf("read review: %w", err)
		}
		return *i, notFound("thing to review")
	}
	return *i, nil
}

// isUnlisted says whether a punch is one of those: any other is not under review.
func isUnlisted(ctx context.Context, q querier, i *ReviewItem, err *error) bool {
	var ok bool
	ok, *err = exists(ctx, q, `SELECT 1 FROM (`+unlisted+` AND u.id = $1 AND x.person = $2) o`, i.Entry, i.Claim.Person)
	return ok && *err == nil
}

// AddReview writes a decision. There is one about each thing.
func (t *Tx) AddReview(ctx context.Context, v Review) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO reviews (kind, subject, decision, reason, entry, made_at, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		v.Kind, v.Subject, v.Decision, v.Reason, v.Entry, v.MadeAt, v.MadeBy)
	if err != nil {
		return fmt.Errorf("write review: %w", err)
	}
	return nil
}

// reviewKey is a subject taken apart; false for one that names nothing.
func reviewKey(i *ReviewItem, hash *[]byte) bool {
	var err error
	switch i.Kind {
	case Unlisted, Newcomer, TakenBack:
		i.Entry, err = strconv.ParseInt(i.Subject, 10, 64)
		return err == nil && i.Entry > 0
	}
	parts := strings.Split(i.Subject, ":")
	if i.Kind == Missing {
		parts = append(parts, "")
	}
	if len(parts) != 4 || i.Journal.UnmarshalText([]byte(parts[1])) != nil {
		return false
	}
	if i.Seq, err = strconv.ParseUint(parts[2], 10, 63); err != nil {
		return false
	}
	i.Kiosk = parts[0]
	*hash, err = hex.DecodeString(parts[3])
	return err == nil
}
