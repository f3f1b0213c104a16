package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
)

// LoginFilter chooses a page of accounts in the order of their addresses. Empty
// fields choose all that are open.
type LoginFilter struct {
	Search string // part of the address, or as in PeopleFilter for whose account it is
	Role   attendance.Role
	Closed bool // those that are closed instead
	Offset int
	Limit  int
}

// LoginLine is an account as lists show it.
type LoginLine struct {
	Login             // without the password
	PersonName string // "" where it is nobody's
	UsedAt     int64  // of its newest session or token that is left; 0: never
	Passkeys   int
	Invited    int64 // until when an invitation to set a password is open; 0: there is none
}

const loginColumns = `l.email, l.role, l.person, l.created_at, l.closed_at, COALESCE(p.name, ''),
	MAX(COALESCE((SELECT MAX(s.used_at) FROM sessions s WHERE s.email = l.email), 0),
		COALESCE((SELECT MAX(t.used_at) FROM tokens t WHERE t.email = l.email), 0), l.used_at),
	(SELECT count(*) FROM passkeys k WHERE k.email = l.email),
	COALESCE((SELECT MAX(i.expires_at) FROM invitations i WHERE i.email = l.email AND i.used_at = 0), 0)
	FROM logins l LEFT JOIN people p ON p.id = l.person`

func scanLoginLine(r interface{ Scan(...any) error }) (LoginLine, error) {
	var l LoginLine
	err := r.Scan(&l.Email, &l.Role, &l.Person, &l.CreatedAt, &l.ClosedAt, &l.PersonName, &l.UsedAt, &l.Passkeys, &l.Invited)
	return l, err
}

// Logins reads a page of accounts and how many the filter chooses in all.
func (d *DB) Logins(ctx context.Context, f LoginFilter) (page []LoginLine, total int, err error) {
	var w where
	w.parts = append(w.parts, "l.closed_at = 0")
	if f.Closed {
		w.parts[0] = "l.closed_at <> 0"
	}
	if f.Role != "" {
		w.add("l.role = ", string(f.Role))
	}
	if f.Search != "" {
		people := &where{args: w.args}
		people.search(f.Search)
		if len(people.parts) == 0 {
			people.parts = append(people.parts, "0 = 1")
		}
		w.args = append(people.args, f.Search)
		w.parts = append(w.parts, "(instr(l.email, lower($"+strconv.Itoa(len(w.args))+")) > 0 OR "+people.text()+")")
	}
	total, err = count(ctx, d.db.Reader(), `SELECT count(*) FROM logins l LEFT JOIN people p ON p.id = l.person WHERE `+w.text(), w.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count accounts: %w", err)
	}
	err = each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		l, err := scanLoginLine(r)
		page = append(page, l)
		return err
	}, `SELECT `+loginColumns+` WHERE `+w.text()+` ORDER BY l.email LIMIT `+strconv.Itoa(f.Limit)+` OFFSET `+strconv.Itoa(f.Offset), w.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("read accounts: %w", err)
	}
	return page, total, nil
}

// LoginLine reads one account as Logins does; problem.NotFound.
func (d *DB) LoginLine(ctx context.Context, email string) (LoginLine, error) {
	l, err := scanLoginLine(d.db.Reader().QueryRowContext(ctx, `SELECT `+loginColumns+` WHERE l.email = $1`, email))
	if errors.Is(err, sql.ErrNoRows) {
		return l, notFound("account")
	}
	if err != nil {
		return l, fmt.Errorf("read account: %w", err)
	}
	return l, nil
}

// SetLogin changes an account's role, person and closing; problem.NotFound.
func (t *Tx) SetLogin(ctx context.Context, l Login) error {
	return exec(ctx, t.tx, notFound("account"), `UPDATE logins SET role = $1, person = $2, closed_at = $3 WHERE email = $4`,
		l.Role, l.Person, l.ClosedAt, l.Email)
}

// SetPassword changes an account's password; problem.NotFound.
func (t *Tx) SetPassword(ctx context.Context, email, phc string) error {
	return exec(ctx, t.tx, notFound("account"), `UPDATE logins SET password = $1 WHERE email = $2`, phc, email)
}

// TouchLogin notes that somebody has come in through an account.
func (t *Tx) TouchLogin(ctx context.Context, email string, now int64) error {
	return exec(ctx, t.tx, nil, `UPDATE logins SET used_at = $1 WHERE email = $2`, now, email)
}

// OpenOwners counts the owners' accounts that are open.
func (t *Tx) OpenOwners(ctx context.Context) (int, error) {
	n, err := count(ctx, t.tx, `SELECT count(*) FROM logins WHERE role = 'owner' AND closed_at = 0`)
	if err != nil {
		return 0, fmt.Errorf("count owners: %w", err)
	}
	return n, nil
}

