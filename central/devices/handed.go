package devices

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// Limits of what is handed in. A body of 8 MiB has uploadTime to arrive, a small one
// readTime; each takes
// memory while it is judged, so few are read at once.
const (
	uploadTime       = 2 * time.Minute
	uploadsAtOnce    = 8
	uploadsPerMinute = 120 // from one address
	uploadsWindow    = time.Minute
)

// Salvager takes in records that a kiosk hands in: body is what u was signed for.
// Admit fails where u is not signed by a key that the kiosk has or has had.
type Salvager interface {
	Admit(ctx context.Context, u wire.SignedUpload) error
	HandIn(ctx context.Context, u wire.SignedUpload, body []byte) (wire.UploadReply, error)
}

// Diagnoser keeps an archive of diagnostics: body is what u was signed for. Twice
// the same is one. Admit fails where u is not signed by a key that the kiosk has.
type Diagnoser interface {
	Admit(ctx context.Context, u wire.SignedUpload) error
	Keep(ctx context.Context, u wire.SignedUpload, body []byte) error
}

// HandedIn gives the routes of deposit and salvage. Now is the wall clock.
func HandedIn(s Salvager, now func() time.Time) []Route {
	limits := newUploads(now)
	take := func(ctx context.Context, u wire.SignedUpload, body []byte) (any, error) {
		return s.HandIn(ctx, u, body)
	}
	return []Route{
		{wire.DepositPath, wire.MaxUpload, upload{wire.UploadDeposit, limits, s.Admit, take}.serve},
		{wire.SalvagePath, wire.MaxUpload, upload{wire.UploadSalvage, limits, s.Admit, take}.serve},
	}
}

// Diagnostics gives the route of diagnostics. Now is the wall clock.
func Diagnostics(d Diagnoser, now func() time.Time) Route {
	take := func(ctx context.Context, u wire.SignedUpload, body []byte) (any, error) {
		return map[string]string{"status": "kept"}, d.Keep(ctx, u, body)
	}
	return Route{wire.DiagnosticsPath, wire.MaxUpload, upload{wire.UploadDiagnostics, newUploads(now), d.Admit, take}.serve}
}

// upload is one kind of what is handed in.
type upload struct {
	kind   wire.UploadKind
	limits *uploads
	admit  func(ctx context.Context, u wire.SignedUpload) error
	take   func(ctx context.Context, u wire.SignedUpload, body []byte) (any, error)
}

func (up upload) serve(h *handler, w http.ResponseWriter, r *http.Request) {
	reply, err := up.receive(w, r)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.answer(w, http.StatusOK, reply)
}

// receive hands on what is signed for this kind and is exactly what was signed.
// Whose it is is judged before a byte of the body is read.
func (up upload) receive(w http.ResponseWriter, r *http.Request) (any, error) {
	if err := up.limits.count(addressOf(r)); err != nil {
		return nil, err
	}
	u, err := wire.OpenUpload(r.Header.Get(wire.UploadHeader))
	if err != nil {
		return nil, err
	}
	if u.Kind != up.kind {
		return nil, problem.New(problem.Untrusted, "This was signed for something else.", "Try again from the kiosk.")
	}
	if err := up.admit(r.Context(), u); err != nil {
		return nil, err
	}
	leave, err := up.limits.enter(u.Kiosk)
	if err != nil {
		return nil, err
	}
	defer leave()
	body, err := readUpload(w, r, up.within())
	if err != nil {
		return nil, err
	}
	if !u.Holds(body) {
		return nil, problem.New(problem.Untrusted, "This is not what the kiosk has signed.", "Try again from the kiosk.")
	}
	return up.take(r.Context(), u, body)
}

// within is how long a body may take to arrive. What asks for a certificate is small: where
// anybody may ask, places must not be held for long.
func (up upload) within() time.Duration {
	if up.kind == wire.UploadReadopt || up.kind == wire.UploadRenew {
		return readTime
	}
	return uploadTime
}

func readUpload(w http.ResponseWriter, r *http.Request, within time.Duration) ([]byte, error) {
	late := time.Now().Add(within)
	c := http.NewResponseController(w)
	if err := errors.Join(c.SetReadDeadline(late), c.SetWriteDeadline(late.Add(writeTime))); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		return body, nil
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, problem.New(problem.Invalid, "This is too large to be handed in at once.", "At most 8 MiB; hand it in in parts.").Because(err)
	}
	return nil, problem.New(problem.Invalid, "This did not arrive as a whole.", "Try again.").Because(err)
}

// uploads bounds how many bodies are read at once, one of a kiosk, and how many may
// come from one address in a minute.
type uploads struct {
	now func() time.Time

	mu   sync.Mutex
	busy map[string]bool // kiosks whose body is being read
	came map[string]int  // by address, in the present window
	from time.Time       // when it began
}

func newUploads(now func() time.Time) *uploads {
	return &uploads{now: now, busy: map[string]bool{}, came: map[string]int{}}
}

// enter lets a kiosk's request in, until it calls leave.
func (l *uploads) enter(kiosk string) (leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy[kiosk] || len(l.busy) >= uploadsAtOnce {
		return nil, problem.New(problem.Unavailable, "The server is busy.", "Try again in a moment.").With("retry_after_s", 5)
	}
	l.busy[kiosk] = true
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.busy, kiosk)
	}, nil
}

func (l *uploads) count(address string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if age := now.Sub(l.from); age < 0 || age >= uploadsWindow {
		l.from = now
		clear(l.came)
	}
	l.came[address]++
	if l.came[address] > uploadsPerMinute {
		return problem.New(problem.Limited, "This address hands in too much at once.", "Wait a minute, then try again.").
			With("retry_after_s", int(uploadsWindow/time.Second))
	}
	return nil
}
