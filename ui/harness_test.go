package ui

import (
	"context"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// glass is a panel that the kiosk must look right on.
type glass struct {
	name   string
	px, py int
	width  float32 // mm
}

// scale is what Fyne makes of the panel: it rounds to a tenth.
func (g glass) scale() float32 {
	return float32(math.Round(float64(g.px)/float64(g.width)/UnitsPerMM*10) / 10)
}

// mm gives true millimetres on the glass for Fyne units.
func (g glass) mm(units float32) float32 { return units * g.scale() / float32(g.px) * g.width }

func (g glass) size() fyne.Size {
	return fyne.NewSize(float32(g.px)/g.scale(), float32(g.py)/g.scale())
}

// glasses are the reference panels.
func glasses() []glass {
	return []glass{
		{"1280x800", 1280, 800, 217},
		{"720x1280", 720, 1280, 88},
		{"800x480", 800, 480, 154},
		{"1920x1080", 1920, 1080, 344},
	}
}

// service is kioskd in memory.
type service struct {
	people   []local.PersonCard
	identify func(local.Attempt) (local.Session, error)
	punch    func(local.PunchRequest) (local.Receipt, error)
	enrol    func(local.EnrolRequest, func(local.EnrolStep)) error
	calls    []string
	states   chan local.State
}

func (s *service) People(_ context.Context, q local.PeopleQuery) (local.PeoplePage, error) {
	s.calls = append(s.calls, "people")
	var hit []local.PersonCard
	for _, p := range s.people {
		if q.Search == "" || strings.Contains(strings.ToLower(" "+p.Name), " "+strings.ToLower(q.Search)) {
			hit = append(hit, p)
		}
	}
	from := min(q.Offset, len(hit))
	return local.PeoplePage{People: hit[from:min(len(hit), from+q.Limit)], Total: len(hit)}, nil
}

func (s *service) Identify(_ context.Context, a local.Attempt) (local.Session, error) {
	s.calls = append(s.calls, "identify")
	return s.identify(a)
}

func (s *service) Punch(_ context.Context, r local.PunchRequest) (local.Receipt, error) {
	s.calls = append(s.calls, "punch")
	return s.punch(r)
}

func (s *service) End(context.Context, string) error {
	s.calls = append(s.calls, "end")
	return nil
}

func (s *service) Watch(context.Context) <-chan local.State { return s.states }

func (s *service) Enrol(_ context.Context, r local.EnrolRequest, step func(local.EnrolStep)) error {
	s.calls = append(s.calls, "enrol")
	return s.enrol(r, step)
}

func (s *service) count(call string) int {
	n := 0
	for _, c := range s.calls {
		if c == call {
			n++
		}
	}
	return n
}

// bench is a Kiosk on a canvas with a fake clock; background work waits in
// line until run is called, or runs at once.
type bench struct {
	t       *testing.T
	k       *Kiosk
	s       *service
	now     time.Time
	canvas  software.WindowlessCanvas
	held    bool // background work waits
	waiting []func(context.Context)
	log     *strings.Builder
}

func noon() time.Time { return time.Date(2026, 5, 12, 6, 2, 30, 0, time.UTC) }

func newBench(t *testing.T, g glass) *bench {
	t.Helper()
	app := test.NewTempApp(t)
	th, err := NewTheme()
	if err != nil {
		t.Fatal(err)
	}
	app.Settings().SetTheme(th)
	b := &bench{t: t, now: noon(), s: &service{people: staff(), states: make(chan local.State)}, log: &strings.Builder{}}
	b.k = New(Config{
		Terminal: b.s, Watcher: b.s, Enroller: b.s, Theme: th,
		Now: func() time.Time { return b.now },
		Background: func(f func(context.Context)) {
			if b.held {
				b.waiting = append(b.waiting, f)
				return
			}
			f(t.Context())
		},
		Do:     func(f func()) { f() },
		Logger: slog.New(slog.NewTextHandler(b.log, nil)),
	})
	b.canvas = software.NewCanvas()
	b.canvas.SetPadded(false)
	b.canvas.SetScale(g.scale())
	b.canvas.SetContent(b.k.Content())
	b.canvas.Resize(g.size())
	return b
}

// run does the background work that waits.
func (b *bench) run() {
	work := b.waiting
	b.waiting = nil
	for _, f := range work {
		f(b.t.Context())
	}
}

// pass lets time go by, a tick at a time.
func (b *bench) pass(d time.Duration) {
	for end := b.now.Add(d); b.now.Before(end); {
		b.now = b.now.Add(min(tickEvery, end.Sub(b.now)))
		b.k.Tick()
	}
}

func (b *bench) find(name string) (fyne.CanvasObject, *touch) {
	b.t.Helper()
	var hit fyne.CanvasObject
	var hitTouch *touch
	var names []string
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if !o.Visible() {
			return
		}
		if c, ok := o.(*fyne.Container); ok {
			for _, child := range c.Objects {
				walk(child)
			}
		}
		if t, ok := o.(interface{ self() *touch }); ok {
			names = append(names, t.self().id)
			if t.self().id == name {
				hit, hitTouch = o, t.self()
			}
		}
	}
	walk(b.k.current.head().box)
	if hit == nil {
		b.t.Fatalf("nothing called %q on %s; there is %v", name, b.k.Screen(), names)
	}
	return hit, hitTouch
}

