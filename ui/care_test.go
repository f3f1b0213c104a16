package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// upkeep is what the service in memory says of itself, and what it was asked.
type upkeep struct {
	keepers []local.PersonCard
	refuse  error
	over    error // of a session
	failed  error // of what is done
	c       local.Condition
	reader  local.Reader
	here    int // people in a roll-call
}

func (s *service) Caretakers(context.Context) ([]local.PersonCard, error) {
	return s.upkeep.keepers, nil
}

func (s *service) Care(_ context.Context, a local.Attempt) (local.Condition, error) {
	s.calls = append(s.calls, "care "+a.Person+" "+a.PIN.Reveal())
	return s.upkeep.c, s.upkeep.refuse
}

func (s *service) Condition(_ context.Context, session string) (local.Condition, error) {
	return s.upkeep.c, s.upkeep.over
}

func (s *service) RollCall(context.Context, string) (local.RollCall, error) {
	people := append(append([]local.PersonCard{}, s.people...), s.people...)[:s.upkeep.here]
	for i := range people {
		if people[i].State == attendance.StateOut {
			people[i].State, people[i].Since = attendance.StateIn, noon().UnixMilli()
		}
	}
	return local.RollCall{At: noon().UnixMilli(), People: people, Out: 7}, s.upkeep.over
}

func (s *service) SyncNow(context.Context, string) error {
	s.calls = append(s.calls, "sync")
	return s.upkeep.failed
}

func (s *service) Restart(_ context.Context, session string) error {
	s.calls = append(s.calls, "restart "+session)
	return s.upkeep.failed
}

func (s *service) Diagnose(context.Context, string) error {
	s.calls = append(s.calls, "diagnose")
	return s.upkeep.failed
}

func (s *service) LearnReader(context.Context, string) (local.Reader, error) {
	s.calls = append(s.calls, "learn")
	return s.upkeep.reader, s.upkeep.failed
}

// well is a clock that is well.
func well() local.Condition {
	at := noon()
	s := ready()
	s.LastContact = at.UnixMilli()
	return local.Condition{
		State: s, Session: "c1", Name: "Ingrid Åkerström", Server: "clock.alderfinch.example:8883",
		Addresses: []string{"192.168.178.41", "2001:db8:85a3::8a2e:370:7334"}, Fetched: at.UnixMilli(), Software: "1.4.0",
		Started: at.AddDate(0, 0, -12).UnixMilli(), DiskFree: 23 << 30, Cert: at.AddDate(0, 9, 0).UnixMilli(), KeyTier: "file",
		Readers: []local.Reader{{ID: "08ff:0009", Name: "Sycreader RFID", Attached: true}},
	}
}

// ill is a clock with every trouble that there is.
func ill() local.Condition {
	c := well()
	at := noon()
	c.Connected, c.Queue, c.ClockOK, c.Dismissed = false, 118, false, true
	c.LastContact, c.Oldest = at.AddDate(0, 0, -4).UnixMilli(), at.AddDate(0, 0, -4).UnixMilli()
	c.Addresses, c.RosterVer = nil, 0
	c.Offset = (-93 * time.Minute).Milliseconds()
	c.DiskFree, c.Cert = 64<<20, at.AddDate(0, 0, -1).UnixMilli()
	c.Readers = append(c.Readers, local.Reader{ID: "0c27:3bfa"})
	c.Readers[0].Attached = false
	return c
}

// careData is what the screens of Maintenance show that is in no language.
func careData() []string {
	c := ill()
	return append(append([]string{c.Name, c.Server, c.KioskID, "MB", "GB"}, well().Addresses...), c.Readers[0].Name, c.Readers[1].ID)
}

// careScenes is what there is to see of Maintenance.
func careScenes() []scene {
	return []scene{
		{"60-hold", func(b *bench) { b.k.Update(ready()); b.press("maintenance"); b.pass(2 * time.Second) }},
		{"61-keepers", func(b *bench) { b.toKeepers(3) }},
		{"62-keepers-many", func(b *bench) { b.toKeepers(40); b.tap("next") }},
		{"63-keepers-none", func(b *bench) { b.toKeepers(0) }},
		{"64-care-pin", func(b *bench) { b.toKeepers(3); b.tap("person_pa0", "digit_4", "digit_7", "digit_1") }},
		{"65-maintenance", func(b *bench) { b.toCare(well()) }},
		{"66-maintenance-ill", func(b *bench) { b.toCare(ill()) }},
		{"67-maintenance-actions", func(b *bench) { b.toCare(well()); b.toActions() }},
		{"68-synced", func(b *bench) { b.toCare(well()); b.toActions(); b.tap("sync") }},
		{"69-roll-call", func(b *bench) { b.toRoll(14) }},
		{"70-roll-call-many", func(b *bench) { b.toRoll(80); b.tap("next") }},
		{"71-roll-call-nobody", func(b *bench) { b.toRoll(0) }},
		{"72-restart", func(b *bench) { b.toCare(well()); b.toActions(); b.tap("restart") }},
		{"73-screen-colours", func(b *bench) { b.toTest() }},
		{"74-screen-greys", func(b *bench) { b.toTest(); b.tap("screen") }},
		{"75-screen-touch", func(b *bench) { b.toTest(); b.tap("screen", "screen", "screen", "screen") }},
		{"76-screen-touched", func(b *bench) {
			b.toTest()
			b.tap("screen", "screen", "screen", "screen")
			for i := range 17 {
				b.touchAt(b.k.test, i)
			}
		}},
	}
}

