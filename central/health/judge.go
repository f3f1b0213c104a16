package health

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/schedule"
)

// Severity says how bad a finding is.
type Severity string

// The severities.
const (
	Critical Severity = "critical" // people can't punch here, or punches are in danger
	Warning  Severity = "warning"  // it will come to that
)

// Kind names what is wrong.
type Kind string

// The kinds.
const (
	Silent      Kind = "silent"
	Queue       Kind = "queue"
	Clock       Kind = "clock"
	Certificate Kind = "certificate"
	Disk        Kind = "disk"
	Heat        Kind = "heat"
	Roster      Kind = "roster"
	Reader      Kind = "reader"
	Screen      Kind = "screen"
	SlowPIN     Kind = "slow_pin"
	Settings    Kind = "settings"
	Cloned      Kind = "cloned"
)

// Finding is one thing wrong with a kiosk, in words.
type Finding struct {
	Kind     Kind
	Severity Severity
	Words    string // what is wrong
	Next     string // what to do about it
}

// Subject is a kiosk with what is known of it.
type Subject struct {
	Kiosk  centraldb.Kiosk
	Health *centraldb.KioskHealth // nil: it never told
	Newest uint64                 // its newest roster version at central
	Flaws  []centraldb.Flaw       // of its journals, that nobody has looked into
}

// Heard gives when the kiosk was last heard of; zero: never.
func (s Subject) Heard() time.Time {
	at := s.Kiosk.LastSeen
	if s.Health != nil {
		at = max(at, s.Health.At)
	}
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(0, at)
}

// Judge gives what is wrong with a kiosk now, the worst first. A kiosk without an
// identity has nothing wrong with it.
func Judge(s Subject, l Limits, now time.Time) []Finding {
	if s.Kiosk.Status != centraldb.KioskEnrolled {
		return nil
	}
	var out []Finding
	add := func(f Finding, wrong bool) {
		if wrong {
			out = append(out, f)
		}
	}
	add(cloned(s))
	out = append(out, flaws(s)...)
	silent, quiet := silent(s, l, now)
	add(silent, quiet)
	if h := s.Health; h != nil {
		add(queue(h, l))
		add(certificate(h, l, now))
		if !quiet { // what a silent kiosk said long ago is not news
			add(clock(h, l))
			add(disk(h, l))
			add(heat(h, l))
			add(roster(s, l))
			add(screen(h))
			add(reader(h))
			add(slowPIN(h))
			add(settings(s))
		}
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return cmp.Compare(rank(a.Severity), rank(b.Severity)) })
	return out
}

func rank(s Severity) int {
	if s == Critical {
		return 0
	}
	return 1
}

// Worst gives the severity of the worst of findings in Judge's order, "" of none.
func Worst(fs []Finding) Severity {
	if len(fs) == 0 {
		return ""
	}
	return fs[0].Severity
}

// Due gives until when a kiosk should have been heard of again: a live one says
// something each minute, one with a schedule may miss a round.
func Due(s Subject, l Limits) time.Time {
	heard := s.Heard()
	if heard.IsZero() {
		heard = time.Unix(0, s.Kiosk.EnrolledAt)
	}
	if s.Kiosk.Schedule == "" { // every minute, in any zone
		return heard.Add(2*time.Minute + l.Silent)
	}
	if p, err := schedule.Parse(s.Kiosk.Schedule); err == nil {
		heard = p.Next(p.Next(heard.In(zoneOf(s.Kiosk.Zone))))
	}
	return heard.Add(l.Silent)
}

// zoneOf loads a kiosk's zone, in which its schedule is read; UTC for one that is
// not known here.
func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

func silent(s Subject, l Limits, now time.Time) (Finding, bool) {
	if now.Sub(s.Heard()) <= l.Silent || !now.After(Due(s, l)) { // most were heard of just now: no schedule is read for them
		return Finding{}, false
	}
	f := Finding{
		Kind: Silent, Severity: Critical, Words: "Has never been heard of.",
		Next: "Check its power and its network. It keeps what is punched there and sends it later.",
	}
	if heard := s.Heard(); !heard.IsZero() {
		f.Words = "Not heard for " + span(now.Sub(heard)) + "."
	}
	return f, true
}

