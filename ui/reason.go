package ui

import (
	"math"
	"strings"
	"time"

	"fyne.io/fyne/v2"
)

// maxReason is how many bytes a typed reason has: a line, not a letter.
const maxReason = 80

// reasonScreen asks why somebody clocks in without a PIN of their own: a few
// ready answers, or one that is typed.
type reasonScreen struct {
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
	typing  bool
	given   func(string)
	size    panel
}

func newReason(k *Kiosk) *reasonScreen {
	s := &reasonScreen{
		page: page{name: "reason", limit: profileLimit, settle: settle}, k: k,
		title:   newLabel(style{size: capName, bold: true, ink: ink, lines: 2, drop: 0.5}),
		who:     newLabel(style{size: capBody, ink: quiet, lines: 2, drop: 0.5}),
		closing: newLabel(style{size: capBody, bold: true, ink: errRed, lines: 2, drop: 0.5, align: fyne.TextAlignTrailing}),
	}
	s.cancel = newKey(k.gate, "cancel", k.say.cancel, glyphClose, capBody, plainTint(), k.home)
	s.back = newKey(k.gate, "back", k.say.back, glyphBack, capBody, plainTint(), func() { s.turn(false) })
	s.ok = newKey(k.gate, "ok", k.say.ok, glyphNone, capTitle, accentTint(), func() { s.given(strings.TrimSpace(s.field.text)) })
	s.field = newField(k.gate, "reason_text", k.say.reasonField, func() {})
	s.field.most = maxReason
	s.board = newKeyboard(k.gate, s.typed)
	objects := []fyne.CanvasObject{s.title.box, s.who.box, s.closing.box, s.cancel, s.back, s.ok, s.field}
	for i := range s.tiles {
		s.tiles[i] = newTile(k.gate, "", glyphAsk, plainTint(), nil)
		objects = append(objects, s.tiles[i])
	}
	objects = append(objects, s.board.box)
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// open asks title of who, and gives the answer to given.
func (s *reasonScreen) open(title, who string, ready [3]string, given func(string)) {
	s.given = given
	s.title.set(title)
	s.who.set(who)
	for i, words := range ready {
		s.tiles[i].say(reasonID(i), words, "", reasonSign(i), plainTint())
		s.tiles[i].act = func() { s.given(words) }
	}
	s.tiles[3].say("reason_other", s.k.say.reasonOther, "", glyphMore, plainTint())
	s.tiles[3].act = func() { s.turn(true) }
	s.turn(false)
}

func reasonID(i int) string { return "reason_" + string(rune('1'+i)) }

func reasonSign(i int) glyph { return [...]glyph{glyphAsk, glyphNew, glyphLock}[i] }

// turn changes between the ready answers and typing.
func (s *reasonScreen) turn(typing bool) {
	s.typing = typing
	s.field.set("")
	s.ok.enable(false)
	for _, t := range s.tiles {
		show(!typing, t)
	}
	show(!typing, s.cancel)
	show(typing, s.back, s.ok, s.field)
	s.board.show(typing)
	s.lay(s.size)
}

// typed takes one key. The first letter is a capital: it is read by people.
func (s *reasonScreen) typed(text string) {
	if s.field.text == "" {
		text = strings.ToUpper(text)
	}
	s.field.typed(text)
	s.ok.enable(strings.TrimSpace(s.field.text) != "")
}

// clear forgets what was typed, and who was asked.
func (s *reasonScreen) clear() {
	s.field.set("")
	s.who.set("")
	s.given = nil
}

// tick shows the countdown of the last seconds.
func (s *reasonScreen) tick(now time.Time) {
	words := ""
	if left := s.k.left(now); s.k.current == s && left <= warnFrom && !s.k.busy {
		words = s.k.say.closing(int(math.Ceil(max(0, left.Seconds()))))
	}
	s.closing.set(words)
}

func (s *reasonScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	r := p.safe()
	head := r.top(mm(p.pick(15, target)))
	key := head.left(mm(p.pick(40, 34)))
	key.put(s.cancel)
	key.put(s.back)
	head.left(mm(4))
	if s.typing {
		s.layTyping(p, head, r)
		return
	}
	s.layQuestion(p, head, &r)
	cols, rows := 2, 2
	if p.tall() {
		cols, rows = 1, 4
		r = r.bottom(min(r.h, mm(p.pick(150, 104))))
	} else {
		r = r.top(min(r.h, mm(p.pick(104, 60))))
	}
	for i, t := range s.tiles {
		t.title.sized(p.pick(capTitle+0.5, 4.6))
		r.cell(cols, rows, i, mm(gap)).put(t)
	}
}

// layQuestion puts the question and whom it is about under the head; where there
// is little height, into it.
func (s *reasonScreen) layQuestion(p panel, head rect, r *rect) {
	if p.low() {
		s.title.sized(capTitle).put(head)
		r.top(mm(4))
		line := r.top(mm(capBody))
		s.closing.put(line.right(mm(40)))
		s.who.put(line)
		r.top(mm(4))
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
func (s *reasonScreen) layTyping(p panel, head, r rect) {
	s.board.put(p, r.bottom(s.board.height(p)))
	r.bottom(mm(gap))
	head.right(mm(p.pick(34, 26))).put(s.ok)
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
	show(!s.typing, s.who.box)
}
