package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
)

// Login is an account for the web pages and the API. Instants in this file are
// unix nanoseconds.
type Login struct {
	Email     string // lower case
	Role      attendance.Role
	Password  string // argon2id, PHC string; "" matches none
	Person    string // people.id of whose account it is; "" where it is nobody's who clocks in
	CreatedAt int64
	ClosedAt  int64 // 0: open
}

// AddLogin stores a new account; problem.Conflict where the address has one.
func (t *Tx) AddLogin(ctx context.Context, l Login) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO logins (email, role, password, person, created_at) VALUES ($1, $2, $3, $4, $5)`,
		l.Email, l.Role, l.Password, l.Person, l.CreatedAt)
	if store.IsDuplicate(err) {
		return problem.New(problem.Conflict, "There is an account with this address already.", "Log in with it.")
	}
	if err != nil {
		return fmt.Errorf("add login: %w", err)
	}
	return nil
}

// Login reads an account, open or closed; problem.NotFound.
func (d *DB) Login(ctx context.Context, email string) (Login, error) {
	return login(ctx, d.db.Reader(), email)
}

// Login reads an account as of this transaction, open or closed; problem.NotFound.
func (t *Tx) Login(ctx context.Context, email string) (Login, error) { return login(ctx, t.tx, email) }

func login(ctx context.Context, q querier, email string) (Login, error) {
	l := Login{Email: email}
	err := q.QueryRowContext(ctx, `SELECT role, password, person, created_at, closed_at FROM logins WHERE email = $1`, email).
		Scan(&l.Role, &l.Password, &l.Person, &l.CreatedAt, &l.ClosedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return l, notFound("account")
	}
	if err != nil {
		return l, fmt.Errorf("read login: %w", err)
	}
	return l, nil
}

// Session is one browser's login.
type Session struct {
	IDHash    []byte // SHA-256 of the cookie's bytes
	Email     string
	Role      attendance.Role // the account's, now
	Person    string          // the account's, now
	CreatedAt int64
	UsedAt    int64
	ProvedAt  int64 // when a password or a passkey was last shown
	Device    string
}

// AddSession stores a session.
func (t *Tx) AddSession(ctx context.Context, s Session) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO sessions (id_hash, email, created_at, used_at, proved_at, device) VALUES ($1, $2, $3, $4, $5, $6)`,
		s.IDHash, s.Email, s.CreatedAt, s.UsedAt, s.ProvedAt, s.Device)
	if err != nil {
		return fmt.Errorf("add session: %w", err)
	}
	return nil
}

// Session finds a session of an open account; problem.NotFound.
func (d *DB) Session(ctx context.Context, idHash []byte) (Session, error) {
	s := Session{IDHash: idHash}
	err := d.db.Reader().QueryRowContext(ctx, `SELECT s.email, l.role, l.person, s.created_at, s.used_at, s.proved_at FROM sessions s
		JOIN logins l ON l.email = s.email WHERE s.id_hash = $1 AND l.closed_at = 0`, idHash).
		Scan(&s.Email, &s.Role, &s.Person, &s.CreatedAt, &s.UsedAt, &s.ProvedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return s, notFound("session")
	}
	if err != nil {
		return s, fmt.Errorf("read session: %w", err)
	}
	return s, nil
}

// HasSession says whether a session is there, of an account that is open.
func (t *Tx) HasSession(ctx context.Context, idHash []byte) (bool, error) {
	ok, err := exists(ctx, t.tx, `SELECT 1 FROM sessions s JOIN logins l ON l.email = s.email WHERE s.id_hash = $1 AND l.closed_at = 0`, idHash)
	if err != nil {
		return false, fmt.Errorf("read session: %w", err)
	}
	return ok, nil
}

// HasToken says whether a token is there that nobody has revoked.
func (t *Tx) HasToken(ctx context.Context, idHash []byte) (bool, error) {
	ok, err := exists(ctx, t.tx, `SELECT 1 FROM tokens WHERE id_hash = $1 AND revoked_at = 0`, idHash)
	if err != nil {
		return false, fmt.Errorf("read token: %w", err)
	}
	return ok, nil
}

// TouchSession notes that a session was used.
func (t *Tx) TouchSession(ctx context.Context, idHash []byte, now int64) error {
	return exec(ctx, t.tx, nil, `UPDATE sessions SET used_at = $1 WHERE id_hash = $2`, now, idHash)
}

// ProveSession notes that its bearer has shown a password or a passkey again;
// problem.NotFound.
func (t *Tx) ProveSession(ctx context.Context, idHash []byte, now int64) error {
	return exec(ctx, t.tx, notFound("session"), `UPDATE sessions SET proved_at = $1, used_at = $1 WHERE id_hash = $2`, now, idHash)
}

// EndSession removes a session, if it is there.
func (t *Tx) EndSession(ctx context.Context, idHash []byte) error {
	return exec(ctx, t.tx, nil, `DELETE FROM sessions WHERE id_hash = $1`, idHash)
}

