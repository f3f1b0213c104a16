package admin

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/store/centraldb"
)

// KioskHealths reads how the machines of kiosks do.
type KioskHealths interface {
	Healths(ctx context.Context) (map[string]centraldb.KioskHealth, error)
	Health(ctx context.Context, kiosk string) (h centraldb.KioskHealth, ok bool, err error)
	HealthPast(ctx context.Context, kiosk string) ([]centraldb.HealthSample, error)
	KioskAlerts(ctx context.Context, kiosk string, limit int) ([]centraldb.Alert, error)
	KioskSettings(ctx context.Context, kiosk string) (centraldb.KioskSettings, error)
}

// ill says how much a line needs somebody; the list shows the greatest need first.
func (l kioskLine) ill() int {
	switch {
	case health.Worst(l.Findings) == health.Critical:
		return 0
	case len(l.Findings) > 0:
		return 1
	case l.Ails() > 0 || l.Status == centraldb.KioskEnrolled && (l.LastQueue > 0 || l.Behind()):
		return 2
	}
	return 3
}

// Critical says that people can't punch there, or that punches are in danger.
func (l kioskLine) Critical() bool { return l.ill() == 0 }

// Shown gives the findings that the list has room for, More how many it has not.
func (l kioskLine) Shown() []health.Finding { return l.Findings[:min(len(l.Findings), 2)] }

// More gives how many findings the list has no room for.
func (l kioskLine) More() int { return len(l.Findings) - len(l.Shown()) }

// limits gives from when on something is wrong with a kiosk.
func (p *pages) limits() health.Limits { return cmp.Or(p.Limits, health.Usual()) }

// judged puts into lines what is wrong with each, and sorts them by that.
func (p *pages) judged(lines []kioskLine, all map[string]centraldb.KioskHealth, limits health.Limits) {
	for i := range lines {
		l := &lines[i]
		s := health.Subject{Kiosk: l.Kiosk, Newest: l.Newest, Flaws: l.Flaws}
		if h, ok := all[l.ID]; ok {
			s.Health = &h
		}
		l.Findings = health.Judge(s, limits, p.Now())
		l.Quiet = slices.ContainsFunc(l.Findings, func(f health.Finding) bool { return f.Kind == health.Silent })
	}
	slices.SortStableFunc(lines, func(a, b kioskLine) int { return cmp.Compare(a.ill(), b.ill()) })
}

// alertsShown is how many alerts of a kiosk its page has.
const alertsShown = 6

// machineView is how a kiosk's machine does, as its page shows it.
type machineView struct {
	Told   string // when it told
	Facts  []machineFact
	Trends []trend
	Past   []pastAlert
}

// machineFact is one thing that a kiosk told.
type machineFact struct {
	Name, Value, More string
	Wrong             bool
}

// pastAlert is something that was wrong and is over.
type pastAlert struct{ Words, When, For string }

// fillHealth puts in how a kiosk's machine does.
func (p *pages) fillHealth(r *http.Request, v *kioskView, k centraldb.Kiosk) error {
	ctx := r.Context()
	h, ok, err := p.KioskLists.Health(ctx, k.ID)
	if err != nil {
		return err
	}
	known := map[string]centraldb.KioskHealth{}
	if ok {
		known[k.ID] = h
	}
	lines := []kioskLine{v.Line}
	p.judged(lines, known, p.limits())
	v.Line = lines[0]
	past, err := p.KioskLists.KioskAlerts(ctx, k.ID, 2*alertsShown)
	if err != nil {
		return err
	}
	for _, a := range past {
		if a.EndedAt != 0 && len(v.Machine.Past) < alertsShown {
			v.Machine.Past = append(v.Machine.Past, pastAlert{a.Words, p.when(a.Since), agoWords(time.Duration(a.EndedAt - a.Since))})
		}
	}
	if !ok || k.Status != centraldb.KioskEnrolled {
		return nil
	}
	v.Machine.Told = p.when(h.At)
	s, err := p.KioskLists.KioskSettings(ctx, k.ID)
	if err != nil {
		return err
	}
	v.Machine.Facts = append(p.machineFacts(h, v.Line.Findings), p.settingsFact(h, s, v.Line.Seen))
	samples, err := p.KioskLists.HealthPast(ctx, k.ID)
	v.Machine.Trends = trends(samples)
	return err
}

