package agent_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/linktest"
	"github.com/timepost/timepost/sync/wire"
)

// mover wants to go elsewhere after its first welcome.
type mover struct{ told [][]string }

// Welcomed implements agent.Brokers.
func (m *mover) Welcomed(_ context.Context, brokers []string) bool {
	m.told = append(m.told, brokers)
	return len(m.told) == 1
}

// When central has moved the link is made anew, once, soon, and nothing is lost by it.
func TestTheLinkMovesToAnotherBroker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, linktest.Weather{}, true)
		m := &mover{}
		w.cfg.Brokers = m
		w.agent = agent.New(w.cfg)
		w.central.welcome = func(a *wire.Welcome) { a.Brokers = []string{"tls://b:1"} }
		w.punch(3)
		stop := w.start()
		time.Sleep(5 * time.Second)
		if len(m.told) != 2 || !slices.Equal(m.told[1], []string{"tls://b:1"}) || !w.agent.Status().Connected {
			t.Errorf("told %v, connected %v", m.told, w.agent.Status().Connected)
		}
		stop()
		w.arrived()
	})
}