// tap is a finger that comes 300 ms after the screen, lands and leaves.
func (b *bench) tap(names ...string) {
	b.t.Helper()
	for _, n := range names {
		b.pass(2 * settle)
		b.jab(n)
	}
}

// jab is a finger without patience.
func (b *bench) jab(name string) {
	b.t.Helper()
	o, _ := b.find(name)
	o.(desktop.Mouseable).MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
	o.(desktop.Mouseable).MouseUp(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
	o.(fyne.Tappable).Tapped(&fyne.PointEvent{})
}

func (b *bench) on(screen string) {
	b.t.Helper()
	if got := b.k.Screen(); got != screen {
		b.t.Fatalf("on screen %q, want %q; log:\n%s", got, screen, b.log)
	}
}

func (b *bench) labels() []string {
	var out []string
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if !o.Visible() {
			return
		}
		for _, t := range textsOf(o) {
			out = append(out, t.Text)
		}
	}
	walk(b.k.current.head().box)
	return out
}

func (b *bench) says(want string) {
	b.t.Helper()
	if all := strings.Join(b.labels(), " "); !strings.Contains(all, want) {
		b.t.Fatalf("%s does not say %q but: %s", b.k.Screen(), want, all)
	}
}

func ready() local.State {
	return local.State{Enrolled: true, Org: "Alder & Finch", KioskID: "k-front", KioskName: "Front door",
		Zone: "Europe/Berlin", RequiresPIN: true, PINLengths: []int{4}, People: 40, RosterVer: 3,
		Connected: true, ClockOK: true}
}

// staff is forty people with the names that a real roster has.
func staff() []local.PersonCard {
	names := []string{"Aaliyah Okafor", "Agnieszka Wiśniewska", "Alexander Hoffmann", "Amélie Dubois", "Anna Kowalczyk",
		"Ben Carter", "Björn Åkesson", "Carla Rossi", "Chidi Eze", "Christopher Montgomery-Featherstonehaugh",
		"Daniela Marques", "David Nguyen", "Elif Yıldız", "Emma Schulz", "Fatima Al-Sayed", "Finn O’Brien",
		"Giulia Bianchi", "Hanna Virtanen", "Hugo García", "Ines Ferreira", "Jakub Novák", "Jan de Vries",
		"Jonas Weber", "Kateryna Shevchenko", "Laura Jansen", "Leon Fischer", "Lucía Fernández", "Marek Zieliński",
		"Maria Papadopoulou", "Mehmet Demir", "Mia Larsen", "Noah Williams", "Oksana Bondarenko", "Paul Meyer",
		"Rosa Morales", "Samir Haddad", "Sofia Lindqvist", "Tomasz Wójcik", "Vera Smit", "Yusuf Kaya"}
	since := time.Date(2026, 5, 12, 5, 41, 0, 0, time.UTC).UnixMilli()
	out := make([]local.PersonCard, len(names))
	for i, n := range names {
		out[i] = local.PersonCard{ID: slug(i), Name: n, State: attendance.StateOut}
		switch {
		case i%3 == 1:
			out[i].State, out[i].Since = attendance.StateIn, since+int64(i)*60000
		case i%7 == 5:
			out[i].State, out[i].Since = attendance.StateBreak, since+int64(i)*60000
		}
	}
	return out
}

func slug(i int) string { return "p" + string(rune('a'+i/10)) + string(rune('0'+i%10)) }

func session(p local.PersonCard, worked time.Duration) local.Session {
	return local.Session{ID: "s1", Person: p, Role: attendance.Regular, Auth: attendance.AuthPersonal,
		Actions: p.State.Actions(false), Worked: worked.Milliseconds()}
}

func wrongPIN(left int) error {
	return problem.New(problem.Unauthenticated, "That PIN is not right.", "").With("tries_left", float64(left))
}

// scene is one picture: how to get there.
type scene struct {
	name string
	set  func(b *bench)
}

