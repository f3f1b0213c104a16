package lifecycle

import "context"

// member is one service of a group, and how its run ended.
type member struct {
	name    string
	service Service
	cancel  context.CancelFunc
	stopped bool          // told to stop while it still ran; only the group's Run touches it
	ended   chan struct{} // closed when the service's Run has returned
	err     error         // written before ended is closed
}

// start runs the service in its own goroutine and calls fail when it fails. The
// service's context keeps the values of run but not its end, because members are
// cancelled in turn and not all at once.
func (m *member) start(run context.Context, fail func()) {
	own, cancel := context.WithCancel(context.WithoutCancel(run))
	m.cancel = cancel
	go func() {
		defer close(m.ended)
		defer cancel()
		if m.err = m.service.Run(own); m.err != nil {
			fail()
		}
	}()
}

// awaitReady blocks until a Readier serves, has ended, or run ends.
func (m *member) awaitReady(run context.Context) {
	r, ok := m.service.(Readier)
	if !ok {
		return
	}
	select {
	case <-r.Ready():
	case <-m.ended:
	case <-run.Done():
	}
}

// stop tells the service to stop. It does not wait.
func (m *member) stop() {
	m.stopped = m.stopped || !m.hasEnded()
	m.cancel()
}

func (m *member) hasEnded() bool {
	select {
	case <-m.ended:
		return true
	default:
		return false
	}
}