// press is a finger that stays.
func (b *bench) press(name string) {
	b.t.Helper()
	b.pass(2 * settle)
	o, _ := b.find(name)
	o.(desktop.Mouseable).MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
}

// lift is the finger leaving again.
func (b *bench) lift(name string) {
	b.t.Helper()
	o, _ := b.find(name)
	o.(desktop.Mouseable).MouseUp(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
	o.(fyne.Tappable).Tapped(&fyne.PointEvent{})
}

func (b *bench) toKeepers(n int) {
	b.t.Helper()
	b.k.Update(ready())
	b.s.upkeep.keepers = b.s.people[:n]
	b.press("maintenance")
	b.pass(holdFor)
	b.on("keepers")
}

func (b *bench) toCare(c local.Condition) {
	b.t.Helper()
	b.toKeepers(2)
	b.s.upkeep.c = c
	s := &b.k.state
	s.LastContact, s.Connected, s.Queue, s.Dismissed = c.LastContact, c.Connected, c.Queue, c.Dismissed
	b.tap("person_pa1", "digit_4", "digit_7", "digit_1", "digit_1", "digit_0", "ok")
	b.on("maintenance")
}

func (b *bench) toActions() {
	b.t.Helper()
	if b.k.care.turnKey.Visible() {
		b.tap("turn")
	}
}

func (b *bench) toRoll(n int) {
	b.t.Helper()
	b.toCare(well())
	b.toActions()
	b.s.upkeep.here = n
	b.tap("roll_call")
	b.on("roll_call")
}

func (b *bench) toTest() {
	b.t.Helper()
	b.toCare(well())
	b.toActions()
	b.tap("screen_test")
	b.on("screen_test")
}

// touchAt puts a finger on the i-th field.
func (b *bench) touchAt(s *testScreen, i int) {
	b.t.Helper()
	at := s.size.whole().cell(s.cols, s.rows, i, 0)
	s.pad.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(at.x+at.w/2, at.y+at.h/2)}})
	s.pad.MouseUp(&desktop.MouseEvent{})
}

func TestOnlyALongTouchOpensMaintenance(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.k.Update(ready())
	b.s.upkeep.keepers = b.s.people[:2]
	b.tap("maintenance")
	b.pass(time.Minute)
	b.on("idle")

	b.press("maintenance")
	if b.pass(holdShown / 2); b.k.idle.hold.bar.r.Visible() {
		t.Error("a tap shows the bar")
	}
	b.pass(2 * time.Second)
	if !b.k.idle.hold.bar.r.Visible() {
		t.Error("the bar does not show that something happens")
	}
	b.lift("maintenance")
	if b.k.idle.hold.bar.r.Visible() {
		t.Error("the bar stays")
	}
	b.pass(time.Minute)
	b.on("idle")

	b.press("maintenance")
	b.pass(holdFor / 2)
	b.k.gate.release() // the finger slid away
	b.pass(time.Minute)
	b.on("idle")

	b.press("maintenance")
	b.pass(holdFor)
	b.on("keepers")
	b.pass(peopleLimit)
	b.on("idle")
}

func TestMaintenanceFromThePINToTheEnd(t *testing.T) {
	b := newBench(t, glasses()[2])
	b.toCare(well())
	if b.s.count("care pa1 47110") != 1 {
		t.Errorf("the service was asked %v", b.s.calls)
	}
	for _, want := range []string{"clock.alderfinch.example:8883", "Connected", "All stored", "192.168.178.41", "Right", "23.0 GB free", "Valid until 2027-02-12"} {
		b.says(want)
	}
	b.tap("next")
	b.says("Sycreader RFID")
	b.pass(careLimit - time.Second)
	b.on("maintenance")
	b.says("Closing in 1")
	b.tap("turn")
	b.pass(careLimit)
	b.on("idle")
	if b.s.count("end") != 1 {
		t.Errorf("the session was not ended: %v", b.s.calls)
	}
	if b.k.care.c.Session != "" || len(b.k.roll.v.People) != 0 || b.k.keepers.people != nil {
		t.Error("something personal is kept")
	}
	if strings.Contains(b.log.String(), "digit_") || strings.Contains(b.log.String(), "pa1") {
		t.Errorf("the log tells the PIN or the person:\n%s", b.log)
	}
}

