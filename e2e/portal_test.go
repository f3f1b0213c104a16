package e2e

import (
	"bufio"
	"crypto/tls"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/sync/linktest/testca"
)

// startPortal answers 200 to whatever comes, with TLS under a certificate of its
// own where that is spoken, as the network of a hotel does.
func startPortal(t *testing.T, ln net.Listener) {
	t.Helper()
	cert := testca.New(t).Server()
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { sayYes(conn, cert) })
		}
	})
	t.Cleanup(func() {
		if err := ln.Close(); err != nil {
			t.Error(err)
		}
		serving.Wait()
	})
}

// sayYes answers one connection; what becomes of it is the other side's concern.
func sayYes(conn net.Conn, cert tls.Certificate) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	in := bufio.NewReader(conn)
	var out net.Conn = peeked{conn, in}
	if first, err := in.Peek(1); err == nil && first[0] == 0x16 { // TLS
		out = tls.Server(out, &tls.Config{Certificates: []tls.Certificate{cert}})
	}
	if _, err := out.Read(make([]byte, 4096)); err != nil {
		return
	}
	_, _ = out.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{\"status\":\"ok\"}"))
}

// peeked is a connection whose first bytes have been looked at.
type peeked struct {
	net.Conn
	in *bufio.Reader
}

// Read implements net.Conn.
func (p peeked) Read(b []byte) (int, error) { return p.in.Read(b) }
