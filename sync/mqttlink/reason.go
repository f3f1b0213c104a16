package mqttlink

import (
	"context"
	"errors"
	"io"
	"net"
	"reflect"
	"sync"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/timepost/timepost/internal/problem"
)

// watched remembers the first error of its connection. paho replaces it by one of
// its own, and with TLS 1.3 the first read is where a refused certificate shows.
type watched struct {
	net.Conn

	in *stream // what the broker says, without what is too large

	mu     sync.Mutex
	spoken bool // the other side has said something
	err    error
}

// lastWords is how long a broker that hung up on the CONNECT is listened to.
const lastWords = time.Second

// Read implements net.Conn.
func (w *watched) Read(b []byte) (int, error) {
	n, err := w.in.Read(b)
	w.note(n, err)
	return n, err
}

// Write implements net.Conn. A broker that refuses the certificate sends an alert
// and hangs up, often before the CONNECT is out; then the write fails with no
// word of why, and the alert is still there to be read.
func (w *watched) Write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	if err != nil && !w.hasSpoken() && w.Conn.SetReadDeadline(time.Now().Add(lastWords)) == nil {
		heard, why := w.Conn.Read(make([]byte, 1))
		w.note(heard, why)
	}
	w.note(0, err)
	return n, err
}

func (w *watched) hasSpoken() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.spoken
}

func (w *watched) note(n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spoken = w.spoken || n > 0
	if err != nil && (w.err == nil || errors.Is(w.err, io.EOF)) {
		w.err = err
	}
}

func (w *watched) first() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// explain finds what lies behind an error of paho.
func (l *link) explain(err error) error {
	l.mu.RLock()
	conn := l.conn
	l.mu.RUnlock()
	var first error
	if conn != nil {
		first = conn.first()
	}
	whole := errors.Join(err, first)
	var p *problem.Error
	switch {
	case errors.As(whole, &p):
		return whole
	case refusedBy(err), refusesCertificate(err), refusesCertificate(first):
		return forbidden(whole)
	}
	return unavailable(whole)
}

// refusedBy says whether the broker's CONNACK refuses this client.
func refusedBy(err error) bool {
	for _, code := range []byte{packets.ErrRefusedIDRejected, packets.ErrRefusedBadUsernameOrPassword, packets.ErrRefusedNotAuthorised} {
		if errors.Is(err, packets.ConnErrors[code]) {
			return true
		}
	}
	return false
}

// refusesCertificate says whether err is an alert about this side's certificate.
// crypto/tls keeps the alert's type to itself, so its number is read by kind.
func refusesCertificate(err error) bool {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return false
	}
	v := reflect.ValueOf(op.Err)
	if v.Kind() != reflect.Uint8 {
		return false
	}
	switch v.Uint() {
	case 42, 43, 44, 45, 46, 48, 49, 116: // RFC 8446, 6.2: bad, unsupported, revoked, expired, unknown certificate; unknown CA; access denied; certificate required
		return true
	}
	return false
}

func forbidden(err error) *problem.Error {
	p := problem.New(problem.Forbidden, "The server's broker refuses this kiosk.", "Ask your operator whether the kiosk was revoked; then enrol it again.")
	if err != nil {
		return p.Because(err)
	}
	return p
}

func unavailable(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return problem.New(problem.Unavailable, "The connection to the server is down.", "").Because(err)
}
