package centraldb

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"github.com/timepost/timepost/attendance"
)

// PersonFile is what is kept of a person, but for what grows with the years: punches,
// corrections and the audit log. It holds no PIN and no hash. Instants are unix
// nanoseconds.
type PersonFile struct {
	attendance.Person
	CreatedAt    int64
	PINLen       int   // digits; 0: there is no PIN
	PINChangedAt int64 // 0: there is none
	Kiosks       []NamedKiosk
	Requests     []PINRequest // open and settled, the oldest first
	Locks        []PINLock
	Accounts     []AccountFile // open and closed
	Badges       []Badge
	Missed       []PunchRequestLine // punches that they asked for, the newest first
	Read         []ReadMessage
	Work         PersonWork
}

// ReadMessage is a message that a person has seen at a kiosk; Text is "" where it is
// not kept.
type ReadMessage struct {
	Message string // as kiosks name it
	Text    string
	Kiosk   string
	At      int64
}

// NamedKiosk is a kiosk's id with what it is called.
type NamedKiosk struct{ ID, Name string }

// AccountFile is an account with its sessions.
type AccountFile struct {
	LoginLine
	Sessions []Session
}

// PersonFile reads what is kept of a person; problem.NotFound.
func (d *DB) PersonFile(ctx context.Context, id string) (f PersonFile, err error) {
	if f.Person, err = d.Person(ctx, id); err != nil {
		return f, err
	}
	err = d.db.Reader().QueryRowContext(ctx, `SELECT p.created_at, COALESCE(n.len, 0), COALESCE(n.changed_at, 0)
		FROM people p`+ownPINs+` WHERE p.id = $1`, id).Scan(&f.CreatedAt, &f.PINLen, &f.PINChangedAt)
	if err == nil {
		err = d.fileKiosks(ctx, &f)
	}
	if err == nil {
		err = d.fileRequests(ctx, &f)
	}
	if err == nil {
		err = d.fileLocks(ctx, &f)
	}
	if err == nil {
		err = d.fileAccounts(ctx, &f)
	}
	if err == nil {
		f.Badges, err = d.BadgesOf(ctx, id)
	}
	if err == nil {
		err = d.fileAsked(ctx, &f)
	}
	if err == nil {
		f.Work, err = d.PersonWork(ctx, id)
	}
	if err != nil {
		return f, fmt.Errorf("read what is kept of a person: %w", err)
	}
	return f, nil
}

func (d *DB) fileKiosks(ctx context.Context, f *PersonFile) error {
	return each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var k NamedKiosk
		err := r.Scan(&k.ID, &k.Name)
		f.Kiosks = append(f.Kiosks, k)
		return err
	}, `SELECT DISTINCT k.id, k.name FROM people p JOIN assignments a ON `+assignedTo+` JOIN kiosks k ON k.id = a.kiosk
		WHERE p.id = $1 AND p.active = 1 ORDER BY k.name, k.id`, f.ID)
}

func (d *DB) fileRequests(ctx context.Context, f *PersonFile) error {
	return each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		q := PINRequest{Person: f.ID}
		err := r.Scan(&q.ID, &q.Kiosk, &q.At, &q.ToldAt, &q.DoneAt, &q.DoneBy)
		f.Requests = append(f.Requests, q)
		return err
	}, `SELECT id, kiosk, at, told_at, done_at, done_by FROM pin_requests WHERE person = $1 ORDER BY id`, f.ID)
}

func (d *DB) fileAsked(ctx context.Context, f *PersonFile) (err error) {
	const all = 1_000_000 // nobody asks so often
	if f.Missed, err = d.PunchRequests(ctx, RequestFilter{All: true, Person: f.ID, Limit: all}); err != nil {
		return err
	}
	return each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var m ReadMessage
		err := r.Scan(&m.Message, &m.Text, &m.Kiosk, &m.At)
		f.Read = append(f.Read, m)
		return err
	}, `SELECT m.message, COALESCE(b.text, q.told, ''), m.kiosk, m.at FROM message_reads m
		LEFT JOIN bulletins b ON m.message = 'note-' || b.id LEFT JOIN punch_requests q ON m.message = 'answer-' || q.id
		WHERE m.person = $1 ORDER BY m.at, m.message`, f.ID)
}

func (d *DB) fileLocks(ctx context.Context, f *PersonFile) error {
	return each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		l := PINLock{Person: f.ID}
		err := r.Scan(&l.Kiosk, &l.Failures, &l.Locked, &l.At, &l.PINVersion, &l.UnlockVersion)
		f.Locks = append(f.Locks, l)
		return err
	}, `SELECT kiosk, failures, locked, at, pin_version, unlock_version FROM pin_locks WHERE person = $1 ORDER BY kiosk`, f.ID)
}

func (d *DB) fileAccounts(ctx context.Context, f *PersonFile) error {
	lines, err := d.AccountsOf(ctx, f.ID)
	for _, l := range lines {
		sessions, serr := d.SessionsOf(ctx, l.Email)
		if serr != nil {
			return serr
		}
		f.Accounts = append(f.Accounts, AccountFile{l, sessions})
	}
	return err
}

// AccountsOf reads the accounts that are a person's, open and closed.
func (d *DB) AccountsOf(ctx context.Context, person string) ([]LoginLine, error) {
	var out []LoginLine
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		l, err := scanLoginLine(r)
		out = append(out, l)
		return err
	}, `SELECT `+loginColumns+` WHERE l.person = $1 AND l.person <> '' ORDER BY l.closed_at <> 0, l.email`, person)
	if err != nil {
		return nil, fmt.Errorf("read accounts of a person: %w", err)
	}
	return out, nil
}

// CorrectionsOf reads the rows about a person's entries in the order of the time that
// each gives, after a place in it, at most limit. A row's place is that time and its
// id; the zero Place is before all.
func (d *DB) CorrectionsOf(ctx context.Context, person string, after Place, limit int) ([]Correction, error) {
	var out []Correction
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		c := Correction{Person: person}
		err := r.Scan(&c.ID, &c.Entry, &c.Kind, &c.MadeAt, &c.MadeBy, &c.Reason, &c.Kiosk, &c.Action, &c.At, &c.Zone, &c.Project, &c.Note)
		out = append(out, c)
		return err
	}, `SELECT id, entry, kind, made_at, made_by, reason, kiosk, action, at, zone, project, note FROM corrections
		WHERE person = $1 AND at >= $2 AND (at, id) > ($2, $3) ORDER BY at, id LIMIT `+strconv.Itoa(limit), person, after.At, after.Turn)
	if err != nil {
		return nil, fmt.Errorf("read corrections of a person: %w", err)
	}
	return out, nil
}
