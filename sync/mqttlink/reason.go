package mqttlink

import (
	"context"
	"errors"
	"io"
	"net"
	"reflect"
	"sync"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/timepost/timepost/internal/problem"
)

// watched remembers the first error of its connection. paho replaces it by one of
// its own, and with TLS 1.3 the first read is where a refused certificate shows.
type watched struct {
	net.Conn

	mu  sync.Mutex
	err error
}

// Read implements net.Conn.
func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	w.note(err)
	return n, err
}

// Write implements net.Conn.
func (w *watched) Write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	w.note(err)
	return n, err
}

func (w *watched) note(err error) {
	if err == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil || errors.Is(w.err, io.EOF) {
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
	if conn != nil {
		if first := conn.first(); first != nil {
			err = errors.Join(err, first)
		}
	}
	var p *problem.Error
	switch {
	case errors.As(err, &p):
		return err
	case refusedBy(err):
		return forbidden(err)
	}
	return unavailable(err)
}

// refusedBy says whether the broker knows who this is and does not want it: by
// the CONNACK, or by an alert about the certificate.
func refusedBy(err error) bool {
	for _, code := range []byte{packets.ErrRefusedIDRejected, packets.ErrRefusedBadUsernameOrPassword, packets.ErrRefusedNotAuthorised} {
		if errors.Is(err, packets.ConnErrors[code]) {
			return true
		}
	}
	return refusesCertificate(err)
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
