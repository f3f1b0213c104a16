package devices

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/problem"
)

// Times of the listener. What is in work gets drain to end.
const (
	headerTime = 5 * time.Second
	readTime   = 15 * time.Second
	writeTime  = 30 * time.Second
	idleTime   = 60 * time.Second
	drain      = 2 * time.Second
	bodyTime   = 2 * time.Minute // of a Server with streams: 32 MiB of an import over a slow line
)

// Server is an HTTPS listener. It implements lifecycle.Readier. Streams says that
// answers may go on for ever, so that writing has no limit; a request's body then
// has BodyTime to arrive, 0 for two minutes.
type Server struct {
	Listen  string // host:port; port 0 is a free one
	TLS     *tls.Config
	Handler http.Handler
	Log     *slog.Logger
	Streams bool

	BodyTime time.Duration

	once  sync.Once
	ready *lifecycle.Signal
	mu    sync.Mutex
	addr  string
}

// Ready gives a channel that is closed once connections are accepted.
func (s *Server) Ready() <-chan struct{} { return s.signal().Done() }

func (s *Server) signal() *lifecycle.Signal {
	s.once.Do(func() { s.ready = lifecycle.NewSignal() })
	return s.ready
}

// Addr gives host:port once Ready, before that "".
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// Run serves until ctx ends. Requests in work then see their context end, and get
// a moment; problem.Unavailable where the address can't be listened on.
func (s *Server) Run(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", s.Listen)
	if err != nil {
		return problem.New(problem.Unavailable, "The address "+s.Listen+" can't be used.", "Is another program using it? Name another port.").
			Because(fmt.Errorf("listen: %w", err))
	}
	s.mu.Lock()
	s.addr = l.Addr().String()
	s.mu.Unlock()
	base, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	srv := &http.Server{
		Handler: s.Handler, TLSConfig: s.TLS, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, IdleTimeout: idleTime,
		WriteTimeout: writeTime, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return base },
	}
	if s.Streams {
		srv.ReadTimeout, srv.WriteTimeout = 0, 0 // the read deadline would end streams too
		srv.Handler = s.hurried()
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.ServeTLS(l, "", "") }()
	s.signal().Set()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	stop()
	return s.shut(srv, ended)
}

// hurried bounds the time for the body of a request that has one, not a byte a
// minute for ever. Streams have none, and live as long as their reader.
func (s *Server) hurried() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			s.Handler.ServeHTTP(w, r)
			return
		}
		limit := s.BodyTime
		if limit == 0 {
			limit = bodyTime
		}
		if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(limit)); err != nil {
			s.Log.Error("request body has no limit", "err", err)
			http.Error(w, "This request can't be read.", http.StatusInternalServerError)
			return
		}
		s.Handler.ServeHTTP(w, r)
	})
}

// shut ends the server: politely for a moment, then for good.
func (s *Server) shut(srv *http.Server, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	err := srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
