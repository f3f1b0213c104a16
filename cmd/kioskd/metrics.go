package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/inbox"
)

// metricsServer answers Prometheus, or an agent that collects for it, on this
// machine only. Nothing that it tells is about people.
type metricsServer struct {
	network, addr string
	kiosk         *kiosk
	log           *slog.Logger
	ready         *lifecycle.Signal
}

const scrapeIn = 5 * time.Second

// metricsAt reads where to serve metrics: a socket, a port of this machine, or nowhere.
func metricsAt(where string) (network, addr string, err error) {
	if where == "" {
		return "", "", nil
	}
	if path, ok := strings.CutPrefix(where, "unix:"); ok && path != "" {
		return "unix", path, nil
	}
	host, _, err := net.SplitHostPort(where)
	if ip := net.ParseIP(host); err == nil && (host == "localhost" || ip != nil && ip.IsLoopback()) {
		return "tcp", where, nil
	}
	return "", "", problem.New(problem.Invalid, "Metrics are served on this machine only.",
		"Give unix:/path/of/socket, or 127.0.0.1:port, and let a collector on this machine fetch them.").Because(err)
}

// Ready is closed once metrics can be fetched.
func (m *metricsServer) Ready() <-chan struct{} { return m.ready.Done() }

// Run serves until ctx ends.
func (m *metricsServer) Run(ctx context.Context) error {
	if f, err := os.Lstat(m.addr); m.network == "unix" && err == nil && f.Mode().Type() == os.ModeSocket {
		if err := os.Remove(m.addr); err != nil { // left behind by one that was killed
			return problem.New(problem.OutOfOrder, "The old socket of the metrics is in the way.", "Check --metrics.").Because(err)
		}
	}
	l, err := new(net.ListenConfig).Listen(ctx, m.network, m.addr)
	if err != nil {
		return problem.New(problem.Unavailable, "The metrics can't be served at "+m.addr+".", "Choose another --metrics.").Because(err)
	}
	r := prometheus.NewRegistry()
	r.MustRegister(deviceMetrics{m.kiosk}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	s := &http.Server{Handler: mux, ReadHeaderTimeout: scrapeIn, WriteTimeout: 2 * scrapeIn, IdleTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	m.log.Info("metrics", "address", m.addr)
	m.ready.Set()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// deviceMetrics collects at each scrape.
type deviceMetrics struct{ kiosk *kiosk }

// Describe gives nothing: what a machine can tell differs.
func (deviceMetrics) Describe(chan<- *prometheus.Desc) {}

// Collect reads everything now.
func (d deviceMetrics) Collect(out chan<- prometheus.Metric) {
	send := func(kind prometheus.ValueType, name, help string, value float64, labels ...string) {
		var names, values []string
		for i := 0; i+1 < len(labels); i += 2 {
			names, values = append(names, labels[i]), append(values, labels[i+1])
		}
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), kind, value, values...)
	}
	gauge := func(name, help string, value float64) {
		send(prometheus.GaugeValue, "timepost_device_"+name, help, value)
	}
	now := d.kiosk.report.Load()
	gauge("works", "1: the kiosk is enrolled and its store works.", truth(now != nil))
	if now == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeIn)
	defer cancel()
	s := now.agent.Status()
	gauge("connected", "1: central answers on the present connection.", truth(s.Connected))
	if !s.LastContact.IsZero() {
		gauge("last_contact_timestamp_seconds", "When central was last heard.", float64(s.LastContact.UnixMilli())/1000)
	}
	h, err := now.report.health(ctx, s)
	if err != nil {
		d.kiosk.log.Warn("metrics incomplete", "err", err)
		return
	}
	oldest := 0.0
	if h.Oldest != 0 {
		oldest = float64(max(h.At-h.Oldest, 0)) / 1000
	}
	gauge("queue_records", "Records central has not acknowledged.", float64(h.Queue))
	gauge("oldest_record_seconds", "Age of the oldest of them; 0: there is none.", oldest)
	gauge("clock_offset_seconds", "How far this clock was ahead of central's at the last contact.", float64(h.Offset)/1000)
	gauge("clock_synchronised", "1: the kernel believes its clock.", truth(h.Synced))
	gauge("certificate_expiry_timestamp_seconds", "The end of the certificate in use.", float64(h.Cert)/1000)
	gauge("disk_free_bytes", "Free bytes where punches are kept.", float64(h.DiskFree))
	gauge("pin_check_seconds", "How long a PIN takes to check.", float64(h.BcryptMS)/1000)
	gauge("screens", "Touchscreen programs that listen.", float64(h.Screens))
	gauge("readers_missing", "Badge readers that are not plugged in.", float64(h.Readers-h.Attached))
	if h.Heat != nil {
		gauge("temperature_celsius", "The hottest zone.", float64(*h.Heat)/1000)
	}
	dropped(send, now.report.inbox.Stats())
}

// dropped tells of the messages that came in.
func dropped(send func(kind prometheus.ValueType, name, help string, value float64, labels ...string), in inbox.Stats) {
	for reason, n := range map[string]uint64{
		"malformed": in.Malformed, "foreign": in.Foreign, "misplaced": in.Misplaced, "unknown_key": in.UnknownKey,
		"forged": in.Forged, "repeated": in.Repeated, "stale": in.Stale, "crowded": in.Crowded,
	} {
		send(prometheus.CounterValue, "timepost_device_dropped_messages_total", "Messages that were not taken in.", float64(n), "reason", reason)
	}
	send(prometheus.CounterValue, "timepost_device_taken_messages_total", "Messages of central that were believed.", float64(in.Taken))
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
