package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Store keeps accounts, sessions, tokens and failures. The readers answer
// problem.NotFound where there is nothing.
type Store interface {
	Update(ctx context.Context, f func(*centraldb.Tx) error) error
	Login(ctx context.Context, email string) (centraldb.Login, error)
	Session(ctx context.Context, idHash []byte) (centraldb.Session, error)
	Token(ctx context.Context, idHash []byte) (centraldb.Token, error)
	Tokens(ctx context.Context, email string) ([]centraldb.Token, error)
	Accounts
	Listings
}

// Accounts keeps what belongs to accounts. The readers of one thing answer
// problem.NotFound where it is not there.
type Accounts interface {
	SessionsOf(ctx context.Context, email string) ([]centraldb.Session, error)
	Invitation(ctx context.Context, codeHash []byte) (centraldb.Invitation, error)
	Passkey(ctx context.Context, id []byte) (centraldb.Passkey, error)
	Passkeys(ctx context.Context, email string) ([]centraldb.Passkey, error)
	RecoveryLeft(ctx context.Context, email string) (int, error)
}

// Auditor writes a row of the audit log in the transaction of what it tells of.
type Auditor interface {
	Record(ctx context.Context, tx *centraldb.Tx, actor, action, subject string, detail any) error
}

// Config is what Access works with. Now and Random may be nil for the system's.
type Config struct {
	Store  Store
	Audit  Auditor
	Now    func() time.Time
	Random io.Reader
	Weak   bool // tests only: passwords cost next to nothing
}

// Access is the door of central.
type Access struct {
	store  Store
	audit  Auditor
	now    func() time.Time
	random io.Reader
	cost   cost
	dummy  string        // compared with where there is no account
	slots  chan struct{} // bounds memory: each compare takes 19 MiB
	open   ceremonies    // passkeys that are about to be made or shown
}

// Identity is somebody who has shown who they are.
type Identity struct {
	Email  string
	Role   attendance.Role
	Person string    // whose account it is, a person's id; "" where it is nobody's who clocks in
	Proved time.Time // when a password or a passkey was last shown; zero with a token
	Scope  Scope     // what of the role a token may use; "" with a session: all

	seen    *centraldb.Login // the account as it was compared, from Verify; else nil
	session string           // the session's hash, from Session and Peek; else ""
	token   string           // the token's hash, from Token; else ""
}

// New makes the door.
func New(c Config) (*Access, error) {
	a := &Access{store: c.Store, audit: c.Audit, now: c.Now, random: c.Random, cost: production(), slots: make(chan struct{}, 2)}
	if a.now == nil {
		a.now = time.Now
	}
	if a.random == nil {
		a.random = rand.Reader
	}
	if c.Weak {
		a.cost = cost{memory: 8, passes: 1, threads: 1}
	}
	var err error
	if a.dummy, err = hashPassword(a.random, a.cost, "nobody's password"); err != nil {
		return nil, err
	}
	return a, nil
}

// CreateLogin makes an account; problem.Invalid, or problem.Conflict where the
// address has one.
func (a *Access) CreateLogin(ctx context.Context, actor, email string, role attendance.Role, password string) error {
	email, err := cleanEmail(email)
	if err != nil {
		return err
	}
	if !role.Valid() {
		return problem.New(problem.Invalid, "There is no such role.", "Use owner, admin, manager or regular.").With("field", "role")
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	phc, err := a.hash(ctx, password)
	if err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *centraldb.Tx) error {
		err := tx.AddLogin(ctx, centraldb.Login{Email: email, Role: role, Password: phc, CreatedAt: a.now().UnixNano()})
		if err != nil {
			return err
		}
		return a.audit.Record(ctx, tx, actor, "account.create", email, map[string]any{"role": role})
	})
}

// Verify says who the person with this password is. Address is where the attempt
// comes from, an IP address. Errors: problem.Unauthenticated, the same for a wrong
// password, a closed and an unknown account; problem.Limited with the detail
// "retry_after_s" after too many failures.
func (a *Access) Verify(ctx context.Context, email, password, address string) (Identity, error) {
	return a.verify(ctx, email, password, address, nil)
}

// verify does what Verify says. Where recover is there, it is asked for what is not
// the password: it may be a recovery code.
func (a *Access) verify(ctx context.Context, email, password, address string, recover func(centraldb.Login) error) (Identity, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	if len(email) > maxEmail || len(password) > MaxPassword {
		return Identity{}, errWrong()
	}
	if err := a.charge(ctx, accountBucket(email), addressBucket(address)); err != nil {
		return Identity{}, err
	}
	login, err := a.store.Login(ctx, email)
	absent := problem.Is(err, problem.NotFound)
	if err != nil && !absent {
		return Identity{}, err
	}
	if absent = absent || login.ClosedAt != 0; absent {
		login = centraldb.Login{Password: a.dummy} // the same work as for an account
	}
	ok, err := a.compare(ctx, login.Password, password)
	if err != nil {
		return Identity{}, err
	}
	if !ok && recover != nil {
		err := recover(login)
		if ok = err == nil; !ok && !problem.Is(err, problem.NotFound) {
			return Identity{}, err
		}
	}
	if absent || !ok {
		return Identity{}, errWrong()
	}
	if err := a.refund(ctx, accountBucket(email), addressBucket(address)); err != nil {
		return Identity{}, err
	}
	return Identity{Email: email, Role: login.Role, Person: login.Person, Proved: a.now(), seen: &login}, nil
}

func (a *Access) compare(ctx context.Context, phc, password string) (bool, error) {
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
		return matches(phc, password)
	case <-ctx.Done():
		return false, fmt.Errorf("wait to compare password: %w", ctx.Err())
	}
}

// hash makes a password's PHC string, as few at a time as they are compared.
func (a *Access) hash(ctx context.Context, password string) (string, error) {
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
		return hashPassword(a.random, a.cost, password)
	case <-ctx.Done():
		return "", fmt.Errorf("wait to hash password: %w", ctx.Err())
	}
}

const maxEmail = 254 // RFC 5321

func cleanEmail(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 || len(s) > maxEmail || strings.ContainsAny(s, " \t\r\n<>\x00:") {
		return "", problem.New(problem.Invalid, "This is not an e-mail address.", "Write it like ann@example.com.").With("field", "email")
	}
	return s, nil
}

func errWrong() error {
	return problem.New(problem.Unauthenticated, "The address or the password is wrong.", "Try again; capital letters matter in the password.")
}

// secret draws 256 bits and gives them for the bearer, and their hash for the table.
func (a *Access) secret(prefix string) (text string, hash []byte, err error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(a.random, b); err != nil {
		return "", nil, fmt.Errorf("draw secret: %w", err)
	}
	text = prefix + base64.RawURLEncoding.EncodeToString(b)
	return text, hashSecret(text), nil
}

func hashSecret(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}
