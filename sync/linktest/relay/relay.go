// Package relay is a TCP relay, on the loopback by default, that misbehaves on
// request: it cuts connections, is slow, or goes silent and keeps connections
// open, as a router that has lost its line does. Imported by tests only; safe for concurrent use.
package relay

import (
	"net"
	"sync"
	"testing"
	"time"
)

// Relay passes bytes between its own address and a target.
type Relay struct {
	dial func() (net.Conn, error)
	ln   net.Listener
	wg   sync.WaitGroup
	over chan struct{} // closed at the end

	mu     sync.Mutex
	moved  *sync.Cond
	conns  map[net.Conn]struct{}
	silent bool
	closed bool
	delay  time.Duration
}

// Start relays to target (host:port) until the test ends.
func Start(t testing.TB, target string) *Relay {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return StartOn(t, ln, func() (net.Conn, error) { return net.Dial("tcp", target) })
}

// StartOn relays what comes to ln to where dial leads until the test ends; the
// two may be in other networks than the test.
func StartOn(t testing.TB, ln net.Listener, dial func() (net.Conn, error)) *Relay {
	t.Helper()
	r := &Relay{dial: dial, ln: ln, over: make(chan struct{}), conns: map[net.Conn]struct{}{}}
	r.moved = sync.NewCond(&r.mu)
	r.wg.Go(r.accept)
	t.Cleanup(r.stop)
	return r
}

// Addr gives the relay's own address.
func (r *Relay) Addr() string { return r.ln.Addr().String() }

// Cut resets every connection; new ones are taken.
func (r *Relay) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reset()
}

// Delay makes all that passes from now on that much later, in each direction.
func (r *Relay) Delay(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.delay = d
}

// Silence stops (or lets go on) the flow of bytes in both directions without
// closing anything.
func (r *Relay) Silence(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.silent = on
	r.moved.Broadcast()
}

func (r *Relay) accept() {
	for {
		conn, err := r.ln.Accept()
		if err != nil {
			return
		}
		r.wg.Go(func() { r.serve(conn) })
	}
}

func (r *Relay) serve(a net.Conn) {
	if !r.add(a) {
		return
	}
	defer r.drop(a)
	b, err := r.dial()
	if err != nil {
		return // the client sees its connection end, which is what is true
	}
	if !r.add(b) {
		return
	}
	defer r.drop(b)
	var back sync.WaitGroup
	back.Go(func() { r.pump(a, b) })
	r.pump(b, a)
	back.Wait()
}

// chunk is bytes, and when they are due on the other side.
type chunk struct {
	bytes []byte
	due   time.Time
}

// underway is how many chunks may be on the way in each direction.
const underway = 256

// pump copies until either side ends, then ends the other.
func (r *Relay) pump(dst, src net.Conn) {
	way := make(chan chunk, underway)
	var reading sync.WaitGroup
	reading.Go(func() { r.read(way, src) })
	for c := range way {
		if !r.wait(time.Until(c.due)) || !r.pass() {
			break
		}
		if _, err := dst.Write(c.bytes); err != nil {
			break
		}
	}
	_ = dst.Close()
	_ = src.Close()
	for range way { // so that the reader ends
	}
	reading.Wait()
}

// wait waits; false: the relay has been stopped.
func (r *Relay) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.over:
		return false
	}
}

// read puts what comes on the way until the connection ends.
func (r *Relay) read(way chan<- chunk, src net.Conn) {
	defer close(way)
	for {
		buf := make([]byte, 32<<10)
		n, err := src.Read(buf)
		if n > 0 {
			way <- chunk{buf[:n], time.Now().Add(r.late())}
		}
		if err != nil {
			return
		}
	}
}

func (r *Relay) late() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.delay
}

// pass waits while the relay is silent; false: it has been stopped.
func (r *Relay) pass() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.silent && !r.closed {
		r.moved.Wait()
	}
	return !r.closed
}

func (r *Relay) add(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		_ = c.Close()
		return false
	}
	r.conns[c] = struct{}{}
	return true
}

func (r *Relay) drop(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
	_ = c.Close()
}

func (r *Relay) reset() {
	for c := range r.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, not a goodbye
		}
		_ = c.Close()
	}
}

func (r *Relay) stop() {
	r.mu.Lock()
	r.closed = true
	close(r.over)
	r.reset()
	r.moved.Broadcast()
	r.mu.Unlock()
	_ = r.ln.Close()
	r.wg.Wait()
}
