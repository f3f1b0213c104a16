package device_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// model is the table of the guess limits written a second time, plainly and
// without a database, to hold the Terminal against. It loses nothing in a crash
// except what the Terminal may lose: open sessions and the memory of wrong PINs.
type model struct {
	boot    string
	up      time.Duration // of this boot
	run     time.Duration // running time at the last save
	savedAt time.Duration // boottime of the last save
	saved   string        // boot of the last save

	persons  map[string]*modelPerson
	budget   int
	budgetAt time.Duration
	events   []modelEvent
	last     time.Duration
	wrong    map[string]modelWrong
}

type modelPerson struct {
	failures int
	boot     string
	at       time.Duration
}

type modelEvent struct {
	minute int64
	failed bool
}

type modelWrong struct {
	at                time.Duration
	person, universal bool
}

func (m *model) running() time.Duration {
	if m.saved == m.boot {
		return m.run + m.up - m.savedAt
	}
	return m.run + m.up
}

func (m *model) save() {
	m.run, m.savedAt, m.saved = m.running(), m.up, m.boot
	for m.budgetAt+36*time.Minute <= m.run && m.budget < 40 {
		m.budget++
		m.budgetAt += 36 * time.Minute
	}
	if m.budget == 40 {
		m.budgetAt = m.run
	}
}

// closed says whether p's PIN is closed, by the table.
func (m *model) closed(p *modelPerson) bool {
	table := map[int]time.Duration{5: time.Minute, 6: 5 * time.Minute, 7: 15 * time.Minute, 8: 15 * time.Minute, 9: time.Hour}
	wait := table[p.failures]
	if p.failures >= 10 {
		wait = 8 * time.Hour
	}
	since := m.up
	if p.boot == m.boot {
		since -= p.at
	}
	return since < wait
}

// slowFor gives the wait of the whole kiosk.
func (m *model) slowFor() time.Duration {
	now := int64(m.running() / time.Minute)
	all, failed := 0, 0
	for _, e := range m.events {
		if e.minute > now-15 {
			all++
			if e.failed {
				failed++
			}
		}
	}
	if failed <= 20 || failed*10 <= all*3 {
		return 0
	}
	return max(0, 30*time.Second-(m.running()-m.last))
}

// modelGuess is what one attempt has been charged.
type modelGuess struct {
	person, pin            string
	closed, universal      bool
	paid, paidU, paidKiosk bool
	failures               int
	event                  int
}

// charge does what a charge does; ok is false while the kiosk is slow.
func (m *model) charge(person, digits string) (g modelGuess, ok bool) {
	if m.slowFor() > 0 {
		return g, false
	}
	m.save()
	g = modelGuess{person: person, pin: digits, universal: m.budget > 0}
	w, repeated := m.wrong[person+digits]
	if repeated && m.up-w.at >= 10*time.Minute {
		w = modelWrong{}
	}
	if p := m.persons[person]; p != nil { // a team's guess is nobody's
		if g.closed = m.closed(p); !g.closed && !w.person {
			p.failures++
			p.boot, p.at, g.paid = m.boot, m.up, true
		}
		g.failures = p.failures
	}
	if g.universal && !w.universal {
		m.budget--
		g.paidU = true
	}
	if person != "" && !w.person || !w.universal {
		m.events = append(m.events, modelEvent{int64(m.run / time.Minute), true})
		m.last, g.paidKiosk, g.event = m.run, true, len(m.events)-1
	}
	return g, true
}

func (m *model) remember(g modelGuess) {
	key := g.person + g.pin
	w, ok := m.wrong[key]
	if !ok || m.up-w.at >= 10*time.Minute {
		w = modelWrong{at: m.up}
	}
	w.person, w.universal = w.person || g.paid, w.universal || g.paidU
	m.wrong[key] = w
}

func (m *model) refund(g modelGuess, auth attendance.Auth) {
	m.save()
	p := m.persons[g.person]
	switch {
	case auth == attendance.AuthPersonal:
		p.failures = max(0, p.failures-g.failures)
	case g.paid:
		p.failures = max(0, p.failures-1)
	}
	if g.paidU {
		m.budget = min(40, m.budget+1)
	}
	if g.paidKiosk {
		m.events[g.event].failed = false
	}
}

// duel runs the Terminal and the model side by side.
type duel struct {
	w     *world
	m     *model
	crash bool // the plug is pulled at the next comparison
	open  []duelSession
}