// machineFacts writes what a kiosk told; what is wrong is marked.
func (p *pages) machineFacts(h centraldb.KioskHealth, found []health.Finding) []machineFact {
	var out []machineFact
	add := func(kind health.Kind, name, value, more string) {
		wrong := slices.ContainsFunc(found, func(f health.Finding) bool { return f.Kind == kind })
		out = append(out, machineFact{name, value, more, wrong})
	}
	synced := ""
	if !h.Synced {
		synced = "no time server sets it"
	}
	add(health.Clock, "Clock", offsetWords(time.Duration(h.Offset)*time.Millisecond), synced)
	if h.Cert != 0 {
		add(health.Certificate, "Certificate", "until "+time.UnixMilli(h.Cert).In(p.zone).Format("2 Jan 2006"), "")
	}
	if h.DiskSize != 0 {
		add(health.Disk, "Disk", sizeWords(h.DiskFree)+" free", "of "+sizeWords(h.DiskSize))
	}
	if h.Health.Heat != nil {
		add(health.Heat, "Temperature", fmt.Sprintf("%d °C", *h.Health.Heat/1000), "")
	}
	screen := "running"
	if h.Screens == 0 {
		screen = "none runs"
	}
	add(health.Screen, "Touchscreen", screen, "")
	if h.Readers > 0 {
		add(health.Reader, "Badge readers", fmt.Sprintf("%d of %d connected", h.Attached, h.Readers), "")
	}
	if h.BcryptMS > 0 {
		add(health.SlowPIN, "Checks a PIN in", fmt.Sprintf("%.1f s", float64(h.BcryptMS)/1000), "")
	}
	add("", "Running for", agoWords(time.Duration(h.Health.At-h.Started)*time.Millisecond), "machine up "+agoWords(time.Duration(h.Uptime)*time.Second))
	if h.Memory > 0 {
		add("", "Memory", sizeWords(h.Memory), "")
	}
	if h.KeyTier == "file" {
		add("", "Keys", "in files", "whoever holds its disk can read them")
	} else if h.KeyTier != "" {
		add("", "Keys", h.KeyTier, "")
	}
	return out
}

func offsetWords(d time.Duration) string {
	side := " ahead"
	if d < 0 {
		d, side = -d, " behind"
	}
	switch {
	case d < time.Second:
		return "right"
	case d < 2*time.Minute:
		return plural(int(d/time.Second), "second", "seconds") + side
	}
	return agoWords(d) + side
}

func sizeWords(n int64) string {
	const mb, gb = 1 << 20, 1 << 30
	if n < gb {
		return fmt.Sprintf("%d MB", n/mb)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/gb), ".0") + " GB"
}

// trend is a line over the last two days.
type trend struct {
	Name, Now, Span string
	Points          string // of an SVG polyline, in 240 by 40
}

const (
	trendWide = 240
	trendHigh = 40
)

// trends draws what moves: the queue, and the temperature where there is a sensor.
func trends(samples []centraldb.HealthSample) []trend {
	if len(samples) < 4 {
		return nil
	}
	var queue, heat []float64
	for _, s := range samples {
		queue = append(queue, float64(s.Queue))
		if s.Heat != nil {
			heat = append(heat, float64(*s.Heat)/1000)
		}
	}
	var out []trend
	if slices.Max(queue) > 0 {
		out = append(out, trend{"Waiting records", fmt.Sprintf("%.0f", queue[len(queue)-1]), fmt.Sprintf("at most %.0f", slices.Max(queue)), points(samples, queue, 0)})
	}
	if len(heat) == len(samples) {
		low, high := slices.Min(heat), slices.Max(heat)
		out = append(out, trend{"Temperature", fmt.Sprintf("%.0f °C", heat[len(heat)-1]), fmt.Sprintf("%.0f to %.0f °C", low, high), points(samples, heat, min(low, high-10))})
	}
	return out
}

// points gives the values' line; low is the bottom.
func points(samples []centraldb.HealthSample, values []float64, low float64) string {
	from, to := samples[0].At, samples[len(samples)-1].At
	high := max(slices.Max(values), low+1)
	var b strings.Builder
	for i, s := range samples {
		x := float64(trendWide) * float64(s.At-from) / float64(max(to-from, 1))
		y := trendHigh - 2 - (trendHigh-4)*(values[i]-low)/(high-low)
		fmt.Fprintf(&b, "%.1f,%.1f ", x, y)
	}
	return strings.TrimSpace(b.String())
}
