package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
)

// maxBody bounds a JSON body; an import has its own limit.
const maxBody = 64 << 10

// handle puts the same doorway before every route: who is it, may they, and
// what went wrong.
func (a *API) handle(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if err := hurry(w, req); err != nil {
			a.fail(w, req, err)
			return
		}
		who, err := a.identify(req, r.needs)
		if err == nil {
			err = r.serve(w, guarded(req, who), who)
		}
		if err != nil && req.Context().Err() == nil {
			a.fail(w, req, err)
		}
	})
}

// guarded gives the request with a context in which its caller writes only as long as
// they may.
func guarded(r *http.Request, who access.Identity) *http.Request {
	if who.Email == "" {
		return r
	}
	return r.WithContext(access.Guard(r.Context(), who))
}

// bodyIn is how long a request's body may take to arrive: 32 MiB of an import
// over a slow line, and not a byte a minute for ever.
const bodyIn = 2 * time.Minute

// hurry bounds the time for the body of a request that has one. Streams have
// none, and live as long as their reader.
func hurry(w http.ResponseWriter, r *http.Request) error {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyIn))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("bound request body: %w", err)
	}
	return nil
}

func (a *API) identify(r *http.Request, needs access.Permission) (access.Identity, error) {
	if needs == "" {
		return access.Identity{}, nil
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return access.Identity{}, problem.New(problem.Unauthenticated, "This call needs an API token.",
			"Make one with: fleet login, and send it as Authorization: Bearer TOKEN")
	}
	who, err := a.Door.Token(r.Context(), token)
	if err != nil {
		return who, err
	}
	if !who.Scope.Covers(needs, r.Method == http.MethodGet) {
		return who, problem.New(problem.Forbidden, "This token's scope does not allow this.", "Make a token with a wider one: "+string(access.ScopeAll)+".")
	}
	if !access.Allowed(who.Role, needs) {
		return who, problem.New(problem.Forbidden, "Your role does not allow this.", "Ask an owner.")
	}
	return who, nil
}

// fail answers with the problem; its cause goes to the log only.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	d := problem.DetailsOf(err)
	if d.Status >= http.StatusInternalServerError && r != nil {
		a.Log.Error("request failed", slog.String("path", r.URL.Path), slog.Any("err", err))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	if d.Code == problem.Unauthenticated {
		w.Header().Set("WWW-Authenticate", `Bearer realm="timepost"`)
	}
	w.WriteHeader(d.Status)
	if err := json.NewEncoder(w).Encode(d); err != nil {
		a.Log.Debug("answer not taken", slog.Any("err", err))
	}
}

func noRoute() error {
	return problem.New(problem.NotFound, "There is no such call.", "See "+Base+"/openapi.yaml")
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(v)
}

// read decodes a JSON body strictly: unknown fields are errors, so that a
// misspelt one is not silently nothing.
func read(w http.ResponseWriter, r *http.Request, v any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil && !errors.Is(d.Decode(&struct{}{}), io.EOF) {
		err = errors.New("more than one JSON value")
	}
	if err != nil {
		return problem.New(problem.Invalid, "The request's body can't be read.", "See "+Base+"/openapi.yaml").Because(err)
	}
	return nil
}

// number reads a whole number between least and most from the query.
func number(r *http.Request, name string, fallback, least, most int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, problem.New(problem.Invalid, "The value of "+name+" must be a whole number from "+
			strconv.Itoa(least)+" to "+strconv.Itoa(most)+".", "")
	}
	return n, nil
}

// remote gives the address that login limits are counted by.
func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
