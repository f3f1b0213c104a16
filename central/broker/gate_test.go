package broker_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/timepost/timepost/central/broker"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/linktest/testca"
	"github.com/timepost/timepost/sync/wire"
)

// Who may connect, and under which name.
func TestWhoGetsIn(t *testing.T) {
	t.Parallel()
	h := open(t, nil, "127.0.0.1:0", t.TempDir())
	stranger := testca.New(t)
	h.ban("revoked")
	mine := wire.KioskFilter(org, "kiosk-a")
	// Each has a name of its own: who connects twice under one takes the place of the first.
	for name, c := range map[string]struct {
		cert   tls.Certificate
		id     string
		filter string
		want   problem.Code
	}{
		"a kiosk":                     {h.ca.Client("kiosk-a"), "kiosk-a", mine, ""},
		"a revoked kiosk":             {h.ca.Client("revoked"), "revoked", wire.KioskFilter(org, "revoked"), problem.Forbidden},
		"a kiosk as another":          {h.ca.Client("kiosk-b"), "kiosk-a", mine, problem.Forbidden},
		"another authority's":         {stranger.Client("kiosk-a"), "kiosk-a", mine, problem.Forbidden},
		"a server's certificate":      {h.ca.Server(), "kiosk-a", mine, problem.Forbidden},
		"a wildcard for a name":       {h.ca.Client("*"), "*", mine, problem.Forbidden},
		"all below for a name":        {h.ca.Client(">"), ">", mine, problem.Forbidden},
		"everything":                  {h.ca.Client("kiosk-c"), "kiosk-c", "#", problem.Forbidden},
		"all kiosks":                  {h.ca.Client("kiosk-d"), "kiosk-d", "timepost/v1/acme/+/down/+", problem.Forbidden},
		"another's down":              {h.ca.Client("kiosk-e"), "kiosk-e", mine, problem.Forbidden},
		"what it sends itself":        {h.ca.Client("kiosk-f"), "kiosk-f", "timepost/v1/acme/kiosk-f/up/+", problem.Forbidden},
		"another organisation's down": {h.ca.Client("kiosk-g"), "kiosk-g", wire.KioskFilter("other", "kiosk-g"), problem.Forbidden},
		"the engine's own subjects":   {h.ca.Client("kiosk-h"), "kiosk-h", "$MQTT/#", problem.Forbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := dialer(t, h.ca, h.Addr(), c.cert, c.id, c.filter).Dial(t.Context())
			if err == nil {
				_ = l.Close()
			}
			if problem.CodeOf(err) != c.want {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestOnlyMutualTLS13(t *testing.T) {
	t.Parallel()
	h := open(t, nil, "127.0.0.1:0", t.TempDir())
	cert := []tls.Certificate{h.ca.Client("kiosk-a")}
	for name, c := range map[string]struct {
		cfg *tls.Config
		ok  bool
	}{
		"TLS 1.3":        {&tls.Config{Certificates: cert}, true},
		"TLS 1.2":        {&tls.Config{Certificates: cert, MaxVersion: tls.VersionTLS12}, false},
		"no certificate": {&tls.Config{}, false},
	} {
		c.cfg.RootCAs = h.ca.Pool()
		if err := greet(h.Addr(), c.cfg); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// greet does a handshake and waits for what the broker says: an alert, or
// nothing, since it waits for a CONNECT itself.
func greet(addr string, cfg *tls.Config) error {
	conn, err := tls.Dial("tcp", addr, cfg)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 1))
	var slow net.Error
	if errors.As(err, &slow) && slow.Timeout() {
		return nil
	}
	return err
}

// Revoking closes the live connection, and the kiosk does not come back.
func TestKick(t *testing.T) {
	t.Parallel()
	h := open(t, nil, "127.0.0.1:0", t.TempDir())
	a, b := dial(t, h.kiosk(t, "kiosk-a")), dial(t, h.kiosk(t, "kiosk-b"))
	if n := h.Kick("nobody"); n != 0 {
		t.Errorf("%d connections of nobody", n)
	}
	h.ban("kiosk-a")
	if n := h.Kick("kiosk-a"); n != 1 {
		t.Errorf("%d connections cut", n)
	}
	await(t, a.Done(), "the end of the link")
	if b.Err() != nil {
		t.Errorf("another kiosk was cut: %v", b.Err())
	}
	if _, err := h.kiosk(t, "kiosk-a").Dial(t.Context()); !problem.Is(err, problem.Forbidden) {
		t.Errorf("back again: %v", err)
	}
}

// A kiosk's messages that are not of the protocol reach nobody and end nothing.
func TestOddTopicsAreDropped(t *testing.T) {
	t.Parallel()
	h := open(t, nil, "127.0.0.1:0", t.TempDir())
	central := listen(t, broker.NewLocal(h.Embedded, 0, quiet()))
	l := dial(t, h.kiosk(t, "kiosk-a"))
	for _, topic := range []string{"timepost/v1/acme/kiosk-a/up/odd", "timepost/v1/acme/kiosk-a/up", "timepost/v1/acme/kiosk-a/up/req/x", "$MQTT/sess", "x", "timepost/v1/other/kiosk-a/up/req"} {
		for qos := range byte(2) {
			if err := l.Publish(t.Context(), wire.Message{Topic: topic, Payload: []byte("odd"), QoS: qos}); err != nil {
				t.Fatalf("%s: %v", topic, err)
			}
		}
	}
	want := message("kiosk-a", wire.UpReq, "proper")
	if err := l.Publish(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if m := next(t, central.Receive()); m.Topic != want.Topic || string(m.Payload) != "proper" {
		t.Errorf("%q on %s", m.Payload, m.Topic)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	ca := testca.New(t)
	good := broker.EmbeddedConfig{
		Addr: "127.0.0.1:0", Dir: t.TempDir(), Org: org, Logger: quiet(), Admit: (&hall{}).admit,
		TLS: &tls.Config{Certificates: []tls.Certificate{ca.Server()}, ClientCAs: ca.Pool()},
	}
	for name, change := range map[string]func(*broker.EmbeddedConfig){
		"no port":       func(c *broker.EmbeddedConfig) { c.Addr = "127.0.0.1" },
		"no folder":     func(c *broker.EmbeddedConfig) { c.Dir = "" },
		"a wildcard":    func(c *broker.EmbeddedConfig) { c.Org = "*" },
		"no TLS":        func(c *broker.EmbeddedConfig) { c.TLS = nil },
		"no authority":  func(c *broker.EmbeddedConfig) { c.TLS = &tls.Config{} },
		"nobody admits": func(c *broker.EmbeddedConfig) { c.Admit = nil },
		"no logger":     func(c *broker.EmbeddedConfig) { c.Logger = nil },
	} {
		c := good
		change(&c)
		if _, err := broker.NewEmbedded(c, "secret"); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := broker.NewEmbedded(good, ""); !problem.Is(err, problem.Invalid) {
		t.Errorf("no secret: %v", err)
	}
}

func TestATakenAddressIsAnError(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ca := testca.New(t)
	b, err := broker.NewEmbedded(broker.EmbeddedConfig{
		Addr: ln.Addr().String(), Dir: t.TempDir(), Org: org, Logger: quiet(), Admit: (&hall{}).admit,
		TLS: &tls.Config{Certificates: []tls.Certificate{ca.Server()}, ClientCAs: ca.Pool()},
	}, "secret")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := b.Run(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("run: %v", err)
	}
	select {
	case <-b.Ready():
		t.Error("it says that it is ready")
	default:
	}
}
