package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// safe is a buffer that a server may log into while a test reads.
type safe struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// running is a server of its own process-to-be: the same run as the program's.
type running struct {
	data   string
	token  string
	log    *safe
	addr   addresses
	client *http.Client
	stop   func() int
}

func setUp(t *testing.T) (data, token string) {
	t.Helper()
	dir := t.TempDir()
	data = filepath.Join(dir, "data")
	var out safe
	code := run(t.Context(), []string{
		"init", "--data", data, "--org", "acme", "--owner", "ann@acme.example",
		"--password-file", "-", "--token-file", filepath.Join(dir, "token"),
	}, strings.NewReader("a good long sentence\n"), &out, &out)
	if code != 0 {
		t.Fatalf("init: %d %s", code, out.String())
	}
	text, err := os.ReadFile(filepath.Join(dir, "token"))
	if err != nil {
		t.Fatal(err)
	}
	return data, strings.TrimSpace(string(text))
}

func serve(t *testing.T, data, token string, more ...string) *running {
	t.Helper()
	r := &running{data: data, token: token, log: &safe{}}
	file := filepath.Join(data, "run", "addresses.json")
	if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	args := append([]string{"serve", "--data", data, "--web", "127.0.0.1:0", "--device", "127.0.0.1:0", "--mqtt", "127.0.0.1:0"}, more...)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, args, strings.NewReader(""), io.Discard, r.log) }()
	r.stop = sync.OnceValue(func() int { cancel(); return <-ended })
	t.Cleanup(func() { r.stop() })
	for {
		text, err := os.ReadFile(file)
		if err == nil {
			if err := json.Unmarshal(text, &r.addr); err != nil {
				t.Fatal(err) // it is written whole or not at all
			}
			break
		}
		select {
		case code := <-ended:
			ended <- code
			t.Fatalf("serve: %d %s", code, r.log.String())
		case <-time.After(5 * time.Millisecond):
		}
	}
	r.trust(t)
	return r
}

func (r *running) trust(t *testing.T) {
	t.Helper()
	ca, err := os.ReadFile(r.addr.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		t.Fatal("no authority")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	r.client = &http.Client{Transport: transport}
}

// call asks the API and reads the answer into out.
func (r *running) call(t *testing.T, method, path string, in, out any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, r.addr.Web+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("Content-Type", "application/json")
	r.do(t, req, out)
}

func (r *running) do(t *testing.T, req *http.Request, out any) {
	t.Helper()
	resp, err := r.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %s %v", req.Method, req.URL, resp.Status, text, err)
	}
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatal(err)
	}
}

