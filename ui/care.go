package ui

import (
	"math"
	"time"

	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/device/local"
)

// careLimit is how long Maintenance stays open without a touch; the service
// closes its session after the same time.
const careLimit = 3 * time.Minute

// maxFacts is how many lines of facts there are.
const maxFacts = 12

// careScreen is Maintenance: facts, and what can be done. Panels with little room
// show one at a time.
type careScreen struct {
	page
	k       *Kiosk
	title   *label
	closing *label
	back    *key
	turnKey *key
	next    *key
	rows    [maxFacts]factRow
	tiles   [6]*tile
	news    *label // what came of the last action
	c       local.Condition
	from    int  // the first fact on the page
	actions bool // turned to, where there is room for one side only
	size    panel
}

func newCare(k *Kiosk) *careScreen {
	s := &careScreen{
		page: page{name: "maintenance", limit: careLimit, settle: settle}, k: k,
		title:   newLabel(style{size: capTitle, bold: true, ink: ink, lines: 2, drop: 0.5}),
		news:    newLabel(style{size: capBody, bold: true, ink: accentLine, lines: 2, drop: 0.5}),
		closing: newLabel(style{size: capBody, ink: quiet, lines: 2, drop: 0.5, align: fyne.TextAlignTrailing}),
	}
	s.back = newKey(k.gate, "back", "", glyphBack, capBody, plainTint(), k.home)
	s.turnKey = newKey(k.gate, "turn", "", glyphNone, capBody, accentTint(), func() {
		s.actions = !s.actions
		s.lay(s.size)
		k.changed()
	})
	s.next = newKey(k.gate, "next", "", glyphDown, capTitle, plainTint(), func() {
		s.from += s.perPage()
		s.lay(s.size)
		k.changed()
	})
	objects := []fyne.CanvasObject{s.title.box, s.closing.box, s.back, s.turnKey, s.next, s.news.box}
	for i := range s.rows {
		s.rows[i] = newFactRow()
		objects = append(objects, s.rows[i].objects()...)
	}
	for i, act := range []func(){k.syncNow, k.callRoll, k.testScreen, k.learnReader, k.askRestart, k.lookForNetworks} {
		s.tiles[i] = newTile(k.gate, "", glyphMore, plainTint(), act)
		objects = append(objects, s.tiles[i])
	}
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// speak satisfies screen.
func (s *careScreen) speak(w *words) {
	s.title.set(w.Maintenance)
	s.back.say(w.Back)
	s.retile()
	if s.c.Session != "" {
		s.refill()
	}
}

// open shows a condition.
func (s *careScreen) open(c local.Condition) {
	s.c = c
	s.news.set("")
	s.actions, s.from = false, 0
	s.refill()
	s.retile()
	s.lay(s.size)
}

// tell says what came of an action.
func (s *careScreen) tell(news string) { s.news.set(news) }

// interrupt says what came of something else meanwhile, where it can be read.
func (s *careScreen) interrupt(news string) {
	s.actions = true
	s.tell(news)
	s.lay(s.size)
}

// update takes a newer condition without forgetting what was done.
func (s *careScreen) update(c local.Condition) {
	s.c = c
	s.refill()
}

// clear forgets who has looked after the clock.
func (s *careScreen) clear() {
	s.c = local.Condition{}
	s.news.set("")
}

func (s *careScreen) refill() {
	for i, f := range s.k.say.facts(s.c, s.k.cfg.Now(), s.k.zone) {
		s.rows[i].set(f)
	}
}

// retile has each tile say what it does; where there is little room, only that.
func (s *careScreen) retile() {
	w := s.k.say
	brief := s.size.low() || s.both()
	for i, t := range []struct {
		id, title, sub string
		sign           glyph
	}{
		{"sync", w.SyncNow, w.SyncSub, glyphSwap},
		{"roll_call", w.RollCall, w.RollCallSub, glyphTeam},
		{"screen_test", w.ScreenTest, w.ScreenTestSub, glyphNote},
		{"learn_reader", w.LearnReader, w.LearnSub, glyphNew},
		{"restart", w.Restart, w.RestartSub, glyphWait},
		{"wifi", w.Wifi, w.WifiSub, glyphWiFi},
	} {
		if brief {
			t.sub = ""
		}
		s.tiles[i].say(t.id, t.title, t.sub, t.sign, plainTint())
	}
}

// tick shows the countdown of the last seconds, else whose session it is; and what
// has changed about the conversation with central.
func (s *careScreen) tick(now time.Time) {
	if s.c.Session == "" {
		return
	}
	st := s.k.state
	if s.k.known && (st.Connected != s.c.Connected || st.Queue != s.c.Queue || st.LastContact != s.c.LastContact || st.Dismissed != s.c.Dismissed) {
		s.c.State = st
		s.refill()
	}
	words := s.c.Name
	if left := s.k.left(now); s.k.current == s && left <= warnFrom && !s.k.busy {
		words = s.k.say.closing(int(math.Ceil(max(0, left.Seconds()))))
	}
	s.closing.set(words)
}

func (s *careScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	both := s.both()
	s.layHead(p, both)
	facts, acts := s.areas(p)
	s.layFacts(p, facts, both || !s.actions)
	s.layTiles(p, acts, both || s.actions)
}

// both says that there is room for the facts and, below them, the actions.
func (s *careScreen) both() bool { return !s.size.tall() && s.size.h >= mm(150) }

// areas gives where the facts and the actions are.
func (s *careScreen) areas(p panel) (facts, acts rect) {
	r := p.safe()
	r.top(mm(p.pick(15, target)) + mm(p.pick(9, 4)))
	switch {
	case s.both():
		acts = r.bottom(mm(38))
		return r, acts
	case p.tall():
		facts = r
		facts.bottom(mm(target + 3)) // the key for more
		return facts, r
	}
	return r, r
}

// grid gives the facts' columns, and how high a row is.
func (s *careScreen) grid() (cols int, row float32) {
	switch {
	case s.both():
		return 2, mm(14.2)
	case s.size.tall():
		return 1, mm(s.size.pick(16, 14))
	}
	return 2, mm(s.size.pick(16, 15.5))
}

// perPage is how many facts there are on a page.
func (s *careScreen) perPage() int {
	r, _ := s.areas(s.size)
	cols, row := s.grid()
	return max(1, int(r.h/row)) * cols
}

func (s *careScreen) layHead(p panel, both bool) {
	head := p.safe()
	head = head.top(mm(p.pick(15, target)))
	half := (head.w - mm(gap)) / 2
	head.left(min(half, mm(p.pick(40, 30)))).put(s.back)
	show(!both, s.turnKey)
	if !both {
		head.right(min(half, mm(p.pick(52, 38)))).put(s.turnKey)
		head.right(mm(gap))
		s.turnKey.rename("turn", map[bool]string{true: s.k.say.CareState, false: s.k.say.CareActions}[s.actions])
	}
	more := s.perPage() < maxFacts && !s.actions
	show(more, s.next)
	if more && p.tall() {
		r := p.safe()
		r.bottom(mm(target)).put(s.next)
	} else if more {
		head.right(head.h).put(s.next)
		head.right(mm(gap))
	}
	head.left(mm(5))
	show(head.w >= mm(20), s.title.box) // rather nothing than something too small to read
	show(head.w >= mm(45), s.closing.box)
	title := head
	if head.w >= mm(45) {
		title = head.left(head.w * 0.6)
	}
	s.title.sized(p.pick(capName, 4.5)).put(title)
	s.closing.put(head)
}

// layFacts puts a page of facts into its columns.
func (s *careScreen) layFacts(p panel, r rect, on bool) {
	cols, row := s.grid()
	per := s.perPage()
	if s.from >= maxFacts {
		s.from = 0
	}
	rows := per / cols
	w := (r.w - mm(6)*float32(cols-1)) / float32(cols)
	for i, one := range s.rows {
		n := i - s.from
		there := on && n >= 0 && n < per
		show(there, one.objects()...)
		if there {
			one.put(p, rect{r.x + float32(n/rows)*(w+mm(6)), r.y + float32(n%rows)*row, w, row - mm(1.2)})
		}
	}
}

// layTiles puts what can be done under what came of it.
func (s *careScreen) layTiles(p panel, r rect, on bool) {
	show(on, s.news.box)
	tiles := s.tiles[:]
	if !s.k.state.Wireless {
		tiles = s.tiles[:len(s.tiles)-1] // there is no Wi-Fi to set up
		show(false, s.tiles[len(tiles)])
	}
	cols := 2
	switch {
	case s.both():
		cols = len(tiles)
	case p.tall() && !p.large():
		cols = 1
	}
	rows := (len(tiles) + cols - 1) / cols
	s.news.put(r.top(mm(9)))
	r.top(mm(p.pick(4, 2)))
	r = r.top(min(r.h, mm(p.pick(30, 22))*float32(rows)))
	s.retile()
	size := p.pick(capTitle-0.5, 4.2)
	if s.both() {
		size = 4.2
	}
	for i, t := range tiles {
		show(on, t)
		t.title.sized(size)
		t.sub.sized(p.pick(capBody, 3.3))
		r.cell(cols, rows, i, mm(gap)).put(t)
	}
}
