package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

// sum is one large figure under its title.
type sum struct{ title, value *label }

func newSum() sum {
	return sum{
		newLabel(style{size: capBody, ink: quiet}),
		newLabel(style{size: capName, bold: true, ink: ink, drop: 0.5}),
	}
}

func (s sum) objects() []fyne.CanvasObject { return []fyne.CanvasObject{s.title.box, s.value.box} }

func (s sum) put(p panel, r rect) {
	s.title.put(r.top(mm(capBody)))
	r.top(mm(p.pick(4, 2.5)))
	s.value.sized(p.pick(10, capName)).put(r)
}

// dayBar is one day of the week: its name, a bar, its hours.
type dayBar struct {
	day   *label
	track *plate
	bar   *plate
	hours *label
}

func newDayBar() dayBar {
	return dayBar{
		newLabel(style{size: capBody, ink: ink, drop: 0.5}), newPlate(hair, 1), newPlate(accentLine, 1),
		newLabel(style{size: capSmall, ink: ink, drop: 0.5, align: fyne.TextAlignTrailing}),
	}
}

func (d dayBar) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{d.day.box, d.track.r, d.bar.r, d.hours.box}
}

func (d dayBar) open(w *words, v local.Day) {
	date, err := time.Parse(time.DateOnly, v.Date)
	if err == nil {
		d.day.set(w.dayShort(date))
	}
	d.hours.set(w.length(time.Duration(v.Worked) * time.Millisecond))
	if v.Doubt {
		d.hours.set(w.EndUnknown)
	}
}

func (d dayBar) put(r rect, part float32) {
	d.day.put(r.left(mm(13)))
	d.hours.put(r.right(mm(34)))
	r.right(mm(3))
	bar := r.middle(min(r.h, mm(3.5)))
	bar.put(d.track.r)
	show(part > 0, d.bar.r)
	rect{bar.x, bar.y, max(mm(1), bar.w*min(1, part)), bar.h}.put(d.bar.r)
}

// pastRow is one of the last punches: when, what, and what else is to be known.
type pastRow struct {
	disc  *plate
	image *picture
	when  *label
	what  *label
}

func newPastRow() pastRow {
	return pastRow{
		newDisc(inFill), newPicture(glyphIn, onIn),
		newLabel(style{size: capSmall, bold: true, ink: ink, drop: 0.5}),
		newLabel(style{size: capSmall, ink: quiet, drop: 0.5, lines: 2}),
	}
}

func (r pastRow) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.disc.r, r.image.img, r.when.box, r.what.box}
}

func (r pastRow) open(w *words, p local.Past, at, now time.Time) {
	sign, t := looks(p.Action)
	if p.Action == attendance.Unresolved {
		sign, t = glyphAsk, outTint()
	}
	r.disc.fill(t.fill)
	r.image.set(sign, t.text)
	r.when.set(w.dayOf(at, now) + "  " + w.clock(at))
	text := w.past(p)
	for _, more := range []string{p.Project, p.Kiosk} {
		if more != "" {
			text += " \u00b7 " + more
		}
	}
	if p.Fixed {
		text += " \u00b7 " + w.BySupervisor
	}
	r.what.set(text)
}

func (r pastRow) clear() {
	r.when.set("")
	r.what.set("")
}

func (r pastRow) put(a rect) {
	side := min(a.h, mm(8))
	disc := a.left(side).middle(side)
	disc.put(r.disc.r)
	disc.centre(side*0.62, side*0.62).put(r.image.img)
	a.left(mm(3))
	if a.h < mm(11) && a.w > mm(70) { // beside each other
		r.when.put(a.left(mm(44)))
		r.what.put(a)
		return
	}
	in := a.middle(min(a.h, mm(12)))
	r.when.put(in.top(min(in.h*0.45, mm(capSmall+0.3))))
	r.what.put(in)
}
