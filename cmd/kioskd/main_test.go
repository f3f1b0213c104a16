package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kioskd": main})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}

// syncBuffer is a log that the daemon writes while the test reads.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// A machine that is nobody yet serves its screen, refuses what it can't do in
// words, and stops when it is told to.
func TestBeforeTheEnrolment(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	socket, data := filepath.Join(dir, "s"), filepath.Join(dir, "data")
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	log := &syncBuffer{}
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, []string{"run", "--data", data, "--socket", socket}, &out, log) }()
	c := local.Dial(socket)
	t.Cleanup(c.Close)
	watch, stopWatching := context.WithTimeout(t.Context(), 20*time.Second)
	defer stopWatching()
	for s := range c.Watch(watch) {
		if s.Fault == "" && !s.Enrolled {
			break
		}
	}
	if _, err := c.People(t.Context(), local.PeopleQuery{Limit: 1}); !problem.Is(err, problem.Conflict) {
		t.Errorf("people: %v", err)
	}
	err := c.Enrol(t.Context(), local.EnrolRequest{Server: "", Code: "x"}, func(local.EnrolStep) {})
	if !problem.Is(err, problem.Invalid) {
		t.Errorf("enrol: %v", err)
	}
	err = c.Enrol(t.Context(), local.EnrolRequest{Server: "timepost://127.0.0.1:1/7K3QXM0R2T?ca=" + strings.Repeat("00", 32)}, func(local.EnrolStep) {})
	if !problem.Is(err, problem.Unavailable) {
		t.Errorf("enrol at nobody's: %v", err)
	}

	var status bytes.Buffer
	if code := run(t.Context(), []string{"status", "--socket", socket, "--json"}, &status, log); code != 0 {
		t.Errorf("status: exit %d", code)
	}
	var got map[string]any
	if err := json.Unmarshal(status.Bytes(), &got); err != nil || got["enrolled"] != false || got["key_tier"] != "file" {
		t.Errorf("status = %s, %v", status.String(), err)
	}
	var second bytes.Buffer
	if code := run(t.Context(), []string{"run", "--data", data, "--socket", filepath.Join(dir, "s2")}, &out, &second); code != 75 || !strings.Contains(second.String(), "Another kioskd uses this data folder") {
		t.Errorf("a second daemon: exit %d, %s", code, second.String())
	}
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("exit %d: %s", code, log.String())
	}
	for _, event := range []string{"comparison measured", "bcrypt_ms=", "not enrolled", "msg=ready", "stopped"} {
		if !strings.Contains(log.String(), event) {
			t.Errorf("the log does not tell %q:\n%s", event, log.String())
		}
	}
	if _, err := os.Stat(socket); !os.IsNotExist(err) {
		t.Errorf("the socket is left behind: %v", err)
	}
}
