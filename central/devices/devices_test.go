package devices_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/central/devices"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/lifecycle/lifecycletest"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// enroller answers by the code it is asked with.
type enroller struct {
	mu      sync.Mutex
	asked   []wire.EnrolRequest
	address string
	hold    chan struct{} // not nil: wait for it
}

func (e *enroller) Enrol(ctx context.Context, address string, r wire.EnrolRequest) (wire.EnrolReply, error) {
	e.mu.Lock()
	e.asked, e.address = append(e.asked, r), address
	hold := e.hold
	e.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return wire.EnrolReply{}, ctx.Err()
		}
	}
	if r.Code == "GOOD" {
		return wire.EnrolReply{Org: "acme", Kiosk: "door"}, nil
	}
	return wire.EnrolReply{}, problem.New(problem.Code(r.Code), "No.", "Ask.").With("retry_after_s", 60)
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// listener runs a real listener and gives its address and a client that trusts
// its authority.
func listener(t *testing.T, e devices.Enroller) (string, *http.Client, *fleet.Keys) {
	t.Helper()
	keys, err := fleet.CreateKeys(filepath.Join(t.TempDir(), "keys"), "acme", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := &devices.Server{
		Listen: "127.0.0.1:0", TLS: keys.ServerTLS([]string{"127.0.0.1"}, time.Now), Handler: devices.Handler(e, quiet()), Log: quiet(),
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	<-s.Ready()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: keys.Pool()}}
	t.Cleanup(transport.CloseIdleConnections)
	return "https://" + s.Addr(), &http.Client{Transport: transport}, keys
}

func post(t *testing.T, c *http.Client, url, body string) (*http.Response, problem.Details) {
	t.Helper()
	r, err := c.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Body.Close(); err != nil {
		t.Fatal(err)
	}
	var d problem.Details
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return r, d
}

func TestEnrolOverTLS(t *testing.T) {
	t.Parallel()
	e := &enroller{}
	url, client, _ := listener(t, e)
	want := wire.EnrolRequest{Code: "GOOD", CSR: []byte{1}, RecordKey: []byte{2}, SealKey: []byte{3}, Serial: "<&>", Software: "test", Sig: []byte{4}}
	body, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	r, err := client.Post(url+wire.EnrolPath, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var reply wire.EnrolReply
	if err := json.NewDecoder(r.Body).Decode(&reply); err != nil || r.Body.Close() != nil {
		t.Fatal(err)
	}
	if r.StatusCode != 200 || reply.Kiosk != "door" || r.TLS.Version != tls.VersionTLS13 || r.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s %+v", r.Status, reply)
	}
	if d := cmp.Diff([]wire.EnrolRequest{want}, e.asked); d != "" || e.address != "127.0.0.1" {
		t.Fatal(e.address, d)
	}
}

func TestEveryRefusalHasItsOwnCode(t *testing.T) {
	t.Parallel()
	url, client, _ := listener(t, &enroller{})
	for code, status := range map[problem.Code]int{
		problem.NotFound: 404, problem.Used: 409, problem.Expired: 410, problem.Limited: 429, problem.Invalid: 400, problem.Untrusted: 403,
	} {
		r, d := post(t, client, url+wire.EnrolPath, `{"code":"`+string(code)+`"}`)
		if r.StatusCode != status || d.Code != code || d.Hint != "Ask." || r.Header.Get("Content-Type") != "application/problem+json" ||
			r.Header.Get("Retry-After") != "60" {
			t.Errorf("%s: %s %+v", code, r.Status, d)
		}
	}
}

