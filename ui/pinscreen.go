package ui

import (
	"slices"
	"strconv"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
)

// pinScreen asks one person for their PIN, or somebody for the Universal PIN of a
// team. It shows dots, never digits.
type pinScreen struct {
	page
	k      *Kiosk
	badge  *badge
	name   *label
	hint   *label
	dots   [pin.MaxLen]*plate
	back   *key
	forgot *key
	digits [10]*key
	clr    *key
	ok     *key
	person local.PersonCard
	typed  []byte
	team   bool // nobody's: the Universal PIN is asked for
	care   bool // a caretaker's: of any length
	disc   *plate
	crowd  *picture
	size   panel
}

func newPIN(k *Kiosk, name string, team bool) *pinScreen {
	s := &pinScreen{
		page: page{name: name, limit: pinLimit, settle: settle}, k: k, badge: newBadge().on(paper),
		team: team, disc: newDisc(ink), crowd: newPicture(glyphTeam, face),
		name: newLabel(style{size: capTitle, bold: true, ink: ink, lines: 2, drop: 0.5}),
		hint: newLabel(style{size: capBody, ink: quiet, lines: 2, drop: 0.5}),
	}
	s.back = newKey(k.gate, "back", "", glyphBack, capBody, plainTint(), func() { k.findPeople(k.people, k.people.query) })
	s.forgot = newKey(k.gate, "forgot", "", glyphNone, capBody, quietTint(), s.lost)
	s.clr = newKey(k.gate, "clear", "", glyphNone, capBody, plainTint(), s.wipe).quick("clear")
	s.ok = newKey(k.gate, "ok", "", glyphNone, capTitle, accentTint(), s.submit)
	show(team, s.disc.r, s.crowd.img)
	show(!team, s.badge.objects()...)
	show(!team, s.forgot)
	objects := append(s.badge.objects(), s.disc.r, s.crowd.img, s.name.box, s.hint.box, s.back, s.forgot, s.clr, s.ok)
	for i := range s.digits {
		d := strconv.Itoa(i)
		s.digits[i] = newKey(k.gate, "digit_"+d, d, glyphNone, capName, plainTint(), func() { s.press(d[0]) }).quick("digit")
		objects = append(objects, s.digits[i])
	}
	for i := range s.dots {
		s.dots[i] = newDisc(paper)
		objects = append(objects, s.dots[i].r)
	}
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// speak satisfies screen.
func (s *pinScreen) speak(w *words) {
	s.back.say(w.Back)
	s.forgot.say(w.Forgot)
	s.clr.say(w.Clear)
	s.ok.say(w.OK)
	s.lay(s.size)
}

// open asks person p.
func (s *pinScreen) open(p local.PersonCard) {
	s.person = p
	s.typed = s.typed[:0]
	s.badge.show(p.Name, p.State)
	s.name.set(p.Name)
	s.hint.set(s.k.say.EnterPIN)
	s.lay(s.size)
	s.mark()
}

// askCare makes this the screen that lets a caretaker in.
func (s *pinScreen) askCare() {
	s.care = true
	s.back.act = s.k.askKeeper
	show(false, s.forgot)
}

// openTeam asks for the Universal PIN.
func (s *pinScreen) openTeam() {
	s.typed = s.typed[:0]
	s.name.set(s.k.say.Team)
	s.hint.set(s.k.say.EnterUniversal)
	s.lay(s.size)
	s.mark()
}

// clear overwrites what was typed and forgets the person.
func (s *pinScreen) clear() {
	clear(s.typed[:cap(s.typed)])
	s.typed = s.typed[:0]
	s.person = local.PersonCard{}
}

func (s *pinScreen) wipe() {
	clear(s.typed)
	s.typed = s.typed[:0]
	s.mark()
}

func (s *pinScreen) press(d byte) {
	_, most := s.bounds()
	if len(s.typed) >= most {
		return
	}
	s.typed = append(s.typed, d)
	s.mark()
	if lengths := s.lengths(); len(lengths) == 1 && len(s.typed) == lengths[0] {
		s.submit()
	}
}

func (s *pinScreen) submit() {
	p, err := pin.Parse(string(s.typed))
	if err != nil { // too short: keep what is there
		return
	}
	s.hint.set(s.k.say.Checking)
	switch {
	case s.team:
		s.k.openTeam(p)
		return
	case s.care:
		s.k.openCare(s.person, p)
		return
	}
	s.k.identify(s.person, p)
}

// lost is the tap on "Forgot your PIN?".
func (s *pinScreen) lost() {
	who := s.person
	s.clear()
	s.k.askForgot(who)
}

// lengths gives every length that a PIN may have here; empty: nobody knows.
func (s *pinScreen) lengths() []int {
	if s.care {
		return nil // an admin who is not listed here counts in no length
	}
	if s.team {
		return []int{s.k.state.UniversalLen}
	}
	return s.k.state.PINLengths
}

// bounds gives the least and most digits that may be a PIN here.
func (s *pinScreen) bounds() (least, most int) {
	all := s.lengths()
	if len(all) == 0 {
		return pin.MinLen, pin.MaxLen
	}
	return slices.Min(all), min(pin.MaxLen, slices.Max(all))
}

// mark fills one dot for each digit. With one length the dots say how many are
// wanted; with several they grow.
func (s *pinScreen) mark() {
	least, _ := s.bounds()
	for i, d := range s.dots {
		d.line(quiet, 0.5)
		if i < len(s.typed) {
			d.fill(ink)
		} else {
			d.fill(paper)
		}
		if i < max(least, len(s.typed)) {
			d.r.Show()
		} else {
			d.r.Hide()
		}
	}
	s.ok.enable(len(s.typed) >= least)
}

func (s *pinScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	if p.tall() {
		s.layTall(p, p.safe())
	} else {
		s.layWide(p, p.safe())
	}
	if len(s.lengths()) == 1 {
		s.ok.Hide()
	} else {
		s.ok.Show()
	}
}

func (s *pinScreen) layWide(p panel, r rect) {
	pad := r.right(min(r.w*0.52, mm(150)))
	r.right(mm(p.pick(12, 5)))
	head := r.top(mm(p.pick(15, target)))
	head.left(s.back.width(mm(p.pick(34, 28)))).put(s.back)
	foot := r.bottom(mm(p.pick(15, target)))
	foot.left(min(foot.w, mm(p.pick(64, 58)))).put(s.forgot)
	r = r.middle(mm(p.pick(64, 42)))
	who := r.top(mm(p.pick(26, 15)))
	s.layWho(p, who)
	r.top(mm(p.pick(12, 6)))
	s.hint.put(r.top(mm(capBody)))
	r.top(mm(p.pick(7, 4)))
	s.layDots(p, r.top(mm(p.pick(8, 6))))
	s.layPad(pad.middle(min(pad.h, mm(124))))
}

func (s *pinScreen) layTall(p panel, r rect) {
	head := r.top(mm(p.pick(16, 14)))
	ends(&head, s.back, s.k.say.Back, mm(p.pick(34, 28)), s.forgot, mm(p.pick(50, 44)))
	keys := min(r.h*0.62, mm(116))
	s.layPad(r.bottom(keys))
	r.bottom(mm(4))
	r = r.middle(min(r.h, mm(p.pick(50, 38))))
	s.layWho(p, r.top(mm(p.pick(22, 16))))
	dots := r.bottom(mm(p.pick(8, 6)))
	s.layDots(p, dots)
	r.bottom(mm(3))
	r.top(mm(1))
	s.hint.put(r)
}

func (s *pinScreen) layWho(p panel, r rect) {
	disc := r.left(r.h)
	s.badge.put(disc)
	disc.put(s.disc.r)
	disc.centre(disc.w*0.6, disc.h*0.6).put(s.crowd.img)
	r.left(mm(4))
	s.name.sized(p.pick(capTitle+1, capTitle-0.5)).put(r)
}

func (s *pinScreen) layDots(p panel, r rect) {
	side := min(r.h, (r.w-7*mm(2))/8)
	for i, d := range s.dots {
		rect{r.x + float32(i)*(side+mm(p.pick(4, 2.5))), r.y, side, side}.put(d.r)
	}
}

func (s *pinScreen) layPad(r rect) {
	at := func(i int) rect { return r.cell(3, 4, i, mm(gap)) }
	for d := 1; d <= 9; d++ {
		at(d - 1).put(s.digits[d])
	}
	at(9).put(s.clr)
	at(10).put(s.digits[0])
	at(11).put(s.ok)
}
