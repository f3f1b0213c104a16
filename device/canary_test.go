package device_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// tap is a socket that hands everything on to another and keeps what was said.
type tap struct {
	mu           sync.Mutex
	asked, given bytes.Buffer
	wg           sync.WaitGroup
}

func (tp *tap) serve(t *testing.T, front, back string) {
	t.Helper()
	l, err := net.Listen("unix", front)
	must(t, err)
	tp.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b, err := net.Dial("unix", back)
			if err != nil {
				_ = c.Close()
				return
			}
			tp.wg.Go(func() { tp.copy(b, c, &tp.asked) })
			tp.wg.Go(func() { tp.copy(c, b, &tp.given) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); tp.wg.Wait() })
}

func (tp *tap) copy(to io.WriteCloser, from io.Reader, kept *bytes.Buffer) {
	defer to.Close() //nolint:errcheck // either side may be first
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		tp.mu.Lock()
		kept.Write(buf[:n])
		tp.mu.Unlock()
		if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
			return
		}
	}
}

func (tp *tap) said() (asked, given string) {
	tp.mu.Lock()
	defer tp.mu.Unlock()
	return tp.asked.String(), tp.given.String()
}

// The digits of a PIN, right or wrong, are in no log, no database file and no
// answer, whatever becomes of the attempt.
func TestNoPINIsLeftBehind(t *testing.T) {
	t.Parallel()
	const right, wrong, shared, keeper = "640193", "751824", "86293517", "93810472"
	w := newWorld(t)
	w.apply(w.person("canary", attendance.Regular, right, 9, 0), w.universal(shared, 9), w.unlisted("keeper", attendance.Admin, keeper))
	dir, err := os.MkdirTemp("", "tp")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	server := local.NewServer(w.terminal, w.terminal, nil, slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	must(t, server.Listen(filepath.Join(dir, "back"), local.NoGroup))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	traffic := &tap{}
	traffic.serve(t, filepath.Join(dir, "front"), filepath.Join(dir, "back"))
	c := local.Dial(filepath.Join(dir, "front"))

	for _, digits := range []string{right, wrong, shared, wrong, "751825", "751826", "751827", "751828", right} {
		p, err := pin.Parse(digits)
		must(t, err)
		s, err := c.Identify(t.Context(), local.Attempt{Person: "canary", PIN: p})
		if err != nil {
			w.log.line(problem.From(err).Error())
			continue
		}
		_, err = c.Punch(t.Context(), local.PunchRequest{Session: s.ID, Action: s.Actions[0]})
		must(t, err)
	}
	typeForATeam(t, w, c, "751829", shared)
	typeForMaintenance(t, w, c, "751830", keeper)
	c.Close()
	cancel()
	must(t, <-ended)
	w.tick()

	asked, given := traffic.said()
	places := map[string]string{"the log": w.log.String(), "the answers": given}
	w.close()
	files, err := filepath.Glob(filepath.Join(w.dir, "*"))
	must(t, err)
	for _, f := range files {
		b, err := os.ReadFile(f)
		must(t, err)
		places[filepath.Base(f)] = string(b)
	}
	for where, text := range places {
		if !strings.Contains(text, "canary") && !strings.Contains(text, "Canary") {
			t.Errorf("%s does not tell of the person: the test looks in the wrong place", where)
		}
		for _, digits := range []string{right, wrong, shared, keeper, "751825", "751829", "751830"} {
			if strings.Contains(text, digits) {
				t.Errorf("a PIN is in %s", where)
			}
		}
	}
	if !strings.Contains(asked, right) || !strings.Contains(asked, wrong) || !strings.Contains(asked, keeper) {
		t.Error("no PIN was asked: the test can't fail")
	}
}

// typeForATeam types PINs where a team is clocked in, and clocks one in.
func typeForATeam(t *testing.T, w *world, c *local.Client, all ...string) {
	t.Helper()
	opened := 0
	for _, digits := range all {
		p, err := pin.Parse(digits)
		must(t, err)
		s, err := c.OpenTeam(t.Context(), p)
		if err != nil {
			w.log.line(problem.From(err).Error())
			continue
		}
		_, err = c.PunchTeam(t.Context(), local.TeamPunch{Session: s.ID, Action: attendance.In, People: []string{"bob"}})
		must(t, err)
		opened++
	}
	if opened != 1 {
		t.Errorf("%d teams were clocked in, want 1", opened)
	}
}

// typeForMaintenance types PINs where Maintenance is opened, and opens it once.
func typeForMaintenance(t *testing.T, w *world, c *local.Client, all ...string) {
	t.Helper()
	opened := 0
	for _, digits := range all {
		p, err := pin.Parse(digits)
		must(t, err)
		if _, err = c.Care(t.Context(), local.Attempt{Person: "keeper", PIN: p}); err != nil {
			w.log.line(problem.From(err).Error())
			continue
		}
		opened++
	}
	if opened != 1 {
		t.Errorf("Maintenance was opened %d times, want 1", opened)
	}
}

func (l *safeLog) line(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.WriteString(s + "\n")
}
