package mqttlink_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/linktest/mosquitto"
	"github.com/timepost/timepost/sync/linktest/relay"
	"github.com/timepost/timepost/sync/linktest/testca"
	"github.com/timepost/timepost/sync/mqttlink"
	"github.com/timepost/timepost/sync/trust"
	"github.com/timepost/timepost/sync/wire"
)

// plain gives a Dialer without TLS over these brokers.
func plain(t *testing.T, brokers ...string) *mqttlink.Dialer {
	t.Helper()
	for i, b := range brokers {
		brokers[i] = "mqtt://" + b
	}
	d, err := mqttlink.New(mqttlink.Config{
		Brokers: brokers, ClientID: "kiosk-a", Filters: []string{"a/+", "b"}, Logger: slog.New(slog.DiscardHandler),
		KeepAlive: time.Second, PingWait: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	good := mqttlink.Config{Brokers: []string{"mqtt://localhost:1883"}, ClientID: "k", Logger: slog.New(slog.DiscardHandler)}
	if _, err := mqttlink.New(good); err != nil {
		t.Errorf("refused: %v", err)
	}
	for name, change := range map[string]func(*mqttlink.Config){
		"no brokers":       func(c *mqttlink.Config) { c.Brokers = nil },
		"no port":          func(c *mqttlink.Config) { c.Brokers = []string{"mqtt://localhost"} },
		"another scheme":   func(c *mqttlink.Config) { c.Brokers = []string{"ws://localhost:1"} },
		"TLS without dial": func(c *mqttlink.Config) { c.Brokers = []string{"tls://localhost:1"} },
		"no name":          func(c *mqttlink.Config) { c.ClientID = "" },
		"QoS 2":            func(c *mqttlink.Config) { c.QoS = 2 },
		"ordered at QoS 1": func(c *mqttlink.Config) { c.QoS, c.Ordered = 1, true },
		"no logger":        func(c *mqttlink.Config) { c.Logger = nil },
	} {
		c := good
		change(&c)
		if _, err := mqttlink.New(c); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What the broker is told: MQTT 3.1.1, a clean session, the one name, no will.
func TestConnect(t *testing.T) {
	t.Parallel()
	f := startFake(t, polite)
	l, err := plain(t, f.addr).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := f.dials()[0]
	if c.ProtocolVersion != 4 || !c.CleanSession || c.ClientIdentifier != "kiosk-a" || c.Username != "kiosk-a" || c.WillFlag || c.PasswordFlag {
		t.Errorf("%+v", c)
	}
	s, ok := (<-f.heard).(*packets.SubscribePacket)
	if !ok || len(s.Topics) != 2 || s.Qoss[0] != 0 {
		t.Errorf("%+v", s)
	}
}

// A refusal is told apart from a bad line, and nothing is tried behind the back:
// no second CONNECT with another protocol version, no reconnect.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		connack, suback byte
		want            problem.Code
	}{
		"welcome":               {packets.Accepted, 0, ""},
		"granted more":          {packets.Accepted, 1, ""},
		"protocol version":      {packets.ErrRefusedBadProtocolVersion, 0, problem.Unavailable},
		"name":                  {packets.ErrRefusedIDRejected, 0, problem.Forbidden},
		"busy":                  {packets.ErrRefusedServerUnavailable, 0, problem.Unavailable},
		"password":              {packets.ErrRefusedBadUsernameOrPassword, 0, problem.Forbidden},
		"not authorised":        {packets.ErrRefusedNotAuthorised, 0, problem.Forbidden},
		"one of two subscribed": {packets.Accepted, 0x80, problem.Forbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := startFake(t, func(p packets.ControlPacket) packets.ControlPacket {
				switch p := p.(type) {
				case *packets.ConnectPacket:
					return connack(c.connack)
				case *packets.SubscribePacket:
					return suback(p, 0, c.suback)
				}
				return nil
			})
			l, err := plain(t, f.addr).Dial(t.Context())
			if problem.CodeOf(err) != c.want {
				t.Errorf("%v", err)
			}
			if err == nil {
				_ = l.Close()
			}
			if n := len(f.dials()); n != 1 {
				t.Errorf("%d CONNECTs", n)
			}
		})
	}
}

// Each Dial takes the next broker of the list, also after a success.
func TestBrokersTakeTurns(t *testing.T) {
	t.Parallel()
	a, b := startFake(t, polite), startFake(t, polite)
	d := plain(t, a.addr, "127.0.0.1:1", b.addr)
	var failed []int
	for i := range 6 {
		l, err := d.Dial(t.Context())
		if err != nil {
			if !problem.Is(err, problem.Unavailable) {
				t.Errorf("dial %d: %v", i, err)
			}
			failed = append(failed, i)
			continue
		}
		_ = l.Close()
	}
	if len(a.dials()) != 2 || len(b.dials()) != 2 || len(failed) != 2 || failed[0] != 1 || failed[1] != 4 {
		t.Errorf("%d %d, failed %v", len(a.dials()), len(b.dials()), failed)
	}
}

// A broker that takes the connection and says nothing holds nobody up.
func TestDialEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(packets.ControlPacket) packets.ControlPacket{
		"no CONNACK": func(packets.ControlPacket) packets.ControlPacket { return nil },
		"no SUBACK": func(p packets.ControlPacket) packets.ControlPacket {
			if _, ok := p.(*packets.ConnectPacket); ok {
				return connack(packets.Accepted)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := plain(t, startFake(t, answer).addr)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			began := time.Now()
			if _, err := d.Dial(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

// The broker never acknowledges. Publish must neither wait for it nor be upset.
func TestPublishDoesNotWaitForPuback(t *testing.T) {
	t.Parallel()
	f := startFake(t, polite)
	l, err := plain(t, f.addr).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	<-f.heard // the SUBSCRIBE
	for i := range 50 {
		if err := l.Publish(t.Context(), wire.Message{Topic: "up", Payload: []byte{byte(i)}, QoS: 1}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 50 {
		p, ok := (<-f.heard).(*packets.PublishPacket)
		if !ok || p.Payload[0] != byte(i) || p.Qos != 1 || p.Retain {
			t.Fatalf("%d: %+v", i, p)
		}
	}
}

// A router that has lost its line closes nothing. The ping finds out.
func TestHalfOpenConnectionIsNoticed(t *testing.T) {
	t.Parallel()
	r := relay.Start(t, startFake(t, polite).addr)
	l, err := plain(t, r.Addr()).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r.Silence(true)
	select {
	case <-l.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("nobody noticed")
	}
	if !problem.Is(l.Err(), problem.Unavailable) {
		t.Errorf("%v", l.Err())
	}
}

func TestCertificatesDecide(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t, org)
	stranger := testca.New(t)
	for name, c := range map[string]struct {
		root *x509.Certificate
		cert tls.Certificate
		want problem.Code
	}{
		"both known":             {b.CA.Cert, b.CA.Client("kiosk-a"), ""},
		"a server not ours":      {stranger.Cert, b.CA.Client("kiosk-a"), problem.Untrusted},
		"a kiosk not theirs":     {b.CA.Cert, stranger.Client("kiosk-a"), problem.Forbidden},
		"a server's certificate": {b.CA.Cert, b.CA.Server(), problem.Forbidden},
	} {
		d, err := mqttlink.New(mqttlink.Config{
			Brokers: []string{"tls://" + b.Addr}, ClientID: "kiosk-a", Filters: []string{wire.KioskFilter(org, "kiosk-a")},
			Logger: slog.New(slog.DiscardHandler),
			DialTLS: trust.Config{
				Roots: []*x509.Certificate{c.root}, Certificate: func() (*tls.Certificate, error) { return &c.cert, nil },
			}.Dial,
		})
		if err != nil {
			t.Fatal(err)
		}
		l, err := d.Dial(t.Context())
		if problem.CodeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			_ = l.Close()
		}
	}
}

// The broker is killed and started again: the link goes down, a new one works.
func TestBrokerRestart(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t, org)
	d := dialer(t, b, b.Addr, "kiosk-a", wire.KioskFilter(org, "kiosk-a"))
	l, err := d.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	b.Kill()
	select {
	case <-l.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("nobody noticed")
	}
	if _, err := d.Dial(t.Context()); !problem.Is(err, problem.Unavailable) {
		t.Errorf("no broker: %v", err)
	}
	b.Restart()
	again, err := d.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
}
