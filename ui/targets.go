package ui

import (
	"fyne.io/fyne/v2"
)

// Target is something that can be tapped now. Units are the caller's choice of
// scale: see Targets.
type Target struct {
	Name string  `json:"name"`
	X    float32 `json:"x"`
	Y    float32 `json:"y"`
	W    float32 `json:"w"`
	H    float32 `json:"h"`
}

// Targets lists what can be tapped on the visible screen, in pixels at the given
// scale (pixels per Fyne unit). While a new screen settles, and while an answer is
// under way, it is empty: no touch counts.
func (k *Kiosk) Targets(scale float32) []Target {
	out := []Target{}
	if !k.settled || k.busy {
		return out
	}
	collect(k.current.head().box, fyne.NewPos(0, 0), func(t *touch, r rect) {
		if !t.off && t.id != "" {
			out = append(out, Target{t.id, r.x * scale, r.y * scale, r.w * scale, r.h * scale})
		}
	})
	return out
}

// collect walks the visible tree and reports everything with a touch.
func collect(o fyne.CanvasObject, at fyne.Position, found func(*touch, rect)) {
	if !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	if t, ok := o.(interface{ self() *touch }); ok {
		found(t.self(), rect{at.X, at.Y, o.Size().Width, o.Size().Height})
		return
	}
	if c, ok := o.(*fyne.Container); ok {
		for _, child := range c.Objects {
			collect(child, at, found)
		}
	}
}

func (t *touch) self() *touch { return t }
