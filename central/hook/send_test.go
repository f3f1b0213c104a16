package hook_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/timepost/timepost/central/hook"
	"github.com/timepost/timepost/internal/problem"
)

func TestAddressesThatAreReached(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string][2]bool{ // outside, inside
		"93.184.216.34": {true, true}, "2606:2800:220:1::1": {true, true},
		"10.1.2.3": {false, true}, "192.168.0.7": {false, true}, "172.16.0.1": {false, true}, "fd00::7": {false, true}, "100.64.1.1": {false, true}, "::ffff:10.0.0.1": {false, true},
		"127.0.0.1": {}, "127.9.9.9": {}, "::1": {}, "::ffff:127.0.0.1": {}, "0.0.0.0": {}, "0.1.2.3": {}, "::": {}, "169.254.169.254": {}, "fe80::1": {},
		"224.0.0.1": {}, "ff02::1": {}, "255.255.255.255": {}, "240.0.0.1": {}, "64:ff9b::7f00:1": {}, "2002:7f00:1::": {}, "198.18.0.1": {},
	} {
		a := netip.MustParseAddr(ip)
		if got := [2]bool{hook.Allowed(a, false), hook.Allowed(a, true)}; got != want {
			t.Errorf("%s: %v, want %v", ip, got, want)
		}
	}
	if hook.Allowed(netip.Addr{}, true) {
		t.Error("no address at all is reached")
	}
}

func TestTargetsAreChecked(t *testing.T) {
	t.Parallel()
	for target, ok := range map[string]bool{
		"https://chat.example.com/hooks/1?x=y": true, "https://93.184.216.34:8443/": true,
		"http://chat.example.com/": false, "https://": false, "https://:443/": false, "https://user:pass@example.com/": false, "ftp://example.com": false, "": false,
		"https://127.0.0.1/": false, "https://[::1]:9/": false, "https://169.254.169.254/latest": false, "https://10.0.0.1/": false,
		"https://example.com/#x": false, "https://example.com/" + strings.Repeat("x", 500): false, "javascript:alert(1)": false,
	} {
		err := hook.Target{URL: target}.Check()
		if (err == nil) != ok || err != nil && problem.From(err).Detail["field"] != "url" {
			t.Errorf("%q: %v", target, err)
		}
	}
	if err := (hook.Target{URL: "https://10.0.0.1/", Inside: true}).Check(); err != nil {
		t.Error(err)
	}
}

// The name is looked up when the connection is made: one that leads to this machine
// gets nothing, whatever it looked like before.
func TestNothingReachesThisMachine(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer s.Close()
	to := hook.Target{URL: strings.Replace(s.URL, "127.0.0.1", "localhost", 1), Inside: true}
	if err := (hook.Sender{}).Send(t.Context(), to, 1, time.Now(), []byte("{}")); !problem.Is(err, problem.Forbidden) {
		t.Errorf("%v", err)
	}
	if hits.Load() != 0 {
		t.Error("it was reached")
	}
}

func TestMessagesAreSigned(t *testing.T) {
	t.Parallel()
	status, got, body := http.StatusNoContent, http.Header{}, ""
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got, body = r.Header.Clone(), string(b)
		w.WriteHeader(status)
	}))
	defer s.Close()
	sender, to := hook.Sender{Client: s.Client()}, hook.Target{URL: s.URL, Secret: "hush"}
	at := time.Unix(1_790_000_000, 0)
	if err := sender.Send(t.Context(), to, 42, at, []byte(`{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	// printf '%s' '1790000000.{"a":1}' | openssl dgst -sha256 -hmac hush
	const want = "t=1790000000,v1=eb8ccf9a1ed0c0de51b0fd1a0c6ee2ef8c456c16bb299ab59c91d68bd85fcf3c"
	if got.Get("Timepost-Signature") != want || got.Get("Timepost-Delivery") != "42" || body != `{"a":1}` || got.Get("Content-Type") != "application/json" {
		t.Errorf("%v %s", got, body)
	}
	for _, status = range []int{http.StatusFound, http.StatusForbidden, http.StatusInternalServerError} {
		if err := sender.Send(t.Context(), to, 42, at, []byte("{}")); !problem.Is(err, problem.Unavailable) {
			t.Errorf("%d: %v", status, err)
		}
	}
}