type duelSession struct {
	id   string
	auth attendance.Auth
	g    modelGuess
}

var errPlug = fmt.Errorf("the plug was pulled")

func newDuel(t testing.TB) *duel {
	t.Helper()
	d := &duel{w: newWorld(t), m: &model{
		boot: "boot-1", up: time.Minute, persons: map[string]*modelPerson{"ann": {}, "bob": {}}, budget: 40,
		wrong: map[string]modelWrong{}, saved: "boot-1", savedAt: 0,
	}}
	d.w.match = func(hash []byte, kind pin.Kind, subject string, p pin.PIN) (bool, error) {
		if d.crash {
			return false, errPlug
		}
		want := map[string]string{"ann": annPIN, "bob": bobPIN, kiosk: universalPIN}[subject]
		return !bytes.Equal(hash, d.w.dummy) && p.Reveal() == want, nil
	}
	d.w.quiet = true
	d.w.crash()
	return d
}

func (d *duel) attempt(t *rapid.T) {
	person := rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "person")
	digits := rapid.SampledFrom([]string{annPIN, bobPIN, universalPIN, "1000", "1001", "1002", "1003", "1004", "1005"}).Draw(t, "pin")
	d.try(t, person, digits)
}

// care tries to open Maintenance as somebody who may not: whatever is typed is
// refused and charged as a wrong PIN is.
func (d *duel) care(t *rapid.T) {
	person := rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "person")
	digits := rapid.SampledFrom([]string{annPIN, bobPIN, universalPIN, "1000", "1001"}).Draw(t, "pin")
	g, ok := d.m.charge(person, digits)
	_, err := d.w.tryCare(person, digits)
	switch {
	case ok:
		d.refused(t, err, g)
	case !problem.Is(err, problem.Limited):
		t.Fatalf("the kiosk is slow, and yet: %v", err)
	}
}

// team tries a PIN for a team: at the Universal one only.
func (d *duel) team(t *rapid.T) {
	for range rapid.IntRange(1, 8).Draw(t, "guesses") {
		digits := rapid.SampledFrom([]string{annPIN, universalPIN, "1000", "1001", "1002", "1003"}).Draw(t, "pin")
		g, ok := d.m.charge("", digits)
		s, err := d.w.tryTeam(digits)
		switch {
		case !ok && !problem.Is(err, problem.Limited):
			t.Fatalf("the kiosk is slow, and yet: %v", err)
		case !ok:
		case digits == universalPIN && g.universal:
			if err != nil {
				t.Fatalf("the team stays out: %v", err)
			}
			d.open = append(d.open, duelSession{s.ID, attendance.AuthUniversal, g})
		case !problem.Is(err, problem.Unauthenticated):
			t.Fatalf("%s, budget %v: %v", digits, g.universal, err)
		default:
			d.m.remember(g)
		}
	}
}

func (d *duel) burst(t *rapid.T) {
	person := rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "person")
	first := rapid.IntRange(2000, 9000).Draw(t, "first")
	for i := range rapid.IntRange(1, 12).Draw(t, "guesses") {
		digits := fmt.Sprint(first + i)
		if digits != annPIN && digits != universalPIN {
			d.try(t, person, digits)
		}
	}
}

func (d *duel) try(t *rapid.T, person, digits string) {
	g, ok := d.m.charge(person, digits)
	s, err := d.w.try(person, digits)
	if !ok {
		if !problem.Is(err, problem.Limited) {
			t.Fatalf("the kiosk is slow, and yet: %v", err)
		}
		return
	}
	mine := digits == map[string]string{"ann": annPIN, "bob": bobPIN}[person]
	switch {
	case mine && !g.closed:
		d.expect(t, s, err, g, attendance.AuthPersonal)
	case digits == universalPIN && g.universal:
		d.expect(t, s, err, g, attendance.AuthUniversal)
	default:
		d.refused(t, err, g)
	}
}

func (d *duel) expect(t *rapid.T, s local.Session, err error, g modelGuess, auth attendance.Auth) {
	if err != nil || s.Auth != auth {
		t.Fatalf("expected %s: %+v, %v", auth, s.Auth, err)
	}
	d.open = append(d.open, duelSession{s.ID, auth, g})
}