// scenes is every screen in the states that differ to the eye.
func scenes() []scene {
	return []scene{
		{"01-starting", func(b *bench) {}},
		{"02-enrol", enrolScene(0)},
		{"03-enrol-steps", enrolScene(1)},
		{"04-enrol-problem", enrolScene(2)},
		{"05-idle", func(b *bench) { b.k.Update(ready()) }},
		{"06-idle-offline", func(b *bench) {
			s := ready()
			s.Connected, s.Queue = false, 12
			b.k.Update(s)
		}},
		{"07-people", func(b *bench) { b.toPeople() }},
		{"08-people-search", func(b *bench) { b.toPeople(); b.tap("search", "key_a", "key_n") }},
		{"09-pin", func(b *bench) { b.toPIN(0); b.tap("digit_4", "digit_1") }},
		{"10-pin-ok", func(b *bench) {
			b.k.state.PINLengths = nil
			b.toPIN(0)
			b.k.state.PINLengths = []int{4, 6}
			b.k.pin.open(b.s.people[0])
			b.tap("digit_4", "digit_1", "digit_4", "digit_1", "digit_9")
		}},
		{"11-choose-out", func(b *bench) { b.toChoose(0, 0) }},
		{"12-choose-in", func(b *bench) { b.toChoose(1, 3*time.Hour+12*time.Minute) }},
		{"13-choose-break", func(b *bench) { b.toChoose(5, 3*time.Hour+12*time.Minute); b.pass(16 * time.Second) }},
		{"14-receipt-in", func(b *bench) { b.toReceipt(0, attendance.In) }},
		{"15-receipt-out", func(b *bench) { b.toReceipt(1, attendance.Out); b.pass(time.Second) }},
		{"16-receipt-break", func(b *bench) { b.toReceipt(1, attendance.BreakStart) }},
		{"17-refused-pin", func(b *bench) {
			b.toPIN(0)
			b.s.identify = func(local.Attempt) (local.Session, error) { return local.Session{}, wrongPIN(4) }
			b.tap("digit_4", "digit_1", "digit_9", "digit_0")
		}},
		{"18-refused-locked", func(b *bench) {
			b.toPIN(0)
			b.s.identify = func(local.Attempt) (local.Session, error) {
				return local.Session{}, problem.New(problem.Limited, "", "").With("wait_ms", float64(32*60_000))
			}
			b.tap("digit_4", "digit_1", "digit_9", "digit_0")
		}},
		{"19-forgot", func(b *bench) { b.toPIN(0); b.tap("forgot") }},
		{"20-out-of-order", func(b *bench) {
			s := ready()
			s.Fault = "out_of_order"
			b.k.Update(s)
		}},
		{"21-not-answering", func(b *bench) { b.k.Update(ready()); b.k.Lost() }},
	}
}

func enrolScene(stage int) func(*bench) {
	return func(b *bench) {
		b.k.Update(local.State{Zone: "UTC"})
		b.k.enrol.server.set("clock.alderfinch.example")
		b.k.enrol.ready()
		if stage == 0 {
			return
		}
		b.s.enrol = func(_ local.EnrolRequest, step func(local.EnrolStep)) error {
			step(local.EnrolStep{Name: "keys", Done: true})
			step(local.EnrolStep{Name: "find_server", Done: true})
			if stage == 2 {
				return problem.New(problem.Used, "This code has been used already.", "Make a new code on the web page of this kiosk; each works once.")
			}
			b.held = true
			return nil
		}
		if stage == 1 {
			b.s.enrol = func(_ local.EnrolRequest, step func(local.EnrolStep)) error { return nil }
			b.held = true
			b.tap("connect")
			b.k.enrol.step(local.EnrolStep{Name: "keys", Done: true})
			b.k.enrol.step(local.EnrolStep{Name: "find_server", Done: true})
			return
		}
		b.tap("connect")
	}
}

func (b *bench) toPeople() {
	b.t.Helper()
	b.k.Update(ready())
	b.tap("start")
	b.on("people")
}

func (b *bench) toPIN(i int) {
	b.t.Helper()
	b.toPeople()
	for i >= b.k.people.query.Offset+b.k.people.got {
		b.tap("next")
	}
	b.tap("person_" + b.s.people[i].ID)
	b.on("pin")
}

func (b *bench) toChoose(i int, worked time.Duration) {
	b.t.Helper()
	b.toPIN(i)
	b.s.identify = func(local.Attempt) (local.Session, error) { return session(b.s.people[i], worked), nil }
	b.tap("digit_4", "digit_1", "digit_9", "digit_0")
	b.on("choose")
}

func (b *bench) toReceipt(i int, a attendance.Action) {
	b.t.Helper()
	b.toChoose(i, 3*time.Hour+12*time.Minute)
	b.s.punch = func(r local.PunchRequest) (local.Receipt, error) {
		worked := int64(0)
		if r.Action != attendance.In {
			worked = (3*time.Hour + 12*time.Minute).Milliseconds()
		}
		return local.Receipt{Person: b.s.people[i].Name, Action: r.Action, At: b.now.UnixMilli(),
			Zone: "Europe/Berlin", Worked: worked, Seq: 7, Queue: 1}, nil
	}
	b.tap(string(a))
	b.on("receipt")
}
