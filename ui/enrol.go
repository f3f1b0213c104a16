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
	enrolWaiting // somebody at the server has to let this machine in
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
	check   *label // what whoever lets the machine in compares
	cancel  *key
	ask     *key // once more, without a code
	stage   enrolStage
	stop    context.CancelFunc
	finding bool           // the server is still looked for
	fault   *problem.Error // why enrolling failed; nil: it has not
	file    string         // the provisioning file that did not work
	size    panel
}

func newEnrol(k *Kiosk) *enrolScreen {
	s := &enrolScreen{
		page: page{name: "enrol"}, k: k,
		title: newLabel(style{size: capTitle + 1, bold: true, ink: ink, drop: 0.5, lines: 2}),
		wrong: newLabel(style{size: capTitle, bold: true, ink: errWord, lines: 3}),
		hint:  newLabel(style{size: capBody, ink: ink, lines: 4}),
		check: newLabel(style{size: capName, bold: true, ink: accentLine, drop: 0.5}),
	}
	s.server = newField(k.gate, "server", "", func() { s.choose(s.server) })
	s.code = newField(k.gate, "code", "", func() { s.choose(s.code) })
	s.connect = newKey(k.gate, "connect", "", glyphNone, capTitle, accentTint(), s.start)
	s.again = newKey(k.gate, "again", "", glyphNone, capTitle, accentTint(), func() { s.turn(enrolTyping) })
	s.cancel = newKey(k.gate, "cancel", "", glyphNone, capTitle, plainTint(), s.giveUp)
	s.ask = newKey(k.gate, "ask", "", glyphNone, capTitle, plainTint(), func() { s.code.set(""); s.start() })
	s.net = newKey(k.gate, "wifi", "", glyphNone, capBody, plainTint(), k.lookForNetworks)
	s.board = newKeyboard(k.gate, s.typed)
	s.board.address = true
	objects := []fyne.CanvasObject{s.title.box, s.server, s.code, s.connect, s.again, s.net, s.wrong.box, s.hint.box, s.check.box, s.cancel, s.ask}
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
	s.code.ask(w.CodeOrAsk + "  K7Q2M-4XT9D")
	s.cancel.say(w.Cancel)
	s.ask.say(w.AskIn)
	s.connect.say(w.Connect)
	s.again.say(w.Again)
	s.net.say(w.Wifi)
	s.board.speak(w)
	for i, name := range enrolSteps() {
		s.rows[i].text.set(w.enrolStep(name))
	}
	s.explain()
}

// explain says what went wrong, if anything has, or what is waited for.
func (s *enrolScreen) explain() {
	switch {
	case s.stage == enrolWaiting:
		s.wrong.set(s.k.say.LetIn)
		s.hint.set(s.k.say.LetInHint)
	case s.stage == enrolFailed && s.fault != nil:
		title, hint := s.k.say.notEnrolled(s.fault, s.finding)
		if s.file != "" {
			title, hint = s.k.say.ByFile+" "+title, hint+" "+s.file
		}
		s.wrong.set(title)
		s.hint.set(hint)
	}
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
	s.k.busy, s.file, s.finding = true, "", false
	var given context.Context
	given, s.stop = context.WithCancel(context.Background())
	s.k.cfg.Background(func(ctx context.Context) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(given, cancel)()
		err := s.k.cfg.Enroller.Enrol(ctx, req, func(step local.EnrolStep) {
			s.k.cfg.Do(func() { s.step(step) })
		})
		s.k.cfg.Do(func() { s.end(err) })
	})
}

func (s *enrolScreen) step(step local.EnrolStep) {
	s.finding = step.Name == "find_server" && !step.Done
	if step.Name == "waiting" {
		s.k.busy = step.Done // whoever waits may give up
		s.check.set(step.Check)
		s.turn(map[bool]enrolStage{true: enrolWorking, false: enrolWaiting}[step.Done])
		return
	}
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
	if s.stage == enrolTyping { // given up meanwhile
		return
	}
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
	s.fault = problem.From(err)
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
	said := to == enrolFailed || to == enrolWaiting
	show(said, s.wrong.box, s.hint.box)
	show(to == enrolFailed, s.again)
	show(to == enrolWaiting, s.check.box, s.cancel)
	show(to == enrolFailed && s.fault != nil && s.fault.Code == problem.Untrusted && s.fault.Detail["clock"] == nil && s.file == "", s.ask)
	s.wrong.tone(map[bool]colour{true: ink, false: errWord}[to == enrolWaiting])
	for _, r := range s.rows {
		r.show(!typing && to != enrolWaiting && s.file == "")
	}
	s.ready()
	s.explain()
	s.lay(s.size)
	s.k.changed()
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

// laySteps puts the problem beside the steps, or below them on upright panels.
func (s *enrolScreen) laySteps(p panel, r rect) {
	s.layTitle(p, &r, mm(p.pick(14, 8)))
	r.top(mm(p.pick(10, 4)))
	if s.stage == enrolWaiting {
		s.layWaiting(p, r)
		return
	}
	steps := r
	switch {
	case s.file != "":
		steps = rect{}
	case p.tall():
		high := mm(p.pick(60, 44))
		if s.ask.Visible() { // what was not reached has to make room
			high /= 2
		}
		steps = r.top(high)
		r.top(mm(4))
	default:
		steps = r.left(r.w * 0.48)
		r.left(mm(p.pick(8, 4)))
	}
	h := mm(p.pick(15, 11))
	for i, row := range s.rows {
		row.show(s.file == "" && (i < 2 || !p.tall() || !s.ask.Visible()))
		row.put(steps.top(h))
	}
	keys := r.bottom(mm(p.pick(18, 14)))
	if s.ask.Visible() {
		if p.tall() {
			r.bottom(mm(gap))
			r.bottom(mm(p.pick(18, 14))).put(s.ask)
		} else {
			keys.left((keys.w - mm(gap)) / 2).put(s.ask)
			keys.left(mm(gap))
		}
	}
	keys.put(s.again)
	r.bottom(mm(4))
	r.top(mm(2))
	s.wrong.sized(p.pick(capTitle, 4.5))
	s.wrong.put(r.top(s.wrong.heightWithin(r.w, r.h*0.6)))
	r.top(mm(5))
	s.hint.put(r)
}
