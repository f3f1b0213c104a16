package ingest

import (
	"context"
	"crypto/ed25519"
	"sync"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// keyLife is how long a key is believed without looking again. Revocation calls
// Forget; the life bounds how long another process's revocation goes unseen.
// recheck is how soon a message under another key makes us look again.
const (
	keyLife = 10 * time.Second
	recheck = time.Second
	maxKeys = 50_000 // kiosks remembered, known or not
)

// keys remembers kiosks' keys, and for a moment also that there is none, so
// that a flood of messages is not a flood of queries.
type keys struct {
	fleet Fleet
	now   func() time.Time
	mu    sync.Mutex
	known map[string]known
	turns uint64 // how often something was forgotten
}

type known struct {
	key ed25519.PublicKey
	kid string
	err error // problem.NotFound or problem.Forbidden
	at  time.Time
}

func newKeys(f Fleet, now func() time.Time) *keys {
	return &keys{fleet: f, now: now, known: map[string]known{}}
}

func (k *keys) of(ctx context.Context, kiosk, kid string) (ed25519.PublicKey, error) {
	now := k.now()
	k.mu.Lock()
	e, ok := k.known[kiosk]
	turns := k.turns
	k.mu.Unlock()
	age := now.Sub(e.at)
	if ok && age >= 0 && age < keyLife && (e.kid == kid || age < recheck) {
		return e.key, e.err
	}
	key, err := k.fleet.KioskKey(ctx, kiosk)
	if err != nil && !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Forbidden) {
		return nil, err
	}
	e = known{key: key, err: err, at: now}
	if err == nil {
		e.kid = wire.KeyID(key)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.turns != turns {
		return e.key, e.err // it may be older than what was forgotten meanwhile
	}
	if len(k.known) >= maxKeys {
		clear(k.known)
	}
	k.known[kiosk] = e
	return e.key, e.err
}

func (k *keys) forget(kiosk string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.turns++
	delete(k.known, kiosk)
}
