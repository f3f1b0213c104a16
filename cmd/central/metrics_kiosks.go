package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/timepost/timepost/store/centraldb"
)

// collecting hands out metrics; labels are names and values in turn.
type collecting struct{ out chan<- prometheus.Metric }

func (c collecting) gauge(name, help string, value float64, labels ...string) {
	c.send(prometheus.GaugeValue, name, help, value, labels)
}

func (c collecting) counter(name, help string, value float64, labels ...string) {
	c.send(prometheus.CounterValue, name, help, value, labels)
}

func (c collecting) send(kind prometheus.ValueType, name, help string, value float64, labels []string) {
	var names, values []string
	for i := 0; i+1 < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	c.out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), kind, value, values...)
}

func (f fleetMetrics) kiosks(ctx context.Context, c collecting) error {
	all, err := f.db.Kiosks(ctx)
	if err != nil {
		return err
	}
	told, err := f.db.Healths(ctx)
	if err != nil {
		return err
	}
	newest, err := f.db.RosterVersions(ctx)
	if err != nil {
		return err
	}
	states := map[string]int{centraldb.KioskNew: 0, centraldb.KioskEnrolled: 0, centraldb.KioskRevoked: 0}
	for _, k := range all {
		states[k.Status]++
		if k.Status != centraldb.KioskEnrolled {
			continue
		}
		kioskMetrics(c, k, newest[k.ID])
		if h, ok := told[k.ID]; ok {
			machineMetrics(c, h)
		}
	}
	for state, n := range states {
		c.gauge("timepost_kiosks", "Kiosks by the state of their identity.", float64(n), "state", state)
	}
	return nil
}

func kioskMetrics(c collecting, k centraldb.Kiosk, newest uint64) {
	c.gauge("timepost_kiosk_info", "A kiosk, its name and software.", 1, "kiosk", k.ID, "name", k.Name, "software", k.Software)
	c.gauge("timepost_kiosk_last_seen_timestamp_seconds", "When a kiosk was last heard of; 0: never.", seconds(k.LastSeen), "kiosk", k.ID)
	c.gauge("timepost_kiosk_queue_records", "Records a kiosk had not sent when it was last heard of.", float64(k.LastQueue), "kiosk", k.ID)
	c.gauge("timepost_kiosk_roster_behind", "Changes of its list of people that a kiosk has not taken in.",
		float64(newest-min(k.LastRoster, newest)), "kiosk", k.ID)
}

func machineMetrics(c collecting, h centraldb.KioskHealth) {
	g := func(name, help string, value float64) { c.gauge("timepost_kiosk_"+name, help, value, "kiosk", h.Kiosk) }
	oldest := 0.0
	if h.Oldest != 0 {
		oldest = float64(max(h.Health.At-h.Oldest, 0)) / 1000
	}
	g("oldest_record_seconds", "Age of the oldest record that waits at a kiosk; 0: none does.", oldest)
	g("clock_offset_seconds", "How far a kiosk's clock is ahead of central's.", float64(h.Offset)/1000)
	if h.Cert != 0 {
		g("certificate_expiry_timestamp_seconds", "The end of the certificate that a kiosk uses.", float64(h.Cert)/1000)
	}
	if h.DiskSize != 0 {
		g("disk_free_bytes", "Free bytes where a kiosk keeps its punches.", float64(h.DiskFree))
		g("disk_size_bytes", "All bytes there.", float64(h.DiskSize))
	}
	if h.Health.Heat != nil {
		g("temperature_celsius", "The hottest zone of a kiosk.", float64(*h.Health.Heat)/1000)
	}
	g("memory_bytes", "Resident bytes of a kiosk's daemon.", float64(h.Memory))
	g("pin_check_seconds", "How long a PIN takes to check at a kiosk.", float64(h.BcryptMS)/1000)
	g("started_timestamp_seconds", "Since when a kiosk's daemon runs, by its own clock.", float64(h.Started)/1000)
	g("screens", "Touchscreen programs that run at a kiosk.", float64(h.Screens))
	g("readers_missing", "Badge readers that are not plugged in.", float64(h.Readers-min(h.Attached, h.Readers)))
	g("refused_messages", "Messages a kiosk did not believe since its daemon's start.", float64(h.Refused))
}

func seconds(nanoseconds int64) float64 { return float64(nanoseconds) / float64(time.Second) }
