package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

func TestMetricsStayOnTheMachine(t *testing.T) {
	t.Parallel()
	for where, network := range map[string]string{
		"unix:/run/m.sock": "unix", "127.0.0.1:9101": "tcp", "[::1]:9101": "tcp", "localhost:0": "tcp",
		"unix:": "", "0.0.0.0:9101": "", ":9101": "", "192.168.1.5:9101": "", "example.com:9101": "", "9101": "",
	} {
		got, _, err := metricsAt(where)
		if got != network || (err != nil) != (network == "") || err != nil && !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %q, %v", where, got, err)
		}
	}
	if got, _, err := metricsAt(""); got != "" || err != nil {
		t.Errorf("nowhere: %q, %v", got, err)
	}
}

// A daemon serves its metrics on a socket, also in place of one that was left
// behind, and takes no other file away.
func TestMetricsOfADaemon(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	socket, metrics := filepath.Join(dir, "s"), filepath.Join(dir, "m")
	old, err := new(net.ListenConfig).Listen(t.Context(), "unix", metrics)
	if err != nil {
		t.Fatal(err)
	}
	old.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	log, ended := &syncBuffer{}, make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"run", "--data", filepath.Join(dir, "data"), "--socket", socket, "--metrics", "unix:" + metrics}, io.Discard, log)
	}()
	c := local.Dial(socket)
	t.Cleanup(c.Close)
	watch, stopWatching := context.WithTimeout(t.Context(), 20*time.Second)
	defer stopWatching()
	for s := range c.Watch(watch) {
		if s.Fault == "" && !s.Enrolled {
			break
		}
	}
	body, err := fetched(t, metrics)
	if err != nil || !strings.Contains(string(body), "timepost_device_works 0") || !strings.Contains(string(body), "go_goroutines") {
		t.Errorf("%v\n%s", err, body)
	}
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("exit %d: %s", code, log.String())
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	if code := run(t.Context(), []string{"run", "--data", filepath.Join(dir, "d2"), "--socket", socket, "--metrics", "unix:" + file}, io.Discard, &said); code != 69 {
		t.Errorf("a file in the way: exit %d, %s", code, said.String())
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "mine" {
		t.Errorf("%q, %v", b, err)
	}
}

// fetched gives what a socket serves.
func fetched(t *testing.T, socket string) ([]byte, error) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://kioskd/metrics", nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	return io.ReadAll(res.Body)
}
