package ui

import (
	"math"

	"fyne.io/fyne/v2"
)

// UnitsPerMM is how many Fyne units make a millimetre on the glass.
const UnitsPerMM = 5

// A panel of this width or more is looked at from further away: everything on
// it is larger by a fifth.
const (
	grandWidth = 280
	grandZoom  = 1.2
)

// largeZoom is how much larger everything is where large text is wanted: it is
// laid out as on a smaller panel, so no screen has to know. More does not fit on
// 800 by 480 pixels.
const largeZoom = 1.2

// Scale gives Fyne's scale (pixels for a unit) for a panel that is px pixels and
// widthMM millimetres wide, with large text or without. Fyne rounds it to a tenth,
// so it is rounded here.
func Scale(px int, widthMM float32, large bool) float32 {
	s := float64(px) / float64(widthMM) / UnitsPerMM
	if widthMM >= grandWidth {
		s *= grandZoom
	}
	if large {
		s *= largeZoom
	}
	return float32(math.Round(s*10) / 10)
}

// Distances, in millimetres. A fingertip is about 10 mm wide and cold ones miss
// by more, hence the bezel and gap: a tap that lands between two keys is
// ignored instead of guessed.
const (
	bezel  = 5.5 // nothing to tap closer to the edge of the glass
	gap    = 2.7 // between two things to tap; Fyne may round its scale down by 4 %
	target = 13  // the least side of anything to tap
	ledge  = 0.7 // how far a key goes down
	radius = 2   // of a key's corners
)

// Type sizes, as the height of a capital letter in millimetres.
const (
	capSmall   = 3.5 // only the state on a card
	capBody    = 4.0
	capTitle   = 5.5
	capName    = 8.0
	capDisplay = 10.0
	capLeast   = 2.6 // how far a text may shrink before it must break a word
)

// IBM Plex Sans, in parts of its em: from its OS/2 and hhea tables.
const (
	plexCap     = 0.698
	plexAscent  = 1.025
	leading     = 1.28 // baseline to baseline
	plexBearing = 0.05 // the blank before a digit: large ones are set out by it
)

// mm gives Fyne units for millimetres.
func mm(v float32) float32 { return v * UnitsPerMM }

// emFor gives the text size whose capitals are v millimetres high.
func emFor(v float32) float32 { return mm(v) / plexCap }

// panel describes the glass that a screen is laid out on.
type panel struct {
	w, h float32 // units
	zoom float32 // how much larger than usual all is: large text
}

func panelOf(s fyne.Size, zoom float32) panel { return panel{s.Width, s.Height, max(1, zoom)} }

// fixed gives Fyne units for millimetres that large text leaves as they are: what
// only has to be hit need not grow.
func (p panel) fixed(v float32) float32 { return mm(v) / p.zoom }

// tall says that the panel is upright.
func (p panel) tall() bool { return p.h > p.w }

// large says that the panel is about 10 inches or more.
func (p panel) large() bool { return min(p.w, p.h) >= mm(110) }

// low says that there is little height: a 7-inch panel lying down.
func (p panel) low() bool { return p.h < mm(110) }

// pick gives the value for large or small panels.
func (p panel) pick(large, small float32) float32 {
	if p.large() {
		return large
	}
	return small
}

// whole gives the panel's full area.
func (p panel) whole() rect { return rect{0, 0, p.w, p.h} }

// safe gives the area in which things may be tapped.
func (p panel) safe() rect { return p.whole().inset(p.fixed(bezel)) }
