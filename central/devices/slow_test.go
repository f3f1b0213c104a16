package devices_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/timepost/timepost/central/devices"
)

// A listener with streams ends a request whose body does not come, and a stream
// that has no body goes on. Without a limit a few hundred such clients hold the
// server for as long as they like.
func TestSlowBodyIsEnded(t *testing.T) {
	t.Parallel()
	borrowed := httptest.NewUnstartedServer(nil)
	borrowed.StartTLS()
	certificates := borrowed.TLS.Certificates
	borrowed.Close()
	read := make(chan error, 1)
	s := &devices.Server{
		Listen: "127.0.0.1:0", TLS: &tls.Config{Certificates: certificates}, Log: slog.New(slog.DiscardHandler), Streams: true, BodyTime: 300 * time.Millisecond,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				_, err := io.ReadAll(r.Body)
				read <- err
				return
			}
			late := time.NewTimer(time.Second) // later than a body may be
			defer late.Stop()
			select {
			case <-late.C:
				fmt.Fprint(w, "still here")
			case <-r.Context().Done():
			}
		}),
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	<-s.Ready()
	conn, err := tls.Dial("tcp", s.Addr(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\na"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-read:
		if err == nil {
			t.Error("a body of one byte was taken for one of a thousand")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the slow body holds its request")
	}
	streamGoesOn(t, s.Addr())
}

// streamGoesOn asks for what takes longer than a body may.
func streamGoesOn(t *testing.T, addr string) {
	t.Helper()
	stream, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if _, err := fmt.Fprintf(stream, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(stream), nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "still here" {
		t.Errorf("the stream: %q %v", body, err)
	}
}
