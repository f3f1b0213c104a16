package access

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/timepost/timepost/internal/problem"
)

// Purpose is what a passkey is made or shown for.
type Purpose string

// The purposes.
const (
	MakePasskey    Purpose = "make"    // for the bearer of a session
	ConfirmPasskey Purpose = "confirm" // the same, to make the session fresh
	LoginPasskey   Purpose = "login"   // by whoever holds one
)

// A ceremony is open for ceremonyFor. Whoever begins many closes their own first:
// nobody can fill the memory, or shut others out.
const (
	ceremonyFor   = 5 * time.Minute
	ceremonyMost  = 10_000
	ceremoniesPer = 50 // from one address
)

// ceremony is a challenge that waits for its answer.
type ceremony struct {
	purpose Purpose
	session [sha256.Size]byte // of the secret; of "" at a login
	host    string
	address string
	data    webauthn.SessionData
	till    time.Time
}

// ceremonies are the open ones. They lie in memory only: after a restart people
// begin again. Safe for concurrent use.
type ceremonies struct {
	mu   sync.Mutex
	open map[string]ceremony
}

func (c *ceremonies) put(id string, x ceremony, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = map[string]ceremony{}
	}
	mine, first, any := 0, "", ""
	for k, o := range c.open {
		if !now.Before(o.till) {
			delete(c.open, k)
			continue
		}
		if any == "" || o.till.Before(c.open[any].till) {
			any = k
		}
		if o.address != x.address {
			continue
		}
		mine++
		if first == "" || o.till.Before(c.open[first].till) {
			first = k
		}
	}
	if mine >= ceremoniesPer {
		delete(c.open, first)
	}
	if len(c.open) >= ceremonyMost {
		delete(c.open, any)
	}
	c.open[id] = x
}

// take closes a ceremony and gives it: each challenge is answered once, by the
// session that asked, for what it asked.
func (c *ceremonies) take(id string, p Purpose, secret string, now time.Time) (ceremony, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	x, ok := c.open[id]
	delete(c.open, id)
	if p == LoginPasskey {
		secret = ""
	}
	if !ok || !now.Before(x.till) || x.purpose != p || x.session != sha256.Sum256([]byte(secret)) {
		return x, problem.New(problem.Expired, "This took too long, or was answered already.", "Try again.")
	}
	return x, nil
}

// BeginPasskey opens a ceremony: the id to answer it with, and the options for
// navigator.credentials of a browser that shows the site at host. A session's
// secret is needed for all but a login. Errors: problem.Invalid where passkeys do
// not work at host, problem.NotFound where the account has none,
// problem.Forbidden where one is to be made and the session is not fresh.
func (a *Access) BeginPasskey(ctx context.Context, p Purpose, secret, host, address string) (id string, options []byte, err error) {
	site, err := party(host)
	if err != nil {
		return "", nil, err
	}
	x := ceremony{purpose: p, host: host, address: bucketOf(address), till: a.now().Add(ceremonyFor)}
	var ask any
	if p == LoginPasskey {
		secret = ""
		ask, x.data, err = asked(site.BeginDiscoverableLogin())
	} else {
		ask, x.data, err = a.beginOwn(ctx, site, p, secret)
	}
	if err != nil {
		return "", nil, err
	}
	x.session = sha256.Sum256([]byte(secret))
	if options, err = json.Marshal(ask); err != nil {
		return "", nil, fmt.Errorf("encode passkey options: %w", err)
	}
	if id, _, err = a.secret(""); err != nil {
		return "", nil, err
	}
	a.open.put(id, x, a.now())
	return id, options, nil
}

func (a *Access) beginOwn(ctx context.Context, site *webauthn.WebAuthn, p Purpose, secret string) (any, webauthn.SessionData, error) {
	var none webauthn.SessionData
	who, err := a.Session(ctx, secret)
	if err != nil {
		return nil, none, err
	}
	b, err := a.bearer(ctx, who.Email)
	if err != nil {
		return nil, none, err
	}
	if p == ConfirmPasskey {
		if len(b.keys) == 0 {
			return nil, none, problem.New(problem.NotFound, "This account has no passkey.", "Use your password.")
		}
		return asked(site.BeginLogin(b))
	}
	if err := a.stale(who); err != nil {
		return nil, none, err
	}
	if len(b.keys) >= MaxPasskeys {
		return nil, none, problem.New(problem.Conflict, "This account has 20 passkeys.", "Remove one that is not used.")
	}
	var known []protocol.CredentialDescriptor
	for _, k := range b.keys {
		known = append(known, k.Descriptor())
	}
	creation, data, err := site.BeginRegistration(b, webauthn.WithExclusions(known))
	if err != nil {
		return nil, none, fmt.Errorf("begin passkey: %w", err)
	}
	return creation, *data, nil
}

func asked(a *protocol.CredentialAssertion, data *webauthn.SessionData, err error) (any, webauthn.SessionData, error) {
	if err != nil {
		return nil, webauthn.SessionData{}, fmt.Errorf("begin passkey: %w", err)
	}
	return a, *data, nil
}
