package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/timepost/timepost/attendance"
)

// The decisions about a PunchRequest.
const (
	RequestApproved = "approve"
	RequestRefused  = "refuse"
)

// PunchRequest is a punch that somebody says is missing. Instants are unix
// nanoseconds.
type PunchRequest struct {
	ID         int64 // of the record that says so
	Person     string
	Kiosk      string
	Action     attendance.Action
	Project    string // its id
	Reason     string // the person's own
	Claim      int64  // when the punch was, by the person's word
	Zone       string // the kiosk's
	MadeAt     int64  // by the kiosk's clock
	ReceivedAt int64

	Decision  string // "": nobody has decided yet
	Answer    string // why it was refused
	DecidedAt int64
	DecidedBy string
	Entry     int64  // that was added
	Told      string // the answer as the kiosk shows it
}

// PunchRequestLine is a request as lists show it.
type PunchRequestLine struct {
	PunchRequest
	PersonName  string // "": nobody has that id
	StaffNo     string
	Team        string
	Lang        string
	KioskName   string
	ProjectName string
	ReadAt      int64 // when the person saw the answer; 0: not yet
}

// RequestFilter chooses requests; the zero one all that are open, the oldest first.
// Decided ones come with the last decision first.
type RequestFilter struct {
	Decided bool
	All     bool // open and decided, the newest first
	Person  string
	Reach   Reach
	Offset  int
	Limit   int
}

// AddPunchRequest stores a request; one that is known changes nothing.
func (t *Tx) AddPunchRequest(ctx context.Context, r PunchRequest) error {
	err := exec(ctx, t.tx, nil, `INSERT INTO punch_requests (id, person, kiosk, action, project, reason, claim, zone, made_at, received_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING`,
		r.ID, r.Person, r.Kiosk, string(r.Action), r.Project, r.Reason, r.Claim, r.Zone, r.MadeAt, r.ReceivedAt)
	if err != nil {
		return fmt.Errorf("add request: %w", err)
	}
	return nil
}

const requestColumns = `q.id, q.person, q.kiosk, q.action, q.project, q.reason, q.claim, q.zone, q.made_at, q.received_at,
	q.decision, q.answer, q.decided_at, q.decided_by, q.entry, q.told,
	COALESCE(p.name, ''), COALESCE(p.staff_no, ''), COALESCE(p.team, ''), COALESCE(p.lang, ''), COALESCE(k.name, q.kiosk), COALESCE(j.name, q.project), COALESCE(m.at, 0)
	FROM punch_requests q LEFT JOIN people p ON p.id = q.person LEFT JOIN kiosks k ON k.id = q.kiosk LEFT JOIN projects j ON j.id = q.project
	LEFT JOIN message_reads m ON m.message = 'answer-' || q.id AND m.person = q.person`

func scanRequest(r interface{ Scan(...any) error }) (PunchRequestLine, error) {
	var l PunchRequestLine
	return l, r.Scan(&l.ID, &l.Person, &l.Kiosk, &l.Action, &l.Project, &l.Reason, &l.Claim, &l.Zone, &l.MadeAt, &l.ReceivedAt,
		&l.Decision, &l.Answer, &l.DecidedAt, &l.DecidedBy, &l.Entry, &l.Told,
		&l.PersonName, &l.StaffNo, &l.Team, &l.Lang, &l.KioskName, &l.ProjectName, &l.ReadAt)
}

// PunchRequest reads one; problem.NotFound.
func (d *DB) PunchRequest(ctx context.Context, id int64) (PunchRequestLine, error) {
	return punchRequest(ctx, d.db.Reader(), id)
}

// PunchRequest reads one; problem.NotFound.
func (t *Tx) PunchRequest(ctx context.Context, id int64) (PunchRequestLine, error) {
	return punchRequest(ctx, t.tx, id)
}

func punchRequest(ctx context.Context, q querier, id int64) (PunchRequestLine, error) {
	l, err := scanRequest(q.QueryRowContext(ctx, `SELECT `+requestColumns+` WHERE q.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return l, notFound("request")
	}
	if err != nil {
		return l, fmt.Errorf("read request: %w", err)
	}
	return l, nil
}

func (f RequestFilter) where() *where {
	w := &where{}
	switch {
	case f.All:
		w.add("1 = 1")
	case f.Decided:
		w.add("q.decision <> ''")
	default:
		w.add("q.decision = ''")
	}
	if f.Person != "" {
		w.add("q.person = ", f.Person)
	}
	w.reach(f.Reach)
	return w
}

// PunchRequests reads a page of requests.
func (d *DB) PunchRequests(ctx context.Context, f RequestFilter) ([]PunchRequestLine, error) {
	w, order := f.where(), "q.id"
	switch {
	case f.All:
		order = "q.id DESC"
	case f.Decided:
		order = "q.decided_at DESC, q.id DESC"
	}
	var out []PunchRequestLine
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		l, err := scanRequest(r)
		out = append(out, l)
		return err
	}, `SELECT `+requestColumns+` WHERE `+w.text()+` ORDER BY `+order+` LIMIT `+strconv.Itoa(f.Limit)+` OFFSET `+strconv.Itoa(f.Offset), w.args...)
	if err != nil {
		return nil, fmt.Errorf("read requests: %w", err)
	}
	return out, nil
}

// CountPunchRequests counts the open ones within reach, up to most.
func (d *DB) CountPunchRequests(ctx context.Context, reach Reach, most int) (int, error) {
	w := RequestFilter{Reach: reach}.where()
	n, err := count(ctx, d.db.Reader(), `SELECT COUNT(*) FROM (SELECT 1 FROM punch_requests q LEFT JOIN people p ON p.id = q.person WHERE `+
		w.text()+` LIMIT `+strconv.Itoa(most)+`) c`, w.args...)
	if err != nil {
		return 0, fmt.Errorf("count requests: %w", err)
	}
	return n, nil
}

// DecidePunchRequest writes what was decided about an open request;
// problem.NotFound where none is open.
func (t *Tx) DecidePunchRequest(ctx context.Context, r PunchRequest) error {
	return exec(ctx, t.tx, notFound("open request"), `UPDATE punch_requests SET decision = $1, answer = $2, decided_at = $3, decided_by = $4, entry = $5, told = $6
		WHERE id = $7 AND decision = ''`, r.Decision, r.Answer, r.DecidedAt, r.DecidedBy, r.Entry, r.Told, r.ID)
}
