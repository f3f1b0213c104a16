package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// Server answers the screen on a unix socket. Call Listen, then Run once.
type Server struct {
	terminal Service
	watcher  Watcher
	enroller Enroller
	wireless Wireless // nil: no Wi-Fi is set up here
	log      *slog.Logger

	listener  *peers
	attempt   chan struct{} // one Identify in flight
	enrolment chan struct{} // one Enrol in flight
}

// NewServer gives a server over what it asks. enroller may be nil on a machine
// that can't be enrolled by its screen.
func NewServer(t Service, w Watcher, e Enroller, log *slog.Logger) *Server {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Server{
		terminal: t, watcher: w, enroller: e, log: log,
		attempt: make(chan struct{}, 1), enrolment: make(chan struct{}, 1),
	}
}

// Listen opens the socket at path, mode 0660, for our own user, root, and the
// group (NoGroup: nobody else). It fails with problem.Conflict where another
// process serves it.
func (s *Server) Listen(path string, group int) error {
	l, err := listenUnix(path, group)
	if err != nil {
		return err
	}
	s.listener = &peers{UnixListener: l, uid: os.Getuid(), group: group, log: s.log}
	return nil
}

// Close gives up a socket that Run was never called for.
func (s *Server) Close() error {
	if s.listener == nil {
		return nil
	}
	return s.listener.Close()
}

// Run serves until ctx ends and waits for the requests in flight; the socket is
// gone when it returns.
func (s *Server) Run(ctx context.Context) error {
	if s.listener == nil {
		return errors.New("serve socket: not listening")
	}
	h := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 8 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx }, // streams end with us
		ErrorLog:    slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- h.Serve(s.listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve socket: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	err := h.Shutdown(grace)
	if err != nil {
		err = errors.Join(fmt.Errorf("stop socket: %w", err), h.Close())
	}
	<-served // ErrServerClosed
	return err
}

// Handler gives the calls as an http.Handler.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathState, answer(s, func(ctx context.Context, _ *http.Request) (State, error) {
		return s.terminal.State(ctx)
	}))
	mux.HandleFunc("POST "+pathPeople, answer(s, func(ctx context.Context, r *http.Request) (PeoplePage, error) {
		q, err := decode[PeopleQuery](r)
		if err != nil {
			return PeoplePage{}, err
		}
		return s.terminal.People(ctx, q)
	}))
	mux.HandleFunc("POST "+pathIdentify, answer(s, s.identify))
	mux.HandleFunc("POST "+pathPunch, answer(s, func(ctx context.Context, r *http.Request) (Receipt, error) {
		q, err := decode[PunchRequest](r)
		if err != nil {
			return Receipt{}, err
		}
		return s.terminal.Punch(ctx, q)
	}))
	mux.HandleFunc("POST "+pathEnd, answer(s, func(ctx context.Context, r *http.Request) (struct{}, error) {
		q, err := decode[wireEnd](r)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, s.terminal.End(ctx, q.Session)
	}))
	mux.HandleFunc("POST "+pathForgot, answer(s, func(ctx context.Context, r *http.Request) (Asked, error) {
		q, err := decode[wirePerson](r)
		if err != nil {
			return Asked{}, err
		}
		return s.terminal.Forgot(ctx, q.Person)
	}))
	mux.HandleFunc("POST "+pathTeam, answer(s, s.openTeam))
	mux.HandleFunc("POST "+pathTeamDone, answer(s, func(ctx context.Context, r *http.Request) (TeamReceipt, error) {
		q, err := decode[TeamPunch](r)
		if err != nil {
			return TeamReceipt{}, err
		}
		return s.terminal.PunchTeam(ctx, q)
	}))
	s.deskRoutes(mux)
	s.careRoutes(mux)
	if s.wireless != nil {
		s.wirelessRoutes(mux)
	}
	mux.HandleFunc("GET "+pathEvents, s.events)
	mux.HandleFunc("POST "+pathEnrol, s.enrol)
	return mux
}

func (s *Server) identify(ctx context.Context, r *http.Request) (Session, error) {
	a, leave, err := s.enter(r)
	if err != nil {
		return Session{}, err
	}
	defer leave()
	return s.terminal.Identify(ctx, a)
}

func (s *Server) openTeam(ctx context.Context, r *http.Request) (Team, error) {
	a, leave, err := s.enter(r)
	if err != nil {
		return Team{}, err
	}
	defer leave()
	return s.terminal.OpenTeam(ctx, a.PIN)
}

// enter lets one attempt in at a time: a comparison costs a whole core, and
// guessing in parallel helps nobody honest.
func (s *Server) enter(r *http.Request) (a Attempt, leave func(), err error) {
	q, err := decode[wireAttempt](r)
	if err != nil {
		return a, nil, err
	}
	if a, err = q.attempt(); err != nil {
		return a, nil, err
	}
	select {
	case s.attempt <- struct{}{}:
		return a, func() { <-s.attempt }, nil
	default:
		return a, nil, problem.New(problem.Limited, "Somebody is being identified right now.", "Try again in a moment.")
	}
}

// answer makes a handler of a call: JSON on success, a problem otherwise. The
// call goes on when the screen hangs up: what was begun is finished.
func answer[T any](s *Server, call func(ctx context.Context, r *http.Request) (T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		out, err := call(context.WithoutCancel(r.Context()), r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.write(w, typeJSON, http.StatusOK, out)
	}
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	d := problem.DetailsOf(err)
	if d.Status >= http.StatusInternalServerError {
		s.log.Error("call failed", "path", r.URL.Path, "code", string(d.Code), "err", err)
	} else {
		s.log.Debug("call refused", "path", r.URL.Path, "code", string(d.Code))
	}
	s.write(w, typeProblem, d.Status, d)
}

func (s *Server) write(w http.ResponseWriter, mime string, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		s.log.Error("answer not encoded", "err", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", mime)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if _, err := w.Write(b); err != nil {
		s.log.Debug("answer not sent", "err", err)
	}
}

// decode reads exactly one JSON value without unknown fields. The error tells
// nothing of the content: it may hold a PIN.
func decode[T any](r *http.Request) (T, error) {
	var v T
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		var zero T
		return zero, badRequest()
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		var zero T
		return zero, badRequest()
	}
	return v, nil
}

func badRequest() error {
	return problem.New(problem.Invalid, "The screen sent something this kiosk can't read.", "Restart the kiosk; if it stays, update it.")
}
