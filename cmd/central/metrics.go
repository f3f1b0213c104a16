package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// metricsServer answers Prometheus on a listener of its own, in plain HTTP and
// without a login: nothing that it tells is about people.
type metricsServer struct {
	addr    string
	handler http.Handler
	log     *slog.Logger
	ready   *lifecycle.Signal
}

const (
	scrapeIn   = 10 * time.Second // a scrape reads the database
	scrapeHead = 5 * time.Second
)

// Ready is closed once metrics can be fetched.
func (m *metricsServer) Ready() <-chan struct{} { return m.ready.Done() }

// Run serves until ctx ends.
func (m *metricsServer) Run(ctx context.Context) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", m.addr)
	if err != nil {
		return problem.New(problem.Unavailable, "The metrics can't be served at "+m.addr+".", "Choose another --metrics.").Because(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", http.TimeoutHandler(m.handler, scrapeIn, "too slow"))
	s := &http.Server{Handler: mux, ReadHeaderTimeout: scrapeHead, WriteTimeout: 2 * scrapeIn, IdleTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	m.log.Info("metrics", "address", l.Addr().String())
	m.ready.Set()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// newMetrics gives the handler of everything that is counted here.
func newMetrics(f fleetMetrics) http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(f, collectors.NewGoCollector(), collectors.NewBuildInfoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// ingestCounts is what ingest counts.
type ingestCounts interface {
	All() map[ingest.Event]uint64
}

// fleetStore reads what is told of kiosks.
type fleetStore interface {
	Kiosks(ctx context.Context) ([]centraldb.Kiosk, error)
	Healths(ctx context.Context) (map[string]centraldb.KioskHealth, error)
	RosterVersions(ctx context.Context) (map[string]uint64, error)
	OpenAlerts(ctx context.Context) ([]centraldb.Alert, error)
	Letters(ctx context.Context, s centraldb.MailState, offset, limit int) ([]centraldb.Letter, int, error)
}

// fleetMetrics collects at each scrape. Labels name kiosks, never people.
type fleetMetrics struct {
	counts  ingestCounts
	waiting func() int
	db      fleetStore
	log     *slog.Logger
}

// Describe gives nothing: which kiosks there are changes.
func (fleetMetrics) Describe(chan<- *prometheus.Desc) {}

// Collect reads everything now.
func (f fleetMetrics) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeIn)
	defer cancel()
	c := collecting{out}
	for event, n := range f.counts.All() {
		c.counter("timepost_ingest_events_total", "What came in from kiosks, by what became of it.", float64(n), "event", string(event))
	}
	c.gauge("timepost_ingest_waiting_batches", "Batches that wait for a commit.", float64(f.waiting()))
	for _, part := range []func(context.Context, collecting) error{f.kiosks, f.alerts, f.mails} {
		if err := part(ctx, c); err != nil {
			f.log.Error("metrics incomplete", "err", err)
			c.out <- prometheus.NewInvalidMetric(prometheus.NewDesc("timepost_error", "What could not be read.", nil, nil), err)
		}
	}
}

func (f fleetMetrics) alerts(ctx context.Context, c collecting) error {
	open, err := f.db.OpenAlerts(ctx)
	if err != nil {
		return err
	}
	for _, a := range open {
		c.gauge("timepost_kiosk_alert", "1: central has found this wrong with a kiosk, in the hours in which it matters.", 1,
			"kiosk", a.Kiosk, "kind", a.Kind, "severity", a.Severity)
	}
	return nil
}

func (f fleetMetrics) mails(ctx context.Context, c collecting) error {
	for _, s := range []centraldb.MailState{centraldb.MailQueued, centraldb.MailDead} {
		_, n, err := f.db.Letters(ctx, s, 0, 1)
		if err != nil {
			return err
		}
		c.gauge("timepost_mails", "Mails that were not sent: queued, or dead, which nobody tries any more.", float64(n), "state", string(s))
	}
	return nil
}
