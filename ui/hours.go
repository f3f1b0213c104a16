package ui

import (
	"context"
	"math"
	"time"

	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/device/local"
)

// maxPast is how many of one's own punches are shown.
const maxPast = 10

// hoursScreen is what a person may see of their own time: sums on one side, the
// last punches on the other. Panels with little room show one at a time.
type hoursScreen struct {
	page
	k       *Kiosk
	title   *label
	closing *label
	back    *key
	turnKey *key
	sums    [2]sum
	days    [7]dayBar
	past    [maxPast]pastRow
	empty   *label
	through *label
	v       local.Hours
	list    bool // the list is turned to, where there is room for one side only
	size    panel
}

func newHours(k *Kiosk) *hoursScreen {
	s := &hoursScreen{
		page: page{name: "hours", limit: profileLimit, settle: settle}, k: k,
		title:   newLabel(style{size: capTitle, bold: true, ink: ink, lines: 2, drop: 0.5}),
		closing: newLabel(style{size: capBody, bold: true, ink: errWord, lines: 2, drop: 0.5, align: fyne.TextAlignTrailing}),
		empty:   newLabel(style{size: capBody, ink: quiet, lines: 2}),
		through: newLabel(style{size: capSmall, ink: quiet, lines: 2, drop: 1}),
	}
	s.back = newKey(k.gate, "back", "", glyphBack, capBody, plainTint(), func() {
		k.show(k.choose)
		k.changed()
	})
	s.turnKey = newKey(k.gate, "turn", "", glyphNone, capBody, plainTint(), func() {
		s.list = !s.list
		s.lay(s.size)
		k.changed()
	})
	objects := []fyne.CanvasObject{s.title.box, s.closing.box, s.back, s.turnKey, s.empty.box, s.through.box}
	for i := range s.sums {
		s.sums[i] = newSum()
		objects = append(objects, s.sums[i].objects()...)
	}
	for i := range s.days {
		s.days[i] = newDayBar()
		objects = append(objects, s.days[i].objects()...)
	}
	for i := range s.past {
		s.past[i] = newPastRow()
		objects = append(objects, s.past[i].objects()...)
	}
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// speak satisfies screen.
func (s *hoursScreen) speak(w *words) {
	s.title.set(w.MyHours)
	s.back.say(w.Back)
	s.sums[0].title.set(w.Today)
	s.sums[1].title.set(w.Week)
	s.empty.set(w.NoPunches)
}

// askHours is the tap on "My hours".
func (k *Kiosk) askHours() {
	var h local.Hours
	id := k.session
	k.ask(func(ctx context.Context) (err error) {
		h, err = k.cfg.Desk.Hours(ctx, id)
		return err
	}, func(err error) {
		if err != nil {
			k.refuse(refusalOf(k, err, nil))
			return
		}
		k.hours.open(h)
		k.show(k.hours)
		k.changed()
	})
}

func (s *hoursScreen) open(h local.Hours) {
	w := s.k.say
	s.v, s.list = h, false
	s.sums[0].value.set(w.length(time.Duration(h.Today) * time.Millisecond))
	s.sums[1].value.set(w.length(time.Duration(h.Week) * time.Millisecond))
	for i := range s.days {
		if i < len(h.Days) {
			s.days[i].open(w, h.Days[i])
		}
	}
	now := s.k.cfg.Now().In(s.k.zone)
	for i := range s.past {
		if i < len(h.Last) {
			s.past[i].open(w, h.Last[i], s.k.at(h.Last[i].At), now)
		}
	}
	s.through.set("")
	if h.Through > 0 {
		s.through.set(fill(w.Elsewhere, "time", w.clock(s.k.at(h.Through))))
	}
	s.lay(s.size)
}

// clear forgets whose hours these were.
func (s *hoursScreen) clear() {
	s.v = local.Hours{}
	for i := range s.past {
		s.past[i].clear()
	}
	for i := range s.sums {
		s.sums[i].value.set("")
	}
}

// tick shows the countdown of the last seconds.
func (s *hoursScreen) tick(now time.Time) {
	words := ""
	if left := s.k.left(now); s.k.current == s && left <= warnFrom && !s.k.busy {
		words = s.k.say.closing(int(math.Ceil(max(0, left.Seconds()))))
	}
	s.closing.set(words)
}

func (s *hoursScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	r := p.safe()
	head := r.top(mm(p.pick(15, target)))
	both := p.large() && !p.tall() && p.w >= mm(190)
	show(!both, s.turnKey)
	if both {
		s.back.say(s.k.say.Back)
		head.left(s.back.width(mm(40))).put(s.back)
	} else {
		s.turnKey.rename("turn", map[bool]string{true: s.k.say.MyHours, false: s.k.say.LastPunches}[s.list])
		ends(&head, s.back, s.k.say.Back, mm(p.pick(40, 32)), s.turnKey, mm(p.pick(52, 40)))
	}
	head.left(mm(1.3))
	s.closing.put(head.right(head.w * 0.4))
	s.title.sized(p.pick(capName, 4.5)).put(head)
	show(!p.tall() || p.large(), s.title.box)
	r.top(mm(p.pick(10, 5)))
	left, right := r, r
	if both {
		left = r.left(r.w * 0.46)
		r.left(mm(12))
		right = r
	}
	s.laySums(p, left, both || !s.list)
	s.layPast(p, right, both || s.list)
}

func (s *hoursScreen) laySums(p panel, r rect, on bool) {
	foot := r.bottom(mm(capSmall))
	s.through.put(foot)
	show(on, s.through.box)
	r.bottom(mm(4))
	row := r.top(mm(p.pick(30, 17)))
	for i, one := range s.sums {
		show(on, one.objects()...)
		one.put(p, row.cell(2, 1, i, mm(4)))
	}
	r.top(mm(p.pick(8, 4)))
	most := int64(8 * time.Hour / time.Millisecond)
	for _, d := range s.v.Days {
		most = max(most, d.Worked)
	}
	for i, one := range s.days {
		there := on && i < len(s.v.Days)
		show(there, one.objects()...)
		if there {
			d := min(mm(1.5), r.h*0.035)
			h := min((r.h-6*d)/7, mm(10))
			one.put(rect{r.x, r.y + float32(i)*(h+d), r.w, h}, float32(s.v.Days[i].Worked)/float32(most))
		}
	}
}

func (s *hoursScreen) layPast(p panel, r rect, on bool) {
	show(on && len(s.v.Last) == 0, s.empty.box)
	s.empty.put(r)
	cols := 1
	if p.low() {
		cols = 2 // two columns of five
	}
	most := maxPast
	if p.zoom > 1 && (p.low() || p.tall()) {
		most -= 2 // rather fewer than too small to read
	}
	rows := most / cols
	d := mm(p.pick(2, 1.4))
	h := min((r.h-d*float32(rows-1))/float32(rows), mm(13))
	w := (r.w - mm(6)*float32(cols-1)) / float32(cols)
	for i, one := range s.past {
		there := on && i < min(most, len(s.v.Last))
		show(there, one.objects()...)
		if there {
			one.put(rect{r.x + float32(i/rows)*(w+mm(6)), r.y + float32(i%rows)*(h+d), w, h})
		}
	}
}