func (d *duel) refused(t *rapid.T, err error, g modelGuess) {
	d.m.remember(g)
	want := problem.Unauthenticated
	switch {
	case g.failures >= 10:
		want = problem.Locked
	case g.failures >= 5:
		want = problem.Limited
	}
	if !g.closed && g.failures < 5 {
		if left := problem.From(err).Detail["tries_left"]; left != 5-g.failures {
			t.Fatalf("tries left %v, want %d", left, 5-g.failures)
		}
	}
	// A repeated wrong PIN after the wait is over is refused as wrong.
	if !g.closed && !g.paid && !d.m.closed(d.m.persons[g.person]) {
		want = problem.Unauthenticated
	}
	if !problem.Is(err, want) {
		t.Fatalf("%+v: err = %v, want %s", g, err, want)
	}
}

// plug pulls the plug between the charge and the comparison.
func (d *duel) plug(t *rapid.T) {
	person := rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "person")
	d.crash = true
	_, ok := d.m.charge(person, annPIN)
	_, err := d.w.try(person, annPIN)
	d.crash = false
	if ok && err == nil {
		t.Fatal("the plug was not pulled")
	}
	d.restart(t)
}

// restart loses the memory: of wrong PINs, and of sessions with their refunds.
func (d *duel) restart(*rapid.T) {
	d.m.wrong, d.open = map[string]modelWrong{}, nil
	d.w.crash()
}

func (d *duel) reboot(t *rapid.T) {
	d.m.boot += "+"
	d.m.up = time.Duration(rapid.IntRange(0, 90).Draw(t, "boot seconds")) * time.Second
	d.w.m.reboot(d.m.boot, d.m.up)
	d.restart(t)
}

func (d *duel) pass(t *rapid.T) {
	for _, s := range d.open { // sessions die; here they are ended first
		must(d.w.t, d.w.terminal.End(d.w.t.Context(), s.id))
		d.m.refund(s.g, s.auth)
	}
	d.open = nil
	dt := rapid.SampledFrom([]time.Duration{time.Second, 31 * time.Second, time.Minute, 6 * time.Minute, 15 * time.Minute, time.Hour, 9 * time.Hour}).Draw(t, "time")
	d.m.up += dt
	d.w.m.pass(dt)
}

func (d *duel) punch(t *rapid.T) {
	if len(d.open) == 0 {
		t.Skip("nobody is there")
	}
	i := rapid.IntRange(0, len(d.open)-1).Draw(t, "session")
	s := d.open[i]
	d.open = append(d.open[:i:i], d.open[i+1:]...)
	for _, a := range []attendance.Action{attendance.In, attendance.Out} {
		if s.g.person == "" {
			r, err := d.w.punchTeam(local.Team{ID: s.id}, a, "ann", "bob", "olga")
			if err == nil && len(r.Done) > 0 && len(r.Done)+len(r.Left) == 3 {
				d.m.refund(s.g, s.auth)
				return
			}
			continue
		}
		if _, err := d.w.terminal.Punch(d.w.t.Context(), local.PunchRequest{Session: s.id, Action: a}); err == nil {
			d.m.refund(s.g, s.auth)
			return
		}
	}
	t.Fatal("neither in nor out was possible")
}

// Whatever is tried, in whatever order, with the plug pulled, the machine
// rebooted and its clock set to anything in between: the Terminal allows exactly what the table allows.
func TestTheLimitsAgreeWithTheTable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d := newDuel(inMemory{t, rt})
		defer d.w.close()
		rt.Repeat(map[string]func(*rapid.T){
			"attempt": d.attempt, "team": d.team, "care": d.care, "burst": d.burst, "plug": d.plug, "restart": d.restart,
			"reboot": d.reboot, "clock": d.setClock, "pass": d.pass, "punch": d.punch,
		})
	})
}

// inMemory is a test whose folders are not on a disk, where there is such a
// place: the machine is never switched off here, and waiting for a disk would
// only make it slow.
type inMemory struct {
	testing.TB
	rt *rapid.T
}

func (m inMemory) TempDir() string {
	dir, err := os.MkdirTemp("/dev/shm", "timepost-test-")
	if err != nil {
		return m.TB.TempDir()
	}
	m.TB.Cleanup(func() { must(m.TB, os.RemoveAll(dir)) })
	return dir
}

func (m inMemory) Fatalf(format string, args ...any) { m.rt.Helper(); m.rt.Fatalf(format, args...) }
func (m inMemory) Fatal(args ...any)                 { m.rt.Helper(); m.rt.Fatal(args...) }
