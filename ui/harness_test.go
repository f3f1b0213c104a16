package ui

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// glass is a panel that the kiosk must look right on.
type glass struct {
	name   string
	px, py int
	width  float32 // mm
	large  bool    // text
}

// zoom is how much larger than usual all is.
func (g glass) zoom() float32 { return g.scale() / Scale(g.px, g.width, false) }

func (g glass) scale() float32 { return Scale(g.px, g.width, g.large) }

// mm gives true millimetres on the glass for Fyne units.
func (g glass) mm(units float32) float32 { return units * g.scale() / float32(g.px) * g.width }

func (g glass) size() fyne.Size {
	return fyne.NewSize(float32(g.px)/g.scale(), float32(g.py)/g.scale())
}

// glasses are the reference panels.
func glasses() []glass {
	return []glass{
		{"1280x800", 1280, 800, 217, false},
		{"720x1280", 720, 1280, 88, false},
		{"800x480", 800, 480, 154, false},
		{"1920x1080", 1920, 1080, 344, false},
	}
}

// service is kioskd in memory.
type service struct {
	people    []local.PersonCard
	identify  func(local.Attempt) (local.Session, error)
	punch     func(local.PunchRequest) (local.Receipt, error)
	forgot    func(string) (local.Asked, error)
	team      func(pin.PIN) (local.Team, error)
	crew      func(local.TeamPunch) (local.TeamReceipt, error)
	enrol     func(local.EnrolRequest, func(local.EnrolStep)) error
	desk      desk
	newcomers error // refuses those who are not listed
	upkeep    upkeep
	radio     radio
	calls     []string
	states    chan local.State
}

