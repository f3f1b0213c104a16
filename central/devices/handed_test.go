package devices_test

import (
	"context"
	"crypto/ed25519"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/central/devices"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// desk remembers what was handed in.
type desk struct {
	taken []string
	hold  chan struct{} // not nil: wait for it
	in    chan struct{}
}

func (d *desk) Admit(_ context.Context, u wire.SignedUpload) error {
	if u.Org != "acme" {
		return problem.New(problem.Untrusted, "Who is that?", "")
	}
	return nil
}

func (d *desk) HandIn(_ context.Context, u wire.SignedUpload, body []byte) (wire.UploadReply, error) {
	if d.hold != nil {
		d.in <- struct{}{}
		<-d.hold
		return wire.UploadReply{}, nil
	}
	if string(body) == "refuse" {
		return wire.UploadReply{}, problem.New(problem.Limited, "Too much.", "")
	}
	d.taken = append(d.taken, u.Kiosk+" "+string(u.Kind)+" "+string(body[:min(len(body), 9)]))
	return wire.UploadReply{Payload: []byte("receipt")}, nil
}

func (d *desk) Keep(_ context.Context, u wire.SignedUpload, body []byte) error {
	d.taken = append(d.taken, u.Kiosk+" "+string(u.Kind)+" "+string(body))
	return nil
}

func uploadsHandler(d *desk) http.Handler {
	now := func() time.Time { return time.Unix(1000, 0) }
	return devices.Handler(&enroller{}, quiet(), append(devices.HandedIn(d, now), devices.Diagnostics(d, now))...)
}

func upload(t *testing.T, h http.Handler, path, header, body, address string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "POST", path, strings.NewReader(body))
	r.RemoteAddr = address + ":4711"
	r.Header.Set(wire.UploadHeader, header)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func signed(t *testing.T, kind wire.UploadKind, body string) string {
	t.Helper()
	return signedBy(t, "acme", "door", kind, body)
}

func signedBy(t *testing.T, org, kiosk string, kind wire.UploadKind, body string) string {
	t.Helper()
	header, err := wire.SignUpload(ed25519.NewKeyFromSeed(make([]byte, 32)), org, kiosk, kind, []byte(body), time.Unix(5, 0))
	if err != nil {
		t.Fatal(err)
	}
	return header
}

func TestOnlyWhatWasSignedIsHandedOn(t *testing.T) {
	t.Parallel()
	d := &desk{}
	h := uploadsHandler(d)
	huge := strings.Repeat("x", wire.MaxUpload+1)
	for name, c := range map[string]struct {
		path, header, body string
		status             int
	}{
		"no header":    {wire.DepositPath, "", "records", 400},
		"not a header": {wire.DepositPath, "a.b.c", "records", 400},
		"another body": {wire.DepositPath, signed(t, wire.UploadDeposit, "records"), "recordz", 403},
		"another kind": {wire.SalvagePath, signed(t, wire.UploadDeposit, "records"), "records", 403},
		"a stranger":   {wire.DepositPath, signedBy(t, "evil", "door", wire.UploadDeposit, "records"), "records", 403},
		"refused":      {wire.DepositPath, signed(t, wire.UploadDeposit, "refuse"), "refuse", 429},
		"too large":    {wire.DepositPath, signed(t, wire.UploadDeposit, huge), huge, 400},
	} {
		if w := upload(t, h, c.path, c.header, c.body, "192.0.2.1"); w.Code != c.status {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if len(d.taken) != 0 {
		t.Fatalf("handed on: %v", d.taken)
	}
	full := strings.Repeat("x", wire.MaxUpload)
	for _, c := range []struct {
		kind wire.UploadKind
		body string
	}{{wire.UploadDeposit, "records"}, {wire.UploadSalvage, full}, {wire.UploadDiagnostics, "archive"}} {
		if w := upload(t, h, c.kind.Path(), signed(t, c.kind, c.body), c.body, "192.0.2.1"); w.Code != 200 {
			t.Errorf("%s: %d %s", c.kind, w.Code, w.Body)
		}
	}
	if len(d.taken) != 3 || d.taken[0] != "door deposit records" || d.taken[2] != "door diagnostics archive" {
		t.Errorf("handed on: %v", d.taken)
	}
}

// Who floods the listener is told to wait, and keeps nobody else out.
func TestAFloodIsTurnedAway(t *testing.T) {
	t.Parallel()
	h := uploadsHandler(&desk{})
	header, last := signed(t, wire.UploadDeposit, "r"), 0
	for range 121 {
		w := upload(t, h, wire.DepositPath, header, "r", "192.0.2.1")
		if last = w.Code; last == 429 && w.Header().Get("Retry-After") != "60" {
			t.Errorf("retry after %q", w.Header().Get("Retry-After"))
		}
	}
	if last != 429 {
		t.Errorf("the 121st: %d", last)
	}
	if w := upload(t, h, wire.DepositPath, header, "r", "192.0.2.2"); w.Code != 200 {
		t.Errorf("somebody else: %d", w.Code)
	}
}

// Bodies take memory: only a few are in hand at once, and one of each kiosk.
func TestFewUploadsAtOnce(t *testing.T) {
	t.Parallel()
	d := &desk{hold: make(chan struct{}), in: make(chan struct{})}
	h := uploadsHandler(d)
	ask := func(kiosk string) int {
		return upload(t, h, wire.DepositPath, signedBy(t, "acme", kiosk, wire.UploadDeposit, "r"), "r", "192.0.2.1").Code
	}
	codes := make(chan int, 8)
	for n := range 8 {
		go func() { codes <- ask("door" + strconv.Itoa(n)) }()
		<-d.in
		if c := ask("door0"); c != 503 {
			t.Errorf("a second of the same kiosk: %d", c)
		}
	}
	if c := ask("door8"); c != 503 {
		t.Errorf("the ninth: %d", c)
	}
	close(d.hold)
	for range 8 {
		if c := <-codes; c != 200 {
			t.Errorf("held: %d", c)
		}
	}
}
