package local

import (
	"context"
	"net/http"
)

// deskRoutes are the calls of who is identified, of who has just punched, and of
// who is on no list.
func (s *Server) deskRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST "+pathHours, answer(s, func(ctx context.Context, r *http.Request) (Hours, error) {
		q, err := decode[wireEnd](r)
		if err != nil {
			return Hours{}, err
		}
		return s.terminal.Hours(ctx, q.Session)
	}))
	mux.HandleFunc("POST "+pathMissed, answer(s, func(ctx context.Context, r *http.Request) (Asked, error) {
		q, err := decode[Missed](r)
		if err != nil {
			return Asked{}, err
		}
		return s.terminal.Missed(ctx, q)
	}))
	mux.HandleFunc("POST "+pathUnsolved, answer(s, func(ctx context.Context, r *http.Request) (Session, error) {
		q, err := decode[wireEnd](r)
		if err != nil {
			return Session{}, err
		}
		return s.terminal.Unresolved(ctx, q.Session)
	}))
	mux.HandleFunc("POST "+pathUndo, answer(s, func(ctx context.Context, r *http.Request) (Undone, error) {
		q, err := decode[wireTicket](r)
		if err != nil {
			return Undone{}, err
		}
		return s.terminal.Undo(ctx, q.Ticket)
	}))
	mux.HandleFunc("POST "+pathRead, answer(s, func(ctx context.Context, r *http.Request) (struct{}, error) {
		q, err := decode[wireTicket](r)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, s.terminal.Read(ctx, q.Ticket, q.Message)
	}))
	mux.HandleFunc("POST "+pathUnlisted, answer(s, func(ctx context.Context, r *http.Request) (Receipt, error) {
		q, err := decode[Newcomer](r)
		if err != nil {
			return Receipt{}, err
		}
		return s.terminal.NotListed(ctx, q)
	}))
}