// enrolled makes a kiosk and enrols a machine as it, over the real listeners.
func (r *running) enrolled(t *testing.T) (wire.EnrolReply, tls.Certificate) {
	t.Helper()
	var kiosk struct{ ID string }
	r.call(t, "POST", "/api/v1/kiosks", map[string]any{"name": "Front Door"}, &kiosk)
	var code struct{ Code, URL string }
	r.call(t, "POST", "/api/v1/kiosks/"+kiosk.ID+"/code", nil, &code)
	var known wire.WellKnown
	r.call(t, "GET", wire.WellKnownPath, nil, &known)
	if !strings.HasPrefix(code.URL, "timepost://"+strings.TrimPrefix(known.Device, "https://")+"/") || known.Device != r.addr.Device {
		t.Fatalf("url %s, device listener %s", code.URL, known.Device)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	_, record, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	seal, err := pin.NewSealKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ask := wire.EnrolRequest{Code: code.Code, CSR: csr, RecordKey: record.Public().(ed25519.PublicKey), SealKey: seal.PublicKey().Bytes(), Software: "test"}
	body, err := json.Marshal(ask)
	if err != nil {
		t.Fatal(err)
	}
	ask.Sig = ed25519.Sign(record, append([]byte("timepost/enrol/v1\x00"), body...))
	if body, err = json.Marshal(ask); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", known.Device+wire.EnrolPath, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var reply wire.EnrolReply
	r.do(t, req, &reply)
	return reply, tls.Certificate{Certificate: [][]byte{reply.Cert}, PrivateKey: key}
}

// connects says whether the broker takes a TLS connection with the certificate.
func (r *running) connects(t *testing.T, reply wire.EnrolReply, cert ...tls.Certificate) error {
	t.Helper()
	ca, err := x509.ParseCertificate(reply.CA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	conn, err := tls.Dial("tcp", strings.TrimPrefix(reply.Brokers[0], "tls://"), &tls.Config{RootCAs: pool, Certificates: cert})
	if err != nil {
		return err
	}
	if err := conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	// In TLS 1.3 the server's refusal of a client comes with the first read.
	if _, err = conn.Read(make([]byte, 1)); os.IsTimeout(err) {
		err = nil
	}
	if cerr := conn.Close(); cerr != nil && err == nil {
		err = cerr
	}
	return err
}

func TestServeFromCodeToBroker(t *testing.T) {
	t.Parallel()
	data, token := setUp(t)
	r := serve(t, data, token)
	reply, cert := r.enrolled(t)
	if reply.Org != "acme" || len(reply.Brokers) != 1 || reply.Brokers[0] != r.addr.MQTT {
		t.Fatalf("%+v", reply)
	}
	if err := r.connects(t, reply, cert); err != nil {
		t.Errorf("the enrolled kiosk: %v", err)
	}
	if err := r.connects(t, reply); err == nil {
		t.Error("the broker takes connections without a certificate")
	}
	if _, err := http.Get(r.addr.Web); err == nil {
		t.Error("trusted without the authority")
	}
	for _, path := range []string{"/", "/punches", "/api/v1/people"} {
		resp, err := (&http.Client{Transport: r.client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Get(r.addr.Web + path)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode == 200 {
			t.Errorf("%s is open to everybody", path)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	began := time.Now()
	if code := r.stop(); code != 0 {
		t.Fatalf("stopped with %d: %s", code, r.log.String())
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if log := r.log.String(); !strings.Contains(log, "msg=listening") || !strings.Contains(log, "msg=stopped") || strings.Contains(log, "level=ERROR") {
		t.Errorf("log: %s", log)
	}
}

func TestTwoServersOnOneFolder(t *testing.T) {
	t.Parallel()
	data, token := setUp(t)
	r := serve(t, data, token)
	var log safe
	args := []string{"serve", "--data", data, "--web", "127.0.0.1:0", "--device", "127.0.0.1:0", "--mqtt", "127.0.0.1:0"}
	if code := run(t.Context(), args, strings.NewReader(""), io.Discard, &log); code != problem.Conflict.ExitCode() || !strings.Contains(log.String(), "Another server is running") {
		t.Fatalf("%d %s", code, log.String())
	}
	if code := r.stop(); code != 0 {
		t.Fatal(code)
	}
	again := serve(t, data, token) // the folder is free again, and all is still there
	var people struct{ Total int }
	again.call(t, "GET", "/api/v1/people", nil, &people)
}

func TestATakenPortStopsTheServer(t *testing.T) {
	t.Parallel()
	data, token := setUp(t)
	r := serve(t, data, token)
	other, _ := setUp(t)
	var log safe
	args := []string{
		"serve", "--data", other, "--web", strings.Replace(strings.TrimPrefix(r.addr.Web, "https://"), "localhost", "127.0.0.1", 1),
		"--device", "127.0.0.1:0", "--mqtt", "127.0.0.1:0",
	}
	if code := run(t.Context(), args, strings.NewReader(""), io.Discard, &log); code != problem.Unavailable.ExitCode() || !strings.Contains(log.String(), "can't be used") {
		t.Fatalf("%d %s", code, log.String())
	}
}

func TestCreatedPeopleAreHashed(t *testing.T) {
	t.Parallel()
	data, token := setUp(t)
	r := serve(t, data, token, "--log-format", "json")
	var person struct{ ID, PIN string }
	r.call(t, "POST", "/api/v1/people", map[string]any{"name": "Bo", "role": "regular"}, &person)
	if len(person.PIN) != 4 {
		t.Fatalf("%+v", person)
	}
	for {
		var h struct{ Pending, Total int }
		r.call(t, "GET", "/api/v1/hashing", nil, &h)
		if h.Total == 1 && h.Pending == 0 {
			break
		}
	}
	if strings.Contains(r.log.String(), person.PIN+`"`) {
		t.Error("the PIN is in the log")
	}
}