func (s *service) People(_ context.Context, q local.PeopleQuery) (local.PeoplePage, error) {
	s.calls = append(s.calls, "people")
	var hit []local.PersonCard
	var letters []string
	start := q.Offset
	for _, p := range s.people {
		found := q.Search == "" || strings.Contains(strings.ToLower(" "+p.Name), " "+strings.ToLower(q.Search))
		if !found || q.Of != "" && q.Of != p.Team {
			continue
		}
		if q.Team {
			p.Actions = p.State.Actions(false)
		}
		first := strings.ToUpper(attendance.SearchKey(p.Name)[:1])
		if q.Letter != "" && first < q.Letter {
			start++
		}
		if len(letters) == 0 || letters[len(letters)-1] != first {
			letters = append(letters, first)
		}
		hit = append(hit, p)
	}
	from := min(start, len(hit))
	page := local.PeoplePage{People: hit[from:min(len(hit), from+q.Limit)], Total: len(hit), Start: start}
	if q.Search == "" {
		page.Letters = letters
	}
	return page, nil
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

func (s *service) Forgot(_ context.Context, person string) (local.Asked, error) {
	s.calls = append(s.calls, "forgot")
	return s.forgot(person)
}

func (s *service) OpenTeam(_ context.Context, p pin.PIN) (local.Team, error) {
	s.calls = append(s.calls, "team")
	return s.team(p)
}

func (s *service) PunchTeam(_ context.Context, r local.TeamPunch) (local.TeamReceipt, error) {
	s.calls = append(s.calls, "team punch")
	return s.crew(r)
}

func (s *service) NotListed(_ context.Context, n local.Newcomer) (local.Receipt, error) {
	s.calls = append(s.calls, "not listed")
	return local.Receipt{Person: n.Name, Action: n.Action, At: noon().UnixMilli(), Auth: attendance.AuthNone}, s.newcomers
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

func spoken(t *testing.T) *Languages {
	t.Helper()
	l, err := LoadLanguages()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func noon() time.Time { return time.Date(2026, 5, 12, 6, 2, 30, 0, time.UTC) }

func newBench(t *testing.T, g glass) *bench {
	t.Helper()
	return newBenchIn(t, g, spoken(t), "")
}

// newBenchLike is a bench with a look of its own.
func newBenchLike(t *testing.T, g glass, l local.Look) *bench {
	t.Helper()
	return newBenchWith(t, g, Config{Languages: spoken(t), Look: l})
}

// newBenchIn is a bench whose own language is lang.
func newBenchIn(t *testing.T, g glass, l *Languages, lang string) *bench {
	t.Helper()
	return newBenchWith(t, g, Config{Languages: l, Lang: lang})
}

// newBenchWith fills in what cfg leaves open.
func newBenchWith(t *testing.T, g glass, cfg Config) *bench {
	t.Helper()
	app := test.NewTempApp(t)
	th, err := NewTheme()
	if err != nil {
		t.Fatal(err)
	}
	app.Settings().SetTheme(th)
	b := &bench{t: t, now: noon(), s: &service{people: staff(), states: make(chan local.State)}, log: &strings.Builder{}}
	cfg.Terminal, cfg.Teams, cfg.Desk, cfg.Afterwards, cfg.Newcomers = b.s, b.s, b.s, b.s, b.s
	cfg.Watcher, cfg.Enroller, cfg.Theme = b.s, b.s, th
	cfg.Caretaker, cfg.Mechanic, cfg.Wireless = b.s, b.s, b.s
	cfg.Now = func() time.Time { return b.now }
	cfg.Background = func(f func(context.Context)) {
		if b.held {
			b.waiting = append(b.waiting, f)
			return
		}
		f(t.Context())
	}
	cfg.Do = func(f func()) { f() }
	cfg.Logger = slog.New(slog.NewTextHandler(b.log, nil))
	b.k = New(cfg)
	b.canvas = software.NewCanvas()
	b.canvas.SetPadded(false)
	b.canvas.SetScale(g.scale())
	b.k.Zoomed(g.zoom())
	b.canvas.SetContent(b.k.Content())
	b.canvas.Resize(g.size())
	return b
}

// restart is as if the program and its service had just started, at a hundredth of
// the cost.
func (b *bench) restart() {
	b.t.Helper()
	b.held, b.waiting = false, nil
	*b.s = service{people: staff(), states: b.s.states}
	b.now = noon()
	b.k.busy, b.k.began, b.k.card, b.k.held = false, b.now, 0, nil
	b.k.state, b.k.known, b.k.met = local.State{}, false, false
	b.k.enrol.server.set("")
	b.k.enrol.code.set("")
	b.k.enrol.turn(enrolTyping)
	b.k.home()
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
	o, t, names := b.look(name)
	if o == nil {
		b.t.Fatalf("nothing called %q on %s; there is %v", name, b.k.Screen(), names)
	}
	return o, t
}

// look gives what is called name, if it is there, and the names of all there is.
func (b *bench) look(name string) (fyne.CanvasObject, *touch, []string) {
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
	return hit, hitTouch, names
}

// tap is a finger that comes 300 ms after the screen, lands and leaves.
func (b *bench) tap(names ...string) {
	b.t.Helper()
	for _, n := range names {
		b.pass(2 * settle)
		b.jab(n)
	}
}

// write types on the screen's keyboard; a letter that has no key there becomes
// the first that has.
func (b *bench) write(text string) {
	b.t.Helper()
	for _, r := range text {
		o, _, names := b.look("key_" + string(r))
		if o != nil {
			b.tap("key_" + string(r))
			continue
		}
		b.tap(names[slices.IndexFunc(names, func(s string) bool {
			key := []rune(strings.TrimPrefix(s, "key_"))
			return len(key) == 1 && unicode.IsLetter(key[0])
		})])
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
	walk := func(o fyne.CanvasObject) {
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
	return local.State{
		Enrolled: true, Org: "Alder & Finch", KioskID: "k-front", KioskName: "Front door",
		Zone: "Europe/Berlin", RequiresPIN: true, PINLengths: []int{4}, UniversalLen: 4, People: 40, RosterVer: 3,
		Connected: true, ClockOK: true,
	}
}

// staff is forty people with the names that a real roster has.
func staff() []local.PersonCard {
	names := []string{
		"Aaliyah Okafor", "Agnieszka Wiśniewska", "Alexander Hoffmann", "Amélie Dubois", "Anna Kowalczyk",
		"Ben Carter", "Björn Åkesson", "Carla Rossi", "Chidi Eze", "Christopher Montgomery-Featherstonehaugh",
		"Daniela Marques", "David Nguyen", "Elif Yıldız", "Emma Schulz", "Fatima Al-Sayed", "Finn O’Brien",
		"Giulia Bianchi", "Hanna Virtanen", "Hugo García", "Ines Ferreira", "Jakub Novák", "Jan de Vries",
		"Jonas Weber", "Kateryna Shevchenko", "Laura Jansen", "Leon Fischer", "Lucía Fernández", "Marek Zieliński",
		"Maria Papadopoulou", "Mehmet Demir", "Mia Larsen", "Noah Williams", "Oksana Bondarenko", "Paul Meyer",
		"Rosa Morales", "Samir Haddad", "Sofia Lindqvist", "Tomasz Wójcik", "Vera Smit", "Yusuf Kaya",
	}
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
	return local.Session{
		ID: "s1", Person: p, Role: attendance.Regular, Auth: attendance.AuthPersonal,
		Actions: p.State.Actions(false), Worked: worked.Milliseconds(),
	}
}

func wrongPIN(left int) error {
	return problem.New(problem.Unauthenticated, "That PIN is not right.", "").With("tries_left", float64(left))
}
