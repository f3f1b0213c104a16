package mqttlink

import (
	"context"
	"fmt"
	"sync"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// Rotation connects to one of several brokers, the first that works, by a list that may
// change. It implements wire.Dialer and may be used by several at once.
type Rotation struct {
	cfg  Config
	list func() []string

	mu    sync.Mutex
	tries int    // since the last welcome
	at    string // the broker of the last connection
}

// NewRotation is New for a list that is asked for before each connection; cfg.Brokers is
// not looked at.
func NewRotation(cfg Config, list func() []string) (*Rotation, error) {
	cfg.Brokers = list()
	if _, err := New(cfg); err != nil {
		return nil, err
	}
	return &Rotation{cfg: cfg, list: list}, nil
}

// Dial tries one broker: the first after a welcome, else the one after the last. Errors
// are those of Dialer.Dial.
func (r *Rotation) Dial(ctx context.Context) (wire.Link, error) {
	broker, err := r.turn()
	if err != nil {
		return nil, err
	}
	cfg := r.cfg
	cfg.Brokers = []string{broker}
	d, err := New(cfg)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", broker, err)
	}
	link, err := d.Dial(ctx)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = broker
	return link, nil
}

func (r *Rotation) turn() (string, error) {
	list := r.list()
	if len(list) == 0 {
		return "", problem.New(problem.Invalid, "There is no broker to connect to.", "")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	broker := list[r.tries%len(list)]
	r.tries++
	return broker, nil
}

// Welcomed says that central was heard over the last connection, and gives its broker.
func (r *Rotation) Welcomed() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries = 0
	return r.at
}
