// Package relay is a TCP relay on the loopback that misbehaves on request: it
// cuts connections, or goes silent and keeps them open, as a router that has
// lost its line does. Imported by tests only; safe for concurrent use.
package relay

import (
	"net"
	"sync"
	"testing"
)

// Relay passes bytes between its own address and a target.
type Relay struct {
	target string
	ln     net.Listener
	wg     sync.WaitGroup

	mu     sync.Mutex
	moved  *sync.Cond
	conns  map[net.Conn]struct{}
	silent bool
	closed bool
}

// Start relays to target (host:port) until the test ends.
func Start(t testing.TB, target string) *Relay {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &Relay{target: target, ln: ln, conns: map[net.Conn]struct{}{}}
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
	b, err := net.Dial("tcp", r.target)
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

// pump copies until either side ends, then ends the other.
func (r *Relay) pump(dst, src net.Conn) {
	defer dst.Close()
	defer src.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := src.Read(buf)
		if err != nil || !r.pass() {
			return
		}
		if _, err := dst.Write(buf[:n]); err != nil {
			return
		}
	}
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
	r.reset()
	r.moved.Broadcast()
	r.mu.Unlock()
	_ = r.ln.Close()
	r.wg.Wait()
}
