package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// scrapedFleet serves the metrics of a small fleet: one kiosk that does well, one
// that has something wrong and one that is not set up.
func scrapedFleet(t *testing.T) (*centraldb.DB, http.Handler) {
	t.Helper()
	db, err := centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	heat, at := 51_500, time.Now()
	err = db.Update(t.Context(), func(tx *centraldb.Tx) error {
		var errs error
		for _, id := range []string{"gate", "yard", "new"} {
			k := attendance.Kiosk{ID: id, Name: "The " + id, Zone: "UTC"}
			errs = errors.Join(errs, tx.AddKiosk(t.Context(), k, 1))
			if id == "new" {
				continue
			}
			errs = errors.Join(errs, tx.SetKioskIdentity(t.Context(), centraldb.Kiosk{Kiosk: k, Status: centraldb.KioskEnrolled}),
				tx.PutHealth(t.Context(), centraldb.KioskHealth{Kiosk: id, At: at.UnixNano(), Health: wire.Health{
					At: at.UnixMilli(), Started: at.UnixMilli(), Queue: 2, Oldest: at.UnixMilli() - 90_000, Offset: -1500, Heat: &heat,
					DiskFree: 1 << 30, DiskSize: 1 << 33, Cert: at.UnixMilli(), BcryptMS: 400, Readers: 2, Attached: 1, Screens: 1,
				}}))
		}
		_, err := tx.AddAlert(t.Context(), centraldb.Alert{Kiosk: "yard", Kind: "silent", Severity: "critical", Words: "quiet", Since: 1})
		return errors.Join(errs, err)
	})
	if err != nil {
		t.Fatal(err)
	}
	return db, newMetrics(fleetMetrics{ingest.NewCounts(), func() int { return 3 }, db, slog.New(slog.DiscardHandler)})
}

func scrape(t *testing.T, h http.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	b, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestMetricsTellOfTheFleet(t *testing.T) {
	t.Parallel()
	db, h := scrapedFleet(t)
	got := scrape(t, h)
	for _, line := range []string{
		`timepost_kiosks{state="enrolled"} 2`, `timepost_kiosks{state="new"} 1`, `timepost_kiosk_clock_offset_seconds{kiosk="gate"} -1.5`,
		`timepost_kiosk_oldest_record_seconds{kiosk="gate"} 90`, `timepost_kiosk_temperature_celsius{kiosk="gate"} 51.5`,
		`timepost_kiosk_alert{kind="silent",kiosk="yard",severity="critical"} 1`, `timepost_kiosk_info{kiosk="gate",name="The gate",software=""} 1`,
		`timepost_ingest_events_total{event="forged"} 0`, `timepost_ingest_events_total{event="locks"} 0`, `timepost_ingest_waiting_batches 3`,
		`timepost_kiosk_readers_missing{kiosk="gate"} 1`, `timepost_mails{state="dead"} 0`, `go_goroutines`, `process_resident_memory_bytes`,
	} {
		if !strings.Contains(got, line) {
			t.Errorf("no %s", line)
		}
	}
	if strings.Contains(got, `kiosk="new"`) {
		t.Error("a kiosk without a machine has metrics")
	}
	if t.Failed() {
		t.Log(got)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := scrape(t, h); !strings.Contains(got, "timepost_ingest_waiting_batches") || strings.Contains(got, "timepost_kiosks{") {
		t.Error("a database that is gone takes everything with it, or makes up kiosks: " + got)
	}
}

// The alert rules, the dashboard, the handbook and what is measured speak of the
// same things.
func TestRulesDashboardAndHandbookAgree(t *testing.T) {
	t.Parallel()
	_, h := scrapedFleet(t)
	measured := scrape(t, h)
	read := func(path string) string {
		b, err := os.ReadFile(filepath.Join("../..", path))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	rules, board, book := read("packaging/prometheus/alerts.yml"), read("packaging/grafana/timepost.json"), read("docs/OPERATIONS.md")
	names := regexp.MustCompile(`timepost_[a-z_]+`)
	for file, text := range map[string]string{"alerts.yml": rules, "timepost.json": board} {
		for _, name := range names.FindAllString(text, -1) {
			if !strings.Contains(measured, "# TYPE "+name+" ") {
				t.Errorf("%s speaks of %s, which nobody measures", file, name)
			}
		}
	}
	for _, m := range regexp.MustCompile(`event=~?\\?"([a-z_|]+)`).FindAllStringSubmatch(rules+board, -1) {
		for event := range strings.SplitSeq(m[1], "|") {
			if !strings.Contains(measured, `event="`+event+`"`) {
				t.Errorf("nobody counts the event %s", event)
			}
		}
	}
	var alerts, headings []string
	for _, m := range regexp.MustCompile(`(?m)- alert: (\w+)$`).FindAllStringSubmatch(rules, -1) {
		alerts = append(alerts, m[1])
	}
	for _, m := range regexp.MustCompile(`(?m)^### (Timepost\w+)$`).FindAllStringSubmatch(book, -1) {
		headings = append(headings, m[1])
	}
	if !slices.Equal(alerts, headings) || len(alerts) < 10 {
		t.Errorf("alerts %v\nheadings %v", alerts, headings)
	}
	if !json.Valid([]byte(board)) {
		t.Error("the dashboard is no JSON")
	}
}

// Prometheus can read the alert rules. Its package starts a server of its own, so
// make test does not install it.
func TestRulesAreRead(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not here (package prometheus): the rules' expressions are not parsed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, promtool, "check", "rules", "../../packaging/prometheus/alerts.yml").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func TestMetricsListenOnTheirOwn(t *testing.T) {
	t.Parallel()
	_, h := scrapedFleet(t)
	addr := "127.0.0.1:" + freePorts(t)[0]
	ctx, cancel := context.WithCancel(t.Context())
	m := &metricsServer{addr, h, slog.New(slog.DiscardHandler), lifecycle.NewSignal()}
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	select {
	case <-m.Ready():
	case err := <-ended:
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/metrics": http.StatusOK, "/": http.StatusNotFound} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != want {
			t.Errorf("%s: %s, %v", path, res.Status, err)
		}
	}
	if err := (&metricsServer{addr, h, m.log, lifecycle.NewSignal()}).Run(ctx); !problem.Is(err, problem.Unavailable) {
		t.Errorf("the port is taken: %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
