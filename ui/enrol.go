package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// enrolSteps is the order in which enrolling goes.
func enrolSteps() []string {
	return []string{"keys", "find_server", "ask_certificate", "first_roster"}
}

// enrolStage is what the Enrol screen is doing.
type enrolStage int

const (
	enrolTyping enrolStage = iota
	enrolWorking
	enrolFailed
)

// enrolScreen makes this machine a kiosk: a server, a code, the steps, and the
// exact problem when one fails.
type enrolScreen struct {
	page
	k       *Kiosk
	title   *label
	server  *field
	code    *field
	connect *key
	again   *key
	net     *key // to the networks in reach
	board   *keyboard
	rows    []*stepRow
	wrong   *label
	hint    *label
	stage   enrolStage
	fault   problem.Code // why enrolling failed
	size    panel
}

func newEnrol(k *Kiosk) *enrolScreen {
	s := &enrolScreen{
		page: page{name: "enrol"}, k: k,
		title: newLabel(style{size: capTitle + 1, bold: true, ink: ink, drop: 0.5, lines: 2}),
		wrong: newLabel(style{size: capTitle, bold: true, ink: errWord, lines: 3}),
		hint:  newLabel(style{size: capBody, ink: ink, lines: 4}),
	}
	s.server = newField(k.gate, "server", "", func() { s.choose(s.server) })
	s.code = newField(k.gate, "code", "", func() { s.choose(s.code) })
	s.connect = newKey(k.gate, "connect", "", glyphNone, capTitle, accentTint(), s.start)
	s.again = newKey(k.gate, "again", "", glyphNone, capTitle, accentTint(), func() { s.turn(enrolTyping) })
	s.net = newKey(k.gate, "wifi", "", glyphNone, capBody, plainTint(), k.lookForNetworks)
	s.board = newKeyboard(k.gate, s.typed)
	s.board.address = true
	objects := []fyne.CanvasObject{s.title.box, s.server, s.code, s.connect, s.again, s.net, s.wrong.box, s.hint.box}
	for range enrolSteps() {
		row := newStepRow()
		s.rows = append(s.rows, row)
		objects = append(objects, row.objects()...)
	}
	objects = append(objects, s.board.box)
	s.choose(s.server)
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	s.turn(enrolTyping)
	return s
}

// speak satisfies screen.
func (s *enrolScreen) speak(w *words) {
	s.title.set(w.Setup)
	s.server.ask(w.Server + "  clock.example.com")
	s.code.ask(w.Code + "  K7Q2M-4XT9D")
	s.connect.say(w.Connect)
	s.again.say(w.Again)
	s.net.say(w.Wifi)
	s.board.speak(w)
	for i, name := range enrolSteps() {
		s.rows[i].text.set(w.enrolStep(name))
	}
	s.explain()
}

// explain says what went wrong, if anything has.
func (s *enrolScreen) explain() {
	if s.stage != enrolFailed {
		return
	}
	title, hint := s.k.say.notEnrolled(s.fault)
	s.wrong.set(title)
	s.hint.set(hint)
}

func (s *enrolScreen) choose(f *field) {
	s.server.choose(f == s.server)
	s.code.choose(f == s.code)
}

func (s *enrolScreen) typed(text string) {
	if s.code.active {
		s.code.typed(strings.ToUpper(text))
	} else {
		s.server.typed(text)
	}
	s.ready()
}

func (s *enrolScreen) ready() { s.connect.enable(s.server.text != "") }

// start sends what was typed and shows the steps as they are done.
func (s *enrolScreen) start() {
	req := local.EnrolRequest{Server: s.server.text, Code: s.code.text}
	for _, r := range s.rows {
		r.mark(stepAhead)
	}
	s.rows[0].mark(stepNow)
	s.turn(enrolWorking)
	s.k.busy = true
	s.k.cfg.Background(func(ctx context.Context) {
		err := s.k.cfg.Enroller.Enrol(ctx, req, func(step local.EnrolStep) {
			s.k.cfg.Do(func() { s.step(step) })
		})
		s.k.cfg.Do(func() { s.end(err) })
	})
}

func (s *enrolScreen) step(step local.EnrolStep) {
	for i, name := range enrolSteps() {
		if name != step.Name {
			continue
		}
		if !step.Done {
			s.rows[i].mark(stepNow)
			continue
		}
		s.rows[i].mark(stepDone)
		if i+1 < len(s.rows) {
			s.rows[i+1].mark(stepNow)
		}
	}
}

