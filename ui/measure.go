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

// Scale gives Fyne's scale (pixels for a unit) for a panel that is px pixels and
// widthMM millimetres wide. Fyne rounds it to a tenth, so it is rounded here.
func Scale(px int, widthMM float32) float32 {
	s := float64(px) / float64(widthMM) / UnitsPerMM
	if widthMM >= grandWidth {
		s *= grandZoom
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
}

func panelOf(s fyne.Size) panel { return panel{s.Width, s.Height} }

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
func (p panel) safe() rect { return p.whole().inset(mm(bezel)) }
