package ui

import (
	"math"
	"strings"
	"time"

	"fyne.io/fyne/v2"
)

// maxAnswer is how many bytes a typed answer has: a line, not a letter.
const maxAnswer = 80

// option is one answer: a large key.
type option struct {
	id, words, sub string
	sign           glyph
	dye            tint
	act            func()
}

// optionsScreen asks one question with a few ready answers; where none of them
// fits, one is typed.
type optionsScreen struct {
	page
	k       *Kiosk
	title   *label
	who     *label
	closing *label
	cancel  *key
	back    *key
	ok      *key
	tiles   [4]*tile
	field   *field
	board   *keyboard
	shown   int // tiles with an answer
	typing  bool
	typed   func(string) // takes what was typed
	size    panel
}

func newOptions(k *Kiosk, name string) *optionsScreen {
	s := &optionsScreen{
		page: page{name: name, limit: profileLimit, settle: settle}, k: k,
		title:   newLabel(style{size: capName, bold: true, ink: ink, lines: 2, drop: 0.5}),
		who:     newLabel(style{size: capBody, ink: quiet, lines: 2, drop: 0.5}),
		closing: newLabel(style{size: capBody, bold: true, ink: errWord, lines: 2, drop: 0.5, align: fyne.TextAlignTrailing}),
	}
	s.cancel = newKey(k.gate, "cancel", "", glyphClose, capBody, plainTint(), k.home)
	s.back = newKey(k.gate, "back", "", glyphBack, capBody, plainTint(), func() { s.turn(false) })
	s.ok = newKey(k.gate, "ok", "", glyphNone, capTitle, accentTint(), func() { s.typed(strings.TrimSpace(s.field.text)) })
	s.field = newField(k.gate, "typed", "", func() {})
	s.field.most = maxAnswer
	s.board = newKeyboard(k.gate, s.press)
	objects := []fyne.CanvasObject{s.title.box, s.who.box, s.closing.box, s.cancel, s.back, s.ok, s.field}
	for i := range s.tiles {
		s.tiles[i] = newTile(k.gate, "", glyphAsk, plainTint(), nil)
		objects = append(objects, s.tiles[i])
	}
	objects = append(objects, s.board.box)
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// speak satisfies screen.
func (s *optionsScreen) speak(w *words) {
	s.cancel.say(w.Cancel)
	s.back.say(w.Back)
	s.ok.say(w.OK)
	s.field.ask(w.ReasonField)
	s.board.speak(w)
}

// open asks title about who.
func (s *optionsScreen) open(title, who string, options ...option) {
	s.title.set(title)
	s.who.set(who)
	s.shown = min(len(options), len(s.tiles))
	for i, o := range options[:s.shown] {
		s.tiles[i].say(o.id, o.words, o.sub, o.sign, o.dye)
		s.tiles[i].act = o.act
	}
	s.turn(false)
}

// askReason asks why, with three ready reasons or one that is typed, and hands
// the answer to given. A ready one is recorded in the kiosk's language: it is read
// by those who look after the kiosk.
func (s *optionsScreen) askReason(title, who string, signs [3]glyph, ready, recorded [3]string, given func(string)) {
	s.typed = given
	var all []option
	for i, words := range ready {
		all = append(all, option{"reason_" + string(rune('1'+i)), words, "", signs[i], plainTint(), func() { given(recorded[i]) }})
	}
	all = append(all, option{"reason_other", s.k.say.ReasonOther, "", glyphMore, plainTint(), func() { s.turn(true) }})
	s.open(title, who, all...)
}

// noPIN are the pictures of the reasons to go without one: forgotten, none yet,
// locked.
func noPIN() [3]glyph { return [3]glyph{glyphAsk, glyphNew, glyphLock} }

// turn changes between the ready answers and typing.
func (s *optionsScreen) turn(typing bool) {
	s.typing = typing
	s.field.set("")
	s.ok.enable(false)
	for i, t := range s.tiles {
		show(!typing && i < s.shown, t)
	}
	show(!typing, s.cancel)
	show(typing, s.back, s.ok, s.field)
	s.board.show(typing)
	s.lay(s.size)
}

// press takes one key. The first letter is a capital: it is read by people.
func (s *optionsScreen) press(text string) {
	if s.field.text == "" {
		text = upper(s.k.say.tag, text)
	}
	s.field.typed(text)
	s.ok.enable(strings.TrimSpace(s.field.text) != "")
}

// clear forgets what was typed, and who was asked.
func (s *optionsScreen) clear() {
	s.field.set("")
	s.who.set("")
	s.typed = nil
}

// tick shows the countdown of the last seconds.
func (s *optionsScreen) tick(now time.Time) {
	words := ""
	if left := s.k.left(now); s.k.current == s && left <= warnFrom && !s.k.busy {
		words = s.k.say.closing(int(math.Ceil(max(0, left.Seconds()))))
	}
	s.closing.set(words)
}

func (s *optionsScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	r := p.safe()
	head := r.top(mm(p.pick(15, target)))
	first, least := s.cancel, p.pick(40, 34)
	if s.typing {
		first, least = s.back, p.pick(34, 28)
	}
	head.left(first.width(mm(least))).put(first)
	head.left(mm(4))
	show(!s.typing, s.who.box)
	if s.typing {
		s.layTyping(p, head, r)
		return
	}
	s.layQuestion(p, head, &r)
	cols, rows := 2, (s.shown+1)/2
	most := mm(p.pick(52, 30)) * float32(rows)
	if p.tall() {
		cols, rows = 1, s.shown
		most = mm(p.pick(37.5, 26)) * float32(rows)
		r = r.bottom(min(r.h, most))
	} else {
		r = r.top(min(r.h, most))
	}
	for i, t := range s.tiles[:s.shown] {
		t.title.sized(p.pick(capTitle+0.5, 4.6))
		r.cell(cols, rows, i, mm(gap)).put(t)
	}
}

// layQuestion puts the question and whom it is about under the head; where there
// is little height, into it.
func (s *optionsScreen) layQuestion(p panel, head rect, r *rect) {
	if p.low() {
		s.title.sized(capTitle).put(head)
		r.top(mm(4))
		line := r.top(max(mm(capBody), s.who.height(r.w-mm(40))))
		s.closing.put(line.right(mm(40)))
		s.who.put(line)
		r.top(mm(5))
		return
	}
	s.closing.put(head)
	r.top(mm(p.pick(9, 6)))
	s.title.sized(p.pick(capName, capTitle+0.5))
	s.title.put(r.top(s.title.height(r.w)))
	r.top(mm(p.pick(6, 5)))
	s.who.put(r.top(s.who.height(r.w)))
	r.top(mm(p.pick(9, 5)))
}

// layTyping puts the line that is typed into above the keyboard.
func (s *optionsScreen) layTyping(p panel, head, r rect) {
	s.board.put(p, r.bottom(s.board.height(p)))
	r.bottom(mm(gap))
	head.right(min(mm(p.pick(34, 26)), head.w-mm(gap))).put(s.ok)
	head.right(mm(gap))
	line := head
	if p.tall() {
		line = r.bottom(mm(target))
		r.bottom(mm(p.pick(6, 3)))
	} else {
		r.top(mm(2))
	}
	line.put(s.field)
	s.closing.put(r.bottom(mm(capBody)))
	r.bottom(mm(2))
	s.title.sized(p.pick(capTitle, 4.5)).put(r)
	s.who.put(rect{r.x, r.y, r.w, 0})
}