func TestHostileRequestsNeverReachTheFleet(t *testing.T) {
	t.Parallel()
	e := &enroller{}
	url, client, keys := listener(t, e)
	for name, body := range map[string]string{
		"nothing":   "",
		"no JSON":   "code=GOOD",
		"cut":       `{"code":"GOOD"`,
		"two":       `{"code":"GOOD"}{"code":"GOOD"}`,
		"an array":  `[{"code":"GOOD"}]`,
		"too large": `{"code":"` + strings.Repeat("G", 17<<10) + `"}`,
		"no base64": `{"code":"GOOD","csr":"!!"}`,
	} {
		if r, d := post(t, client, url+wire.EnrolPath, body); r.StatusCode != 400 || d.Code != problem.Invalid {
			t.Errorf("%s: %s %+v", name, r.Status, d)
		}
	}
	if r, _ := post(t, client, url+"/device/v1/other", "{}"); r.StatusCode != 404 {
		t.Errorf("another path: %s", r.Status)
	}
	if len(e.asked) != 0 {
		t.Errorf("%d requests got through", len(e.asked))
	}
	old := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: keys.Pool(), MaxVersion: tls.VersionTLS12}}}
	if r, err := old.Post(url+wire.EnrolPath, "application/json", strings.NewReader("{}")); err == nil {
		t.Errorf("TLS 1.2: %s, %v", r.Status, r.Body.Close())
	}
	stranger := &http.Client{}
	if r, err := stranger.Get(url + "/healthz"); err == nil {
		t.Errorf("trusted without the authority: %s, %v", r.Status, r.Body.Close())
	}
}

func TestTooManyAtOnceAreTurnedAway(t *testing.T) {
	t.Parallel()
	e := &enroller{hold: make(chan struct{})}
	h := devices.Handler(e, quiet())
	ask := func() int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "POST", wire.EnrolPath, strings.NewReader(`{"code":"GOOD"}`)))
		return w.Code
	}
	var all sync.WaitGroup
	codes := make(chan int, 65)
	for range 65 {
		all.Go(func() { codes <- ask() })
	}
	if c := <-codes; c != 503 { // the only one that can end while the others are held
		t.Errorf("the 65th: %d", c)
	}
	close(e.hold)
	all.Wait()
	close(codes)
	for c := range codes {
		if c != 200 {
			t.Errorf("held: %d", c)
		}
	}
}

func TestWellKnown(t *testing.T) {
	t.Parallel()
	want := wire.WellKnown{Org: "acme", Device: "https://time.acme.example:8443", CA: []byte{1, 2}}
	h := devices.WellKnown(func() wire.WellKnown { return want })
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", wire.WellKnownPath, nil))
	var got wire.WellKnown
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || cmp.Diff(want, got) != "" {
		t.Error(err, cmp.Diff(want, got))
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "POST", wire.WellKnownPath, nil))
	if w.Code != 405 {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestServerStartsAndStops(t *testing.T) {
	t.Parallel()
	keys, err := fleet.CreateKeys(filepath.Join(t.TempDir(), "keys"), "acme", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	lifecycletest.StartStop(t, func() lifecycle.Service {
		return &devices.Server{Listen: "127.0.0.1:0", TLS: keys.ServerTLS([]string{"127.0.0.1"}, time.Now), Handler: http.NotFoundHandler(), Log: quiet()}
	})
}

func TestATakenAddressIsSaidSo(t *testing.T) {
	t.Parallel()
	url, _, keys := listener(t, &enroller{})
	s := &devices.Server{Listen: strings.TrimPrefix(url, "https://"), TLS: keys.ServerTLS(nil, time.Now), Handler: http.NotFoundHandler(), Log: quiet()}
	if err := s.Run(t.Context()); !problem.Is(err, problem.Unavailable) {
		t.Fatal(err)
	}
}

func TestStoppingEndsRequestsInWork(t *testing.T) {
	t.Parallel()
	keys, err := fleet.CreateKeys(filepath.Join(t.TempDir(), "keys"), "acme", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	entered := make(chan struct{})
	s := &devices.Server{
		Listen: "127.0.0.1:0", TLS: keys.ServerTLS([]string{"127.0.0.1"}, time.Now), Log: quiet(), Streams: true,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(200)
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			close(entered)
			<-r.Context().Done() // a stream without end
		}),
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	<-s.Ready()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: keys.Pool()}}}
	r, err := client.Get("https://" + s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	<-entered
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if err := r.Body.Close(); err != nil {
		t.Fatal(err)
	}
}
