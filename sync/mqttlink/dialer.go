package mqttlink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"sync/atomic"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// DialFunc opens a connection to addr (host:port). For TLS it returns only after
// the server has been verified; trust.Config.Dial and tls.Dialer.DialContext fit.
type DialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// Config is what a Dialer is made of.
type Config struct {
	Brokers  []string // tls://host:port, or mqtt://host:port without TLS; tried in turn
	ClientID string   // also the user name; the certificate's common name where there is one
	Filters  []string // the subscriptions that are in place when Dial returns
	QoS      byte     // of the subscriptions, 0 or 1

	// Ordered delivers messages in the order of arrival; at QoS 0 only. Without
	// it each message passes through a goroutine of its own, and a fifth of a
	// burst was seen to change places. Kiosks do without: what they hear may come
	// in any order.
	Ordered bool

	DialTLS DialFunc     // for tls://; required if a broker has it
	Logger  *slog.Logger // required

	// Zero means the default.
	Timeout   time.Duration // for connecting and subscribing together; 30 s
	KeepAlive time.Duration // silence after which the broker is pinged, whole seconds; 30 s
	PingWait  time.Duration // for the answer to a ping; 10 s
	Capacity  int           // messages held for the reader; 256
}

const (
	dialTimeout  = 30 * time.Second
	keepAlive    = 30 * time.Second
	pingWait     = 10 * time.Second
	writeTimeout = 10 * time.Second
	capacity     = 256
	protocolMQTT = 4 // MQTT 3.1.1; unset, paho falls back to 3.1 after any refusal
	refused      = 0x80
)

// Dialer implements wire.Dialer.
type Dialer struct {
	cfg     Config
	brokers []*url.URL
	next    atomic.Uint64
}

// New checks the configuration. The error is problem.Invalid.
func New(cfg Config) (*Dialer, error) {
	d := &Dialer{cfg: cfg}
	for _, b := range cfg.Brokers {
		u, err := url.Parse(b)
		if err != nil || u.Port() == "" || u.Hostname() == "" || (u.Scheme != "tls" && u.Scheme != "mqtt") {
			return nil, problem.New(problem.Invalid, "A broker's address can't be used.", "Write it as tls://host:port.").With("broker", b)
		}
		if u.Scheme == "tls" && cfg.DialTLS == nil {
			return nil, problem.New(problem.Invalid, "A broker wants TLS, and there is nothing to verify it with.", "").With("broker", b)
		}
		d.brokers = append(d.brokers, u)
	}
	if len(d.brokers) == 0 || cfg.ClientID == "" || cfg.QoS > 1 || cfg.Ordered && cfg.QoS > 0 || cfg.Logger == nil {
		return nil, problem.New(problem.Invalid, "The connection to the broker is not fully described.", "")
	}
	orDefault(&d.cfg.Timeout, dialTimeout)
	orDefault(&d.cfg.KeepAlive, keepAlive)
	orDefault(&d.cfg.PingWait, pingWait)
	orDefault(&d.cfg.Capacity, capacity)
	return d, nil
}

func orDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// Dial connects to the next broker of the list and subscribes. Errors:
// problem.Untrusted (the broker is not the one that is trusted),
// problem.Forbidden (it refuses this client or a subscription), ctx's own, or
// problem.Unavailable. After an error nothing of the attempt is left.
func (d *Dialer) Dial(ctx context.Context) (wire.Link, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("dial broker: %w", err)
	}
	broker := d.brokers[(d.next.Add(1)-1)%uint64(len(d.brokers))]
	attempt, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	defer cancel()
	l := newLink(d.cfg.Capacity, d.cfg.Logger.With("broker", broker.Host))
	l.client = mqtt.NewClient(d.options(attempt, broker, l))
	connect := l.client.Connect()
	err := l.wait(attempt, connect)
	if err == nil {
		err = d.subscribe(attempt, l)
	}
	if err == nil {
		return l, nil
	}
	err = l.explain(err)
	cancel()
	l.hangUp() // first, or paho would wait for an answer to its CONNECT
	<-connect.Done()
	if closing := l.Close(); closing != nil {
		err = errors.Join(err, closing)
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("dial %s: %w", broker.Host, ctx.Err())
	}
	return nil, fmt.Errorf("dial %s: %w", broker.Host, err)
}

// options sets every one that matters, also where today's default is the same.
func (d *Dialer) options(ctx context.Context, broker *url.URL, l *link) *mqtt.ClientOptions {
	o := mqtt.NewClientOptions()
	o.Servers = []*url.URL{broker}
	o.SetClientID(d.cfg.ClientID).SetUsername(d.cfg.ClientID)
	o.SetProtocolVersion(protocolMQTT)
	o.SetCleanSession(true).SetStore(mqtt.NewMemoryStore()).SetResumeSubs(false)
	o.SetAutoReconnect(false).SetConnectRetry(false)
	// In order, paho's reader waits for the handler and for its acknowledgement to
	// be written, and a reader that waits can stop the client for good. The handler
	// below never waits, and at QoS 0 there is no acknowledgement.
	o.SetOrderMatters(d.cfg.Ordered)
	o.SetWriteTimeout(writeTimeout).SetConnectTimeout(d.cfg.Timeout)
	o.SetKeepAlive(d.cfg.KeepAlive).SetPingTimeout(d.cfg.PingWait)
	o.SetCustomOpenConnectionFn(func(u *url.URL, _ mqtt.ClientOptions) (net.Conn, error) {
		return l.open(ctx, u, d.cfg.DialTLS)
	})
	o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
		l.push(wire.Message{Topic: m.Topic(), Payload: m.Payload(), QoS: m.Qos()})
	})
	o.SetConnectionLostHandler(func(_ mqtt.Client, err error) { l.down(l.explain(err)) })
	return o
}

// subscribe asks for the filters and looks at each answer: a refused one
// completes its token without an error.
func (d *Dialer) subscribe(ctx context.Context, l *link) error {
	if len(d.cfg.Filters) == 0 {
		return nil
	}
	filters := make(map[string]byte, len(d.cfg.Filters))
	for _, f := range d.cfg.Filters {
		filters[f] = d.cfg.QoS
	}
	token := l.client.SubscribeMultiple(filters, nil)
	if err := l.wait(ctx, token); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	result := token.(*mqtt.SubscribeToken).Result()
	for f := range filters {
		if code, ok := result[f]; !ok || code >= refused {
			return fmt.Errorf("subscribe: %w", forbidden(nil).With("filter", f))
		}
	}
	return nil
}
