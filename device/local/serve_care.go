package local

import (
	"context"
	"net/http"
)

// careRoutes are the calls of who looks after the kiosk.
func (s *Server) careRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+pathKeepers, answer(s, func(ctx context.Context, _ *http.Request) ([]PersonCard, error) {
		return s.terminal.Caretakers(ctx)
	}))
	mux.HandleFunc("GET "+pathFacts, answer(s, func(ctx context.Context, _ *http.Request) (Condition, error) {
		return s.terminal.Facts(ctx)
	}))
	mux.HandleFunc("POST "+pathCare, answer(s, func(ctx context.Context, r *http.Request) (Condition, error) {
		a, leave, err := s.enter(r)
		if err != nil {
			return Condition{}, err
		}
		defer leave()
		return s.terminal.Care(ctx, a)
	}))
	mux.HandleFunc("POST "+pathHealth, answer(s, ofSession(s.terminal.Condition)))
	mux.HandleFunc("POST "+pathRollCall, answer(s, ofSession(s.terminal.RollCall)))
	mux.HandleFunc("POST "+pathReader, answer(s, ofSession(s.terminal.LearnReader)))
	mux.HandleFunc("POST "+pathSync, answer(s, ofSession(nothing(s.terminal.SyncNow))))
	mux.HandleFunc("POST "+pathRestart, answer(s, ofSession(nothing(s.terminal.Restart))))
	mux.HandleFunc("POST "+pathDiagnose, answer(s, ofSession(nothing(s.terminal.Diagnose))))
	mux.HandleFunc("POST "+pathArchive, answer(s, func(ctx context.Context, r *http.Request) (wireArchive, error) {
		q, err := decode[wireArchive](r)
		if err != nil {
			return wireArchive{}, err
		}
		body, err := s.terminal.Diagnostics(ctx, q.Send)
		return wireArchive{Body: body}, err
	}))
}

// ofSession makes a call of one that takes a session and nothing else.
func ofSession[T any](call func(ctx context.Context, session string) (T, error)) func(context.Context, *http.Request) (T, error) {
	return func(ctx context.Context, r *http.Request) (T, error) {
		q, err := decode[wireEnd](r)
		if err != nil {
			var none T
			return none, err
		}
		return call(ctx, q.Session)
	}
}

// nothing answers a call that has no answer but its error.
func nothing(call func(ctx context.Context, session string) error) func(context.Context, string) (struct{}, error) {
	return func(ctx context.Context, session string) (struct{}, error) { return struct{}{}, call(ctx, session) }
}