// EndSessionsBefore removes those last used, or made, before the instants.
func (t *Tx) EndSessionsBefore(ctx context.Context, used, created int64) error {
	return exec(ctx, t.tx, nil, `DELETE FROM sessions WHERE used_at < $1 OR created_at < $2`, used, created)
}

// Token is one way into the API.
type Token struct {
	IDHash    []byte // SHA-256 of the token
	Name      string
	Email     string
	Role      attendance.Role // the account's, now
	Person    string          // the account's, now
	Scope     string          // what of the role it may use, in the words of package access
	CreatedAt int64
	UsedAt    int64
	RevokedAt int64 // 0: good
	ExpiresAt int64 // 0: never
}

// AddToken stores a token.
func (t *Tx) AddToken(ctx context.Context, k Token) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO tokens (id_hash, name, email, scope, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		k.IDHash, k.Name, k.Email, k.Scope, k.CreatedAt, k.ExpiresAt)
	if err != nil {
		return fmt.Errorf("add token: %w", err)
	}
	return nil
}

const tokenQuery = `SELECT t.id_hash, t.name, t.email, l.role, l.person, t.scope, t.created_at, t.used_at, t.revoked_at, t.expires_at FROM tokens t
	JOIN logins l ON l.email = t.email`

func scanToken(r interface{ Scan(...any) error }) (Token, error) {
	var k Token
	err := r.Scan(&k.IDHash, &k.Name, &k.Email, &k.Role, &k.Person, &k.Scope, &k.CreatedAt, &k.UsedAt, &k.RevokedAt, &k.ExpiresAt)
	return k, err
}

// Token finds a token of an open account, revoked or not; problem.NotFound.
func (d *DB) Token(ctx context.Context, idHash []byte) (Token, error) {
	k, err := scanToken(d.db.Reader().QueryRowContext(ctx, tokenQuery+` WHERE t.id_hash = $1 AND l.closed_at = 0`, idHash))
	if errors.Is(err, sql.ErrNoRows) {
		return k, notFound("token")
	}
	if err != nil {
		return k, fmt.Errorf("read token: %w", err)
	}
	return k, nil
}

// Tokens reads an account's tokens, newest first.
func (d *DB) Tokens(ctx context.Context, email string) ([]Token, error) {
	var out []Token
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		k, err := scanToken(r)
		if err != nil {
			return err
		}
		out = append(out, k)
		return nil
	}, tokenQuery+` WHERE t.email = $1 ORDER BY t.created_at DESC`, email)
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	return out, nil
}

// TouchToken notes that a token was used.
func (t *Tx) TouchToken(ctx context.Context, idHash []byte, now int64) error {
	return exec(ctx, t.tx, nil, `UPDATE tokens SET used_at = $1 WHERE id_hash = $2`, now, idHash)
}

// RevokeToken closes a token of the account; problem.NotFound where there is no
// open one.
func (t *Tx) RevokeToken(ctx context.Context, email string, idHash []byte, now int64) error {
	return exec(ctx, t.tx, notFound("token"), `UPDATE tokens SET revoked_at = $1 WHERE id_hash = $2 AND email = $3 AND revoked_at = 0`,
		now, idHash, email)
}

// RevokeTokens closes all tokens of the account.
func (t *Tx) RevokeTokens(ctx context.Context, email string, now int64) error {
	return exec(ctx, t.tx, nil, `UPDATE tokens SET revoked_at = $1 WHERE email = $2 AND revoked_at = 0`, now, email)
}

// Failures is how often something failed in one bucket, such as a login address.
type Failures struct {
	Count  int
	LastAt int64
}

// Failures reads a bucket; zero where nothing has failed.
func (t *Tx) Failures(ctx context.Context, bucket string) (Failures, error) {
	var f Failures
	err := t.tx.QueryRowContext(ctx, `SELECT count, last_at FROM login_failures WHERE bucket = $1`, bucket).Scan(&f.Count, &f.LastAt)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return f, fmt.Errorf("read failures: %w", err)
	}
	return f, nil
}

// SetFailures writes a bucket; a zero count removes it.
func (t *Tx) SetFailures(ctx context.Context, bucket string, f Failures) error {
	if f.Count <= 0 {
		return exec(ctx, t.tx, nil, `DELETE FROM login_failures WHERE bucket = $1`, bucket)
	}
	return exec(ctx, t.tx, nil, `INSERT INTO login_failures (bucket, count, last_at) VALUES ($1, $2, $3)
		ON CONFLICT (bucket) DO UPDATE SET count = excluded.count, last_at = excluded.last_at`, bucket, f.Count, f.LastAt)
}

// ForgetFailures removes the buckets in which nothing has failed since before.
func (t *Tx) ForgetFailures(ctx context.Context, before int64) error {
	return exec(ctx, t.tx, nil, `DELETE FROM login_failures WHERE last_at < $1`, before)
}
