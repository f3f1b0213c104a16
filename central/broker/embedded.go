package broker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// Admit says which kiosk a verified certificate is, or why it may not connect. It
// is called for each connection, also concurrently, and must be quick.
type Admit func(cert *x509.Certificate) (kioskID string, err error)

// EmbeddedConfig is what the embedded broker is made of. All fields are required.
type EmbeddedConfig struct {
	Addr string // host:port to listen on for MQTT; port 0 is a free one
	Dir  string // for the engine's own streams; may be lost without harm
	Org  string // topic segment

	// TLS holds the server's certificate (or GetCertificate) and, as ClientCAs,
	// the authority of the kiosks. Version and mutual authentication are enforced.
	TLS *tls.Config

	Admit  Admit
	Logger *slog.Logger
}

const (
	handshake  = 5.0      // seconds for TLS, and again for CONNECT
	maxPending = 16 << 20 // bytes waiting for one connection; then it is cut
	overhead   = 4 << 10  // the engine counts its own header as payload
	maxStore   = 1 << 30
	maxMemory  = 256 << 20
	startPoll  = 50 * time.Millisecond
)

// Embedded is an MQTT broker in this process. It implements lifecycle.Readier.
type Embedded struct {
	cfg    EmbeddedConfig
	secret string // lets only this process in without a certificate
	ready  *lifecycle.Signal

	mu   sync.RWMutex
	srv  *server.Server
	addr string
}

// NewEmbedded checks the configuration and makes a broker that does not run yet.
// secret is a random string by which Local proves to be in this process.
func NewEmbedded(cfg EmbeddedConfig, secret string) (*Embedded, error) {
	if _, _, err := net.SplitHostPort(cfg.Addr); err != nil {
		return nil, problem.New(problem.Invalid, "The broker's address can't be used.", "Write it as host:port.").Because(err)
	}
	if !attendance.ValidSegment(cfg.Org) || cfg.Dir == "" || cfg.TLS == nil || cfg.TLS.ClientCAs == nil || cfg.Admit == nil || cfg.Logger == nil || secret == "" {
		return nil, problem.New(problem.Invalid, "The broker is not fully described.", "")
	}
	return &Embedded{cfg: cfg, secret: secret, ready: lifecycle.NewSignal()}, nil
}

// Ready gives a channel that is closed once kiosks can connect.
func (e *Embedded) Ready() <-chan struct{} { return e.ready.Done() }

// Addr gives host:port once Ready, before that "".
func (e *Embedded) Addr() string {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.addr
}

// Run serves until ctx ends, and then returns nil. It fails when the address is
// taken or the folder can't be used.
func (e *Embedded) Run(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	opts, err := e.options()
	if err != nil {
		return err
	}
	srv, err := server.NewServer(opts)
	if err != nil {
		return fmt.Errorf("set up broker: %w", err)
	}
	fatal := make(chan error, 1)
	srv.SetLoggerV2(engineLog{log: e.cfg.Logger, fatal: fatal}, false, false, false)
	opts.CustomClientAuthentication.(*gate).srv.Store(srv)
	srv.Start()
	defer func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	}()
	for !srv.ReadyForConnections(startPoll) {
		if err := over(ctx, fatal); err != nil || ctx.Err() != nil {
			return err
		}
	}
	e.serve(srv, opts)
	defer e.serve(nil, opts)
	select {
	case <-ctx.Done():
		return nil
	case err := <-fatal:
		return err
	}
}

// Kick cuts the live connections of a kiosk and tells how many there were. Admit
// must refuse the kiosk before, or it is back at once.
func (e *Embedded) Kick(kioskID string) int {
	srv := e.server()
	if srv == nil {
		return 0
	}
	conns, err := srv.Connz(&server.ConnzOptions{MQTTClient: kioskID})
	if err != nil {
		e.cfg.Logger.Warn("connections not listed", "kiosk", kioskID, "err", err)
		return 0
	}
	cut := 0
	for _, c := range conns.Conns {
		if srv.DisconnectClientByID(c.Cid) == nil { // an error: it has gone meanwhile
			cut++
		}
	}
	return cut
}

func (e *Embedded) server() *server.Server {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.srv
}

// serve publishes the running server, or its end (nil).
func (e *Embedded) serve(srv *server.Server, opts *server.Options) {
	e.mu.Lock()
	e.srv = srv
	if srv != nil {
		e.addr = net.JoinHostPort(opts.MQTT.Host, strconv.Itoa(opts.MQTT.Port))
	}
	e.mu.Unlock()
	if srv != nil {
		e.ready.Set()
	}
}

func (e *Embedded) options() (*server.Options, error) {
	host, p, err := net.SplitHostPort(e.cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("read broker address: %w", err)
	}
	port, err := net.LookupPort("tcp", p)
	if err != nil {
		return nil, fmt.Errorf("read broker address: %w", err)
	}
	if port == 0 {
		port = server.RANDOM_PORT // 0 would mean no MQTT at all
	}
	secure := e.cfg.TLS.Clone()
	secure.MinVersion, secure.ClientAuth = tls.VersionTLS13, tls.RequireAndVerifyClientCert
	return &server.Options{
		ServerName: "timepost-" + e.cfg.Org, DontListen: true, NoSigs: true,
		MaxPayload: wire.MaxPayload + overhead, MaxPending: maxPending,
		JetStream: true, StoreDir: e.cfg.Dir, JetStreamMaxStore: maxStore, JetStreamMaxMemory: maxMemory,
		DisableJetStreamBanner: true,
		// A subscription at QoS 1 is a consumer of the engine's streams, and the
		// default of 1,000 of them would stop a fleet without a word.
		JetStreamLimits:            server.JSLimitOpts{DefaultMaxConsumers: -1},
		CustomClientAuthentication: &gate{org: e.cfg.Org, secret: e.secret, admit: e.cfg.Admit, log: e.cfg.Logger},
		MQTT: server.MQTTOpts{
			Host: host, Port: port, TLSConfig: secure, TLSTimeout: handshake, AuthTimeout: handshake,
		},
	}, nil
}

// over gives the error that ended the engine, if one has.
func over(ctx context.Context, fatal <-chan error) error {
	select {
	case err := <-fatal:
		return err
	case <-ctx.Done():
	default:
	}
	return nil
}
