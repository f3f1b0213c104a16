package devices

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// maxBody bounds a request, in bytes, where its route does not say another: a
// request to enrol has about 1 KiB.
const maxBody = 16 << 10

// maxAtOnce bounds how many requests are served at the same time.
const maxAtOnce = 64

// Enroller makes a machine a kiosk. Address is the IP address that asks.
type Enroller interface {
	Enrol(ctx context.Context, address string, r wire.EnrolRequest) (wire.EnrolReply, error)
}

// Route is one more call of the listener: see the functions that give one.
type Route struct {
	path  string
	limit int64 // bytes of a body; 0: maxBody
	serve func(h *handler, w http.ResponseWriter, r *http.Request)
}

// Handler gives the routes of the device listener: enrolment, and more.
func Handler(e Enroller, log *slog.Logger, more ...Route) http.Handler {
	mux := http.NewServeMux()
	h := &handler{enroller: e, log: log}
	mux.HandleFunc("POST "+wire.EnrolPath, limited(maxBody, h.enrol))
	for _, route := range more {
		mux.HandleFunc("POST "+route.path, limited(route.limit, func(w http.ResponseWriter, r *http.Request) { route.serve(h, w, r) }))
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		h.answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		h.fail(w, r, problem.New(problem.NotFound, "There is nothing here.", "This address is for kiosks; the web pages have another one."))
	})
	return h.bounded(mux)
}

// WellKnown serves how a kiosk finds the device listener; for the web listener at
// wire.WellKnownPath.
func WellKnown(document func() wire.WellKnown) http.Handler {
	h := &handler{log: slog.New(slog.DiscardHandler)}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Cache-Control", "max-age=60")
		h.answer(w, http.StatusOK, document())
	})
}

type handler struct {
	enroller Enroller
	log      *slog.Logger
}

func (h *handler) bounded(next http.Handler) http.Handler {
	slots := make(chan struct{}, maxAtOnce)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
			next.ServeHTTP(w, r)
		default:
			h.fail(w, r, problem.New(problem.Unavailable, "The server is busy.", "Try again in a moment."))
		}
	})
}

// limited bounds the body of a request; limit is in bytes, 0 for maxBody.
func limited(limit int64, serve http.HandlerFunc) http.HandlerFunc {
	if limit == 0 {
		limit = maxBody
	}
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		serve(w, r)
	}
}

func (h *handler) enrol(w http.ResponseWriter, r *http.Request) {
	req, err := decode(r.Body)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	reply, err := h.enroller.Enrol(r.Context(), addressOf(r), req)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.answer(w, http.StatusOK, reply)
}

func decode(body io.Reader) (wire.EnrolRequest, error) {
	var req wire.EnrolRequest
	d := json.NewDecoder(body)
	if err := d.Decode(&req); err != nil {
		return req, badBody(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return req, badBody(errors.New("more than one value"))
	}
	return req, nil
}

func badBody(err error) error {
	message := "The request can't be read."
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		message = "The request is too large."
	}
	return problem.New(problem.Invalid, message, "Enrol again with the current software.").Because(err)
}

// addressOf gives the IP address of the other side. Headers are not asked: kiosks
// come directly, and a header can say anything.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	d := problem.DetailsOf(err)
	level := slog.LevelInfo
	if d.Status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	h.log.Log(r.Context(), level, "device request refused", "path", r.URL.Path, "address", addressOf(r), "code", d.Code, "err", err)
	if s, ok := d.Detail["retry_after_s"].(int); ok {
		w.Header().Set("Retry-After", strconv.Itoa(s))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	h.write(w, d.Status, d)
}

func (h *handler) answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	h.write(w, status, body)
}

func (h *handler) write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		h.log.Debug("answer not delivered", "err", err)
	}
}