// LoginOf gives the address of the open account that is a person's, "" where
// there is none.
func (t *Tx) LoginOf(ctx context.Context, person string) (string, error) {
	var email string
	err := t.tx.QueryRowContext(ctx, `SELECT email FROM logins WHERE person = $1 AND closed_at = 0 ORDER BY email LIMIT 1`, person).Scan(&email)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read account of person: %w", err)
	}
	return email, nil
}

// CloseLogin closes an account and every way in that it has: sessions, open
// invitations to it and by it, tokens. problem.NotFound.
func (t *Tx) CloseLogin(ctx context.Context, l Login, now int64) error {
	l.ClosedAt = now
	if err := t.SetLogin(ctx, l); err != nil {
		return err
	}
	if err := t.EndSessions(ctx, l.Email, nil); err != nil {
		return err
	}
	if err := t.EndInvitations(ctx, l.Email); err != nil {
		return err
	}
	if err := t.EndInvitationsBy(ctx, l.Email); err != nil {
		return err
	}
	return t.RevokeTokens(ctx, l.Email, now)
}

// SessionsOf reads an account's sessions, the last used first.
func (d *DB) SessionsOf(ctx context.Context, email string) ([]Session, error) {
	var out []Session
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		s := Session{Email: email}
		err := r.Scan(&s.IDHash, &s.CreatedAt, &s.UsedAt, &s.ProvedAt, &s.Device)
		out = append(out, s)
		return err
	}, `SELECT id_hash, created_at, used_at, proved_at, device FROM sessions WHERE email = $1 ORDER BY used_at DESC`, email)
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	return out, nil
}

// EndSessions removes an account's sessions but one; an empty keep removes all.
func (t *Tx) EndSessions(ctx context.Context, email string, keep []byte) error {
	if keep == nil {
		keep = []byte{}
	}
	return exec(ctx, t.tx, nil, `DELETE FROM sessions WHERE email = $1 AND id_hash <> $2`, email, keep)
}

// Invitation is a code with which somebody makes their account, or a new password
// for it.
type Invitation struct {
	CodeHash  []byte // SHA-256 of the code
	Email     string // "": whoever has the code says
	Role      attendance.Role
	Person    string
	MadeBy    string
	CreatedAt int64
	ExpiresAt int64
	UsedAt    int64 // 0: open
}

// AddInvitation stores an invitation; older open ones of the same address end.
func (t *Tx) AddInvitation(ctx context.Context, i Invitation) error {
	err := exec(ctx, t.tx, nil, `DELETE FROM invitations WHERE email = $1 AND used_at = 0`, i.Email)
	if err != nil {
		return fmt.Errorf("end invitations: %w", err)
	}
	err = exec(ctx, t.tx, nil, `INSERT INTO invitations (code_hash, email, role, person, made_by, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, i.CodeHash, i.Email, i.Role, i.Person, i.MadeBy, i.CreatedAt, i.ExpiresAt)
	if err != nil {
		return fmt.Errorf("add invitation: %w", err)
	}
	return nil
}

// Invitation reads an invitation, used or not; problem.NotFound.
func (d *DB) Invitation(ctx context.Context, codeHash []byte) (Invitation, error) {
	i := Invitation{CodeHash: codeHash}
	err := d.db.Reader().QueryRowContext(ctx, `SELECT email, role, person, made_by, created_at, expires_at, used_at
		FROM invitations WHERE code_hash = $1`, codeHash).Scan(&i.Email, &i.Role, &i.Person, &i.MadeBy, &i.CreatedAt, &i.ExpiresAt, &i.UsedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return i, notFound("invitation")
	}
	if err != nil {
		return i, fmt.Errorf("read invitation: %w", err)
	}
	return i, nil
}

// UseInvitation marks an invitation as used; problem.Used where somebody was first.
func (t *Tx) UseInvitation(ctx context.Context, codeHash []byte, now int64) error {
	used := problem.New(problem.Used, "This code has been used.", "Ask for a new one.")
	return exec(ctx, t.tx, used, `UPDATE invitations SET used_at = $1 WHERE code_hash = $2 AND used_at = 0`, now, codeHash)
}

// EndInvitationsBy removes the open invitations that an account has made.
func (t *Tx) EndInvitationsBy(ctx context.Context, email string) error {
	return exec(ctx, t.tx, nil, `DELETE FROM invitations WHERE made_by = $1 AND used_at = 0`, email)
}

// EndInvitations removes an address's open invitations.
func (t *Tx) EndInvitations(ctx context.Context, email string) error {
	return exec(ctx, t.tx, nil, `DELETE FROM invitations WHERE email = $1 AND used_at = 0`, email)
}