func queue(h *centraldb.KioskHealth, l Limits) (Finding, bool) {
	if h.Queue == 0 || h.Oldest == 0 {
		return Finding{}, false
	}
	age := time.Duration(h.Health.At-h.Oldest) * time.Millisecond // both by the kiosk's own clock
	return Finding{
		Kind: Queue, Severity: grade(age > 24*time.Hour),
		Words: plural(h.Queue, "record waits", "records wait") + " there, the oldest for " + span(age) + ".",
		Next:  "They are safe on its disk. Check that its network lets it reach this server, and do not revoke it before they are here.",
	}, age > l.Queue
}

func clock(h *centraldb.KioskHealth, l Limits) (Finding, bool) {
	off := time.Duration(h.Offset) * time.Millisecond
	side := "ahead"
	if off < 0 {
		off, side = -off, "behind"
	}
	return Finding{
		Kind: Clock, Severity: grade(off > 10*l.Clock), Words: "Its clock is " + span(off) + " " + side + ".",
		Next: "Let it reach a time server (NTP), and check the battery of its clock. Punches made meanwhile may need a correction.",
	}, off > l.Clock
}

func certificate(h *centraldb.KioskHealth, l Limits, now time.Time) (Finding, bool) {
	left := time.UnixMilli(h.Cert).Sub(now)
	f := Finding{
		Kind: Certificate, Severity: grade(left < 3*24*time.Hour), Words: "Its certificate ends in " + span(left) + ".",
		Next: "It renews it by itself once it reaches the device listener. If it does not, enrol it anew with a new code.",
	}
	if left <= 0 {
		f.Words = "Its certificate has ended."
	}
	return f, h.Cert != 0 && left < l.Certificate
}

func disk(h *centraldb.KioskHealth, l Limits) (Finding, bool) {
	return Finding{
		Kind: Disk, Severity: grade(h.DiskFree < l.Disk/5), Words: "Only " + size(h.DiskFree) + " free on its disk.",
		Next: "Make room on it, or give it a larger card. With a full disk it can't take punches.",
	}, h.DiskSize != 0 && h.DiskFree < l.Disk
}

func heat(h *centraldb.KioskHealth, l Limits) (Finding, bool) {
	if h.Health.Heat == nil {
		return Finding{}, false
	}
	degrees := *h.Health.Heat / 1000
	return Finding{
		Kind: Heat, Severity: grade(degrees >= l.Heat+10), Words: fmt.Sprintf("It is %d °C hot.", degrees),
		Next: "Give it air or shade, and look for dust in its fan. Above 85 °C it slows down and may switch off.",
	}, degrees >= l.Heat
}

func roster(s Subject, l Limits) (Finding, bool) {
	h := s.Health
	age := time.Duration(h.Health.At-h.Fetched) * time.Millisecond
	return Finding{
		Kind: Roster, Severity: Warning, Words: "Its list of people is " + span(age) + " old.",
		Next: "It reports, yet it does not take the list in. Restart it; if that does not help, look at its log.",
	}, h.Fetched != 0 && h.Health.Roster < s.Newest && age > l.Roster
}

// screenWithin is how long a touchscreen may take to come up after the daemon.
const screenWithin = 2 * time.Minute

func screen(h *centraldb.KioskHealth) (Finding, bool) {
	up := time.Duration(h.Health.At-h.Started) * time.Millisecond
	return Finding{
		Kind: Screen, Severity: Critical, Words: "No touchscreen program is running.",
		Next: "Its screen is black or stands still. Restart the machine; cards still work where they are allowed.",
	}, h.HadScreen && h.Screens == 0 && up > screenWithin
}

func reader(h *centraldb.KioskHealth) (Finding, bool) {
	return Finding{
		Kind: Reader, Severity: Warning, Words: plural(h.Readers-h.Attached, "badge reader is", "badge readers are") + " not connected.",
		Next: "Plug it in again, or try another cable. People can use their PIN.",
	}, h.Attached < h.Readers
}

// slowPINms is how long people may wait for the check of a PIN, in milliseconds.
const slowPINms = 2500

func slowPIN(h *centraldb.KioskHealth) (Finding, bool) {
	return Finding{
		Kind: SlowPIN, Severity: Warning, Words: fmt.Sprintf("A PIN takes %.1f s to check.", float64(h.BcryptMS)/1000),
		Next: "The machine is slow, hot or short of power: check its power supply.",
	}, h.BcryptMS > slowPINms
}

func grade(bad bool) Severity {
	if bad {
		return Critical
	}
	return Warning
}
