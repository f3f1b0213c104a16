package mqttlink_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"testing"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/mqttlink"
)

// Brokers are tried in order, from the first after each welcome, and by the list as it is
// by then.
func TestRotation(t *testing.T) {
	t.Parallel()
	list, tried := []string{"tls://a:1", "tls://b:1"}, []string{}
	cfg := mqttlink.Config{
		ClientID: "kiosk-a", Filters: []string{"x"}, Logger: slog.New(slog.DiscardHandler),
		DialTLS: func(_ context.Context, _, addr string) (net.Conn, error) {
			tried = append(tried, addr)
			return nil, errors.New("nobody there")
		},
	}
	r, err := mqttlink.NewRotation(cfg, func() []string { return list })
	if err != nil {
		t.Fatal(err)
	}
	dial := func() {
		t.Helper()
		if _, err := r.Dial(t.Context()); !problem.Is(err, problem.Unavailable) {
			t.Fatal(err)
		}
	}
	dial()
	dial()
	dial()
	if at := r.Welcomed(); at != "" {
		t.Errorf("welcomed at %q", at)
	}
	dial()
	list = []string{"tls://c:1", "tls://a:1"}
	dial()
	r.Welcomed()
	dial()
	if want := []string{"a:1", "b:1", "a:1", "a:1", "a:1", "c:1"}; !slices.Equal(tried, want) {
		t.Errorf("tried %v, not %v", tried, want)
	}
	list = nil
	if _, err := r.Dial(t.Context()); !problem.Is(err, problem.Invalid) {
		t.Errorf("no broker at all: %v", err)
	}
	if _, err := mqttlink.NewRotation(cfg, func() []string { return []string{"nonsense"} }); !problem.Is(err, problem.Invalid) {
		t.Errorf("no address: %v", err)
	}
}