func TestMaintenanceIsRefused(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.toKeepers(2)
	b.s.upkeep.refuse = wrongPIN(3)
	b.tap("person_pa0", "digit_1", "digit_2", "digit_3", "digit_4", "ok")
	b.on("refused")
	b.says("3 tries left")
	b.tap("again")
	b.on("care_pin")
	b.tap("back")
	b.on("keepers")
	b.tap("back")
	b.on("idle")
}

func TestWhatIsDoneInMaintenanceSaysHowItEnded(t *testing.T) {
	b := newBench(t, glasses()[3])
	b.toCare(well())
	b.held = true
	b.tap("sync")
	b.says("Talking to the server…")
	b.held = false
	b.run()
	b.says("Everything is sent and up to date")
	b.s.upkeep.c.Queue = 7
	b.tap("sync")
	b.says("7 still to be sent")
	b.s.upkeep.failed = problem.New(problem.Unavailable, "", "")
	b.tap("sync")
	b.says("The server does not answer. Nothing is lost.")
	b.s.upkeep.failed = problem.New(problem.NotFound, "", "")
	b.tap("learn_reader")
	b.says("No new reader is plugged in")
	b.s.upkeep.failed = problem.New(problem.Expired, "", "")
	b.tap("learn_reader")
	b.says("No card was read")
	b.s.upkeep.failed, b.s.upkeep.reader = nil, local.Reader{ID: "08ff:0009"}
	b.tap("learn_reader")
	b.says("Learnt: 08ff:0009")
	b.s.upkeep.over = problem.New(problem.Expired, "", "")
	b.tap("sync")
	b.on("refused")
}

func TestRestartIsAskedFirst(t *testing.T) {
	b := newBench(t, glasses()[3])
	b.toCare(well())
	b.tap("restart")
	b.on("sure")
	b.tap("start_over")
	b.on("maintenance")
	b.s.upkeep.failed = problem.New(problem.Unavailable, "", "")
	b.tap("restart", "again")
	b.on("maintenance")
	b.says("It could not be restarted")
	b.s.upkeep.failed = nil
	b.tap("restart", "again")
	b.on("idle")
	if b.s.count("restart c1") != 2 || b.s.count("end") != 0 {
		t.Errorf("%v", b.s.calls)
	}
}

// A field that feels nothing keeps the test open, and nobody from clocking in.
func TestEveryFieldOfTheScreenIsWanted(t *testing.T) {
	for _, g := range glasses() {
		b := newBench(t, g)
		b.toTest()
		b.tap("screen", "screen", "screen", "screen")
		s := b.k.test
		n := s.cols * s.rows
		if w, h := g.mm(s.size.w)/float32(s.cols), g.mm(s.size.h)/float32(s.rows); n < 12 || min(w, h) < 15 || max(w, h) > 40 {
			t.Errorf("%s: %d fields of %.0f x %.0f mm", g.name, n, w, h)
		}
		b.pass(2 * settle)
		for i := range n - 1 {
			b.touchAt(s, i)
			b.touchAt(s, i)
		}
		b.on("screen_test")
		b.touchAt(s, n-1)
		b.on("maintenance")
		b.says("The screen feels every touch")
		b.tap("screen_test")
		b.pass(testLimit)
		b.on("idle")
	}
}

// What came of something is to be read on every panel, in every language.
func TestNewsOfMaintenanceCanBeRead(t *testing.T) {
	var all []string
	for _, w := range spoken(t).all {
		all = append(all, w.Syncing, w.Synced, fill(w.SyncedPart, "n", "12345"), w.SyncFailed, w.ScreenGood, w.Learning,
			fill(w.Learnt, "name", "Sycreader RFID Technology"), w.LearnNone, w.LearnNoDevice, w.RestartFailed)
	}
	for _, g := range glasses() {
		b := newBench(t, g)
		b.toCare(well())
		b.toActions()
		l := b.k.care.news
		for _, news := range all {
			b.k.care.tell(news)
			if size, _ := l.fit(l.area.w, l.area.h); g.mm(mm(size)) < 2.5 || !l.box.Visible() {
				t.Errorf("%s: no room for %q", g.name, news)
			}
		}
	}
}

// The service pushes what changes; the facts follow without a touch, which would
// keep Maintenance open for ever.
func TestFactsFollowTheService(t *testing.T) {
	b := newBench(t, glasses()[3])
	b.toCare(ill())
	b.says(b.k.say.DismissedBy)
	s := ill().State
	s.Dismissed = false
	b.k.Update(s)
	b.pass(tickEvery)
	b.says("Last heard 8 May")
	s = ready()
	s.LastContact = b.now.UnixMilli()
	b.k.Update(s)
	b.pass(tickEvery)
	b.says(" Connected")
	b.says("All stored")
}