// end shows the exact problem, or goes where the new state leads. The code is
// forgotten either way: it works once.
func (s *enrolScreen) end(err error) {
	s.k.busy = false
	if err == nil {
		s.code.set("")
		for _, r := range s.rows {
			r.mark(stepDone)
		}
		if s.k.mustMove() {
			s.k.home()
		}
		return
	}
	s.k.cfg.Logger.Warn("enrol_failed", "error", err)
	s.fault = problem.CodeOf(err)
	for _, r := range s.rows {
		r.fail()
	}
	s.turn(enrolFailed)
}

// turn changes the stage, and with it what is visible.
func (s *enrolScreen) turn(to enrolStage) {
	s.stage = to
	typing := to == enrolTyping
	show(typing, s.server, s.code, s.connect)
	s.board.show(typing)
	show(s.offersWifi(), s.net)
	show(to == enrolFailed, s.again, s.wrong.box, s.hint.box)
	for _, r := range s.rows {
		r.show(!typing)
	}
	s.ready()
	s.explain()
	s.lay(s.size)
	s.k.changed()
}

// offersWifi says whether the network is the operator's to choose here.
func (s *enrolScreen) offersWifi() bool { return s.k.state.Wireless && s.stage != enrolWorking }

// update takes over what a new state means for this screen.
func (s *enrolScreen) update() {
	if s.net.Visible() != s.offersWifi() {
		s.turn(s.stage)
	}
}

func show(on bool, objects ...fyne.CanvasObject) {
	for _, o := range objects {
		if on {
			o.Show()
		} else {
			o.Hide()
		}
	}
}

func (s *enrolScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	r := p.safe()
	s.title.sized(p.pick(capTitle+1, 4.5))
	if s.stage != enrolTyping {
		s.laySteps(p, r.insetXY(mm(p.pick(8, 2)), mm(p.pick(6, 1))))
		return
	}
	head := mm(p.pick(12, 6))
	if p.tall() {
		head = mm(p.pick(16, 8))
	}
	if p.low() {
		s.title.put(r.top(head))
	} else {
		s.layTitle(p, &r, head)
	}
	r.top(mm(p.pick(5, gap)))
	s.board.put(p, r.bottom(s.board.height(p)))
	line := p.fixed(p.pick(17, 12.6))
	switch {
	case p.tall():
		r.top(line).put(s.server)
		r.top(p.fixed(gap))
		r.top(line).put(s.code)
		r.top(p.fixed(gap))
		r.top(line).put(s.connect)
	case p.low():
		row := r.top(line)
		if s.offersWifi() {
			row.right(mm(24)).put(s.net)
			row.right(p.fixed(gap))
		}
		row.put(s.server)
		r.top(p.fixed(gap))
		row = r.top(line)
		row.right(mm(40)).put(s.connect)
		row.right(p.fixed(gap))
		row.put(s.code)
	default:
		row := r.top(line)
		row.right(mm(40)).put(s.connect)
		row.right(p.fixed(gap))
		row.right(row.w * 0.42).put(s.code)
		row.right(p.fixed(gap))
		row.put(s.server)
	}
}

// layTitle puts the title over r, and beside it the way to the networks.
func (s *enrolScreen) layTitle(p panel, r *rect, high float32) {
	if s.offersWifi() {
		high = max(high, p.fixed(p.pick(14, 12.6)))
	}
	head := r.top(high)
	if s.offersWifi() {
		head.right(mm(p.pick(40, 22))).put(s.net)
		head.right(p.fixed(gap))
	}
	s.title.put(head)
}

// laySteps puts the problem beside the steps, or below them on upright panels.
func (s *enrolScreen) laySteps(p panel, r rect) {
	s.layTitle(p, &r, mm(p.pick(14, 8)))
	r.top(mm(p.pick(10, 4)))
	steps := r
	if p.tall() {
		steps = r.top(mm(p.pick(60, 44)))
		r.top(mm(4))
	} else {
		steps = r.left(r.w * 0.48)
		r.left(mm(p.pick(8, 4)))
	}
	h := mm(p.pick(15, 11))
	for _, row := range s.rows {
		row.put(steps.top(h))
	}
	r.bottom(mm(p.pick(18, 14))).put(s.again)
	r.bottom(mm(4))
	r.top(mm(2))
	s.wrong.sized(p.pick(capTitle, 4.5))
	s.wrong.put(r.top(s.wrong.heightWithin(r.w, r.h*0.6)))
	r.top(mm(5))
	s.hint.put(r)
}
