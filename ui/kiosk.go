package ui

import (
	"context"
	"log/slog"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/timepost/timepost/device/local"
)

// How long a screen waits for a person before it goes back to Idle, and how
// long a receipt stands.
const (
	pinLimit     = 15 * time.Second
	peopleLimit  = 30 * time.Second
	profileLimit = 20 * time.Second
	receiptLimit = 4 * time.Second
	leftLimit    = 10 * time.Second // of a receipt that names people
	refusedLimit = 10 * time.Second
	idleLimit    = 10 * time.Minute // then only the time is shown
	warnFrom     = 5 * time.Second  // the visible countdown
)

// settle is how long a new screen ignores touches, so that the second tap of a
// double tap does not hit whatever came under the finger.
const settle = 250 * time.Millisecond

// requestLimit bounds one request to the service.
const requestLimit = 10 * time.Second

// Config is what a Kiosk needs of the world. All fields but Lang, Look, Room
// and Changed are required.
type Config struct {
	Terminal   Terminal
	Teams      Teams
	Desk       Desk
	Afterwards Afterwards
	Newcomers  Newcomers
	Caretaker  Caretaker
	Mechanic   Mechanic
	Wireless   Wireless
	Watcher    Watcher
	Enroller   Enroller
	Theme      *Theme
	Languages  *Languages
	Lang       string                      // of this screen, while the kiosk has none of its own; empty: English
	Look       local.Look                  // what is set here holds instead of the kiosk's
	Now        func() time.Time            // deadlines use its monotonic part
	Background func(func(context.Context)) // runs work that may wait, off the main goroutine
	Do         func(func())                // runs on the main goroutine: fyne.Do
	Logger     *slog.Logger
	Room       Room   // nil: the kiosk is silent, and as bright as it is
	Changed    func() // called on the main goroutine when what can be tapped may have changed
}

// Kiosk is all screens and the way between them. Its methods, except Run, are
// for the main goroutine only.
type Kiosk struct {
	cfg  Config
	say  *words
	gate *gate
	root *fyne.Container

	idle     *idleScreen
	notice   *noticeScreen // in its place
	here     *hereScreen   // the same
	asleep   *asleepScreen
	people   *peopleScreen
	pin      *pinScreen
	reason   *optionsScreen
	teamPIN  *pinScreen
	teamAct  *optionsScreen
	team     *peopleScreen
	choose   *chooseScreen
	receipt  *receiptScreen
	refused  *refusedScreen
	forgot   *refusedScreen // asks before the supervisors are told
	told     *refusedScreen // says that they will be
	newcomer *optionsScreen // what somebody does who is not listed
	doubt    *optionsScreen // asks what was meant, before anything is recorded
	project  *listScreen
	ofTeams  *listScreen // whose names are shown
	hours    *hoursScreen
	when     *whenScreen
	message  *messageScreen
	enrol    *enrolScreen
	wait     *waitScreen
	networks *networksScreen
	secret   *secretScreen
	careDesk
	screens []screen
	current screen

	state   local.State
	known   bool // a state has arrived since the service was last lost
	met     bool // a state has ever arrived
	began   time.Time
	zone    *time.Location
	session string
	note    string // why the session has no PIN of its own
	busy    bool
	noticed string           // the text that was shown last in the place of Idle
	found   string           // the wish to be found that a touch has ended
	card    uint64           // the serial of the last card that came
	held    *local.BadgeRead // a card that waits until nothing is under way
	large   bool             // text is
	percent int              // of the panel's light
	paint   int              // of the colours' light, where the panel has no other
	shown   time.Time        // when the current screen came
	touched time.Time        // the last touch that counted
	settled bool
}

// screen is one full picture. All are built once; one is visible.
type screen interface {
	head() *page
	tick(now time.Time)
	speak(w *words) // changes every text that is not new each time the screen is opened
}

// page is what every screen has.
type page struct {
	name   string
	box    *fyne.Container
	limit  time.Duration // without a touch; 0: stays
	settle time.Duration
}

func (p *page) head() *page        { return p }
func (p *page) tick(now time.Time) {}

// build assembles the page: its ground, its objects, and how to place them.
func (p *page) build(ground *backdrop, lay func(panel), objects ...fyne.CanvasObject) {
	all := append([]fyne.CanvasObject{ground}, objects...)
	p.box = container.New(sheet(func(s fyne.Size) {
		ground.Resize(s)
		lay(panelOf(s, ground.gate.zoom))
	}), all...)
	p.box.Hide()
}

// New builds all screens and shows "starting" until the service answers.
func New(cfg Config) *Kiosk {
	k := &Kiosk{cfg: cfg, say: cfg.Languages.first(cfg.Lang), zone: time.UTC, began: cfg.Now(), percent: lightFull, paint: lightFull}
	k.gate = &gate{open: k.accepts, took: k.took, done: k.changed, zoom: 1, busy: func() bool { return k.busy }, later: k.later}
	k.idle, k.people, k.pin, k.choose = newIdle(k), newPeople(k, false), newPIN(k, "pin", false), newChoose(k)
	k.receipt, k.refused, k.enrol, k.wait = newReceipt(k), newRefused(k, "refused"), newEnrol(k), newWait(k)
	k.forgot, k.told = newRefused(k, "forgot"), newRefused(k, "told")
	k.forgot.limit = pinLimit
	k.reason = newOptions(k, "reason")
	k.teamPIN, k.teamAct, k.team = newPIN(k, "team_pin", true), newOptions(k, "team_action"), newPeople(k, true)
	k.doubt, k.message, k.newcomer = newOptions(k, "doubt"), newMessage(k), newOptions(k, "newcomer")
	k.project = newList(k, "project", profileLimit, func() { k.show(k.choose) })
	k.ofTeams = newList(k, "teams", peopleLimit, func() { k.show(k.people) })
	k.hours, k.when = newHours(k), newWhen(k)
	k.asleep, k.notice, k.here = newAsleep(k), newNotice(k), newHere(k)
	k.networks, k.secret = newNetworks(k), newSecret(k)
	k.screens = []screen{
		k.idle, k.people, k.pin, k.reason, k.choose, k.teamPIN, k.teamAct, k.team, k.receipt, k.refused, k.forgot, k.told, k.enrol, k.wait, k.asleep,
		k.doubt, k.project, k.hours, k.when, k.message, k.ofTeams, k.newcomer,
		k.notice, k.here, k.networks, k.secret,
	}
	k.screens = append(k.screens, k.buildCare()...)
	k.root = container.New(sheet(func(size fyne.Size) {
		for _, s := range k.screens {
			s.head().box.Resize(size)
		}
		k.changed()
	}))
	for _, s := range k.screens {
		k.root.Add(s.head().box)
	}
	for _, s := range k.screens {
		s.speak(k.say)
	}
	k.home()
	k.dress()
	return k
}

// Content is the root object, to be the whole content of a window.
func (k *Kiosk) Content() fyne.CanvasObject { return k.root }

// Screen names the screen that is visible.
func (k *Kiosk) Screen() string { return k.current.head().name }

// show makes s the one visible screen.
func (k *Kiosk) show(s screen) {
	k.gate.drop()
	now := k.cfg.Now()
	k.touched = now
	if k.current == s {
		return
	}
	if k.current != nil {
		k.current.head().box.Hide()
	}
	k.current, k.shown, k.settled = s, now, false
	s.tick(now)
	s.head().box.Show()
	k.cfg.Logger.Info("screen_shown", "screen", s.head().name)
	k.changed()
}

// later runs f on the main goroutine once what it does now is done.
func (k *Kiosk) later(f func()) {
	k.cfg.Background(func(context.Context) { k.cfg.Do(f) })
}

// leave ends what was going on and forgets whom it was about.
func (k *Kiosk) leave() {
	k.endSession()
	k.people.leave()
	k.team.leave()
	k.pin.clear()
	k.teamPIN.clear()
	k.reason.clear()
	k.doubt.clear()
	k.newcomer.clear()
	k.hours.clear()
	k.message.clear()
	k.clearCare()
	k.networks.clear()
	k.secret.clear()
	k.speak(k.own())
}

// home ends what was going on and shows the screen that the kiosk's state asks for.
func (k *Kiosk) home() {
	k.leave()
	switch {
	case !k.known:
		k.wait.silent(k.met || k.cfg.Now().Sub(k.began) > slowStart)
		k.show(k.wait)
	case k.state.Leaving:
		k.wait.leaving()
		k.show(k.wait)
	case k.state.Fault != "":
		k.wait.broken()
		k.show(k.wait)
	case !k.state.Enrolled:
		k.show(k.enrol)
	default:
		k.rest()
	}
}

// Tick moves everything that depends on time. It does no I/O; Run calls it four
// times a second.
func (k *Kiosk) Tick() {
	now := k.cfg.Now()
	k.current.tick(now)
	k.shine(now)
	if !k.settled && now.Sub(k.shown) >= k.current.head().settle {
		k.settled = true
		k.changed()
	}
	if limit := k.current.head().limit; limit > 0 && !k.busy && now.Sub(k.touched) >= limit {
		switch k.current {
		case k.idle, k.notice:
			k.show(k.asleep)
		case k.receipt:
			k.receipt.done()
		default:
			k.home()
		}
	}
}

// left is how long the current screen still waits for a touch.
func (k *Kiosk) left(now time.Time) time.Duration {
	return k.current.head().limit - now.Sub(k.touched)
}

// accepts says whether a touch counts now.
func (k *Kiosk) accepts() bool {
	return !k.busy && k.cfg.Now().Sub(k.shown) >= k.current.head().settle
}

// took notes a touch that counted.
func (k *Kiosk) took(kind string) {
	k.touched = k.cfg.Now()
	k.cfg.Logger.Info("key_pressed", "screen", k.Screen(), "key", kind)
}

func (k *Kiosk) changed() {
	if k.cfg.Changed != nil && k.current != nil {
		k.cfg.Changed()
	}
}

// at gives a moment in the kiosk's zone.
func (k *Kiosk) at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).In(k.zone)
}
