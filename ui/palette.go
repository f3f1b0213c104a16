package ui

// colour is a role: what something is painted in, not how that looks. A palette
// says how it looks, and which palette holds is the theme's (theme.go).
type colour uint8

// The roles. A fill has its own text (on…), its ledge, and a ground: the same
// meaning as the whole screen's colour, which may be deeper. Lit is what is
// written on grounds.
const (
	noColour colour = iota

	paper // the ground of a screen
	face  // keys, cards, fields
	hair  // hairlines
	shade // the ledge under a key; what is still to come
	sunk  // a key held down
	faint // the word of a key that does nothing now
	ink
	quiet

	accent // the one key that is meant, and what is chosen
	onAccent
	accentLedge
	accentLine // accent as a line or a picture on paper and face
	accentGround

	inFill
	onIn
	inLedge
	inWord // in as text on paper and face
	inGround
	inDeep

	outFill
	onOut
	outLedge
	outGround
	outDeep

	breakFill
	onBreak
	breakLedge
	breakGround
	breakLit
	breakDeep

	errFill
	onErr
	errLedge
	errWord
	errGround

	okFill
	onOk
	okGround

	lit
	night // the black of a sleeping panel
	moon  // the time on it

	plateLight // under a dark logo
	plateDark  // under a light one

	colours // how many there are
)

// palette gives each role its look.
type palette [colours]rgb

// lightPalette is ink on paper. Blue and orange-red stay apart for people who do
// not see red and green.
func lightPalette() palette {
	return palette{
		paper: 0xF6F3EC, face: 0xFFFFFF, hair: 0xDCD6C9, shade: 0xC9C1B0, sunk: 0xECE7DB, faint: 0xC9C1B0,
		ink: 0x14202B, quiet: 0x474D54,
		accent: 0x0A4F96, onAccent: 0xFFFFFF, accentLedge: 0x073A70, accentLine: 0x0A4F96, accentGround: 0x0A4F96,
		inFill: 0x0A4F96, onIn: 0xFFFFFF, inLedge: 0x073A70, inWord: 0x0A4F96, inGround: 0x0A4F96, inDeep: 0x073A70,
		outFill: 0x963600, onOut: 0xFFFFFF, outLedge: 0x6E2700, outGround: 0x963600, outDeep: 0x6E2700,
		breakFill: 0xE69F00, onBreak: 0x000000, breakLedge: 0xB87F00,
		breakGround: 0xE69F00, breakLit: 0x000000, breakDeep: 0xB87F00,
		errFill: 0x8B1A1A, onErr: 0xFFFFFF, errLedge: 0x651010, errWord: 0x8B1A1A, errGround: 0x8B1A1A,
		okFill: 0x00624C, onOk: 0xFFFFFF, okGround: 0x00624C,
		lit: 0xFFFFFF, night: 0x000000, moon: 0xA8ADB2, plateLight: 0xFFFFFF, plateDark: 0x14202B,
	}
}

// darkPalette is for dim halls: lighter fills with dark words, and deep grounds,
// so that a receipt does not dazzle.
func darkPalette() palette {
	return palette{
		paper: 0x121212, face: 0x1F2225, hair: 0x3B4147, shade: 0x3B4147, sunk: 0x2C3035, faint: 0x5A6169,
		ink: 0xF3F0E9, quiet: 0xB9BFC5,
		accent: 0x8FBFF6, onAccent: 0x0A1622, accentLedge: 0x5B8DC6, accentLine: 0x8FBFF6, accentGround: 0x0B3F7A,
		inFill: 0x8FBFF6, onIn: 0x0A1622, inLedge: 0x5B8DC6, inWord: 0x8FBFF6, inGround: 0x0B3F7A, inDeep: 0x072B55,
		outFill: 0xF4AA7F, onOut: 0x241005, outLedge: 0xBE7A53, outGround: 0x7C2D00, outDeep: 0x551F00,
		breakFill: 0xF0B840, onBreak: 0x1C1300, breakLedge: 0xB58420,
		breakGround: 0x5C4000, breakLit: 0xFFF6E0, breakDeep: 0x3E2B00,
		errFill: 0xFFA199, onErr: 0x2A0606, errLedge: 0xC56C65, errWord: 0xFFA199, errGround: 0x7D1717,
		okFill: 0x63D2B4, onOk: 0x00221A, okGround: 0x00523F,
		lit: 0xFFFFFF, night: 0x000000, moon: 0xA8ADB2, plateLight: 0xFFFFFF, plateDark: 0x14202B,
	}
}

// contrastPalette has no greys: white and four clear colours on black.
func contrastPalette() palette {
	return palette{
		paper: 0x000000, face: 0x000000, hair: 0xFFFFFF, shade: 0x8A8A8A, sunk: 0x4A4A4A, faint: 0x9A9A9A,
		ink: 0xFFFFFF, quiet: 0xFFFFFF,
		accent: 0xFFFFFF, onAccent: 0x000000, accentLedge: 0xB0B0B0, accentLine: 0xFFE14D, accentGround: 0xFFFFFF,
		inFill: 0x6CC4FF, onIn: 0x000000, inLedge: 0x4A9BD0, inWord: 0x6CC4FF, inGround: 0x6CC4FF, inDeep: 0x2F7FB4,
		outFill: 0xFFA066, onOut: 0x000000, outLedge: 0xCC7A48, outGround: 0xFFA066, outDeep: 0xB4622F,
		breakFill: 0xFFE14D, onBreak: 0x000000, breakLedge: 0xC9AF2B,
		breakGround: 0xFFE14D, breakLit: 0x000000, breakDeep: 0xA68F1C,
		errFill: 0xFFB0B0, onErr: 0x000000, errLedge: 0xCC8080, errWord: 0xFFB0B0, errGround: 0xFFB0B0,
		okFill: 0x6CF0C2, onOk: 0x000000, okGround: 0x6CF0C2,
		lit: 0x000000, night: 0x000000, moon: 0xC8C8C8, plateLight: 0xFFFFFF, plateDark: 0x14202B,
	}
}

// darker gives the palette with so many percent of its light.
func (p palette) darker(percent int) palette {
	for i, c := range p {
		p[i] = c.mix(black, 1-float64(percent)/100)
	}
	return p
}

// tint is how something is coloured: its fill, what is written on it, its ledge
// and its fill while held down.
type tint struct{ fill, text, ledge, held colour }

func plainTint() tint  { return tint{face, ink, shade, sunk} }
func accentTint() tint { return tint{accent, onAccent, accentLedge, accentLedge} }
func quietTint() tint  { return tint{paper, ink, shade, sunk} }
func inTint() tint     { return tint{inFill, onIn, inLedge, inLedge} }
func outTint() tint    { return tint{outFill, onOut, outLedge, outLedge} }
func breakTint() tint  { return tint{breakFill, onBreak, breakLedge, breakLedge} }
func errorTint() tint  { return tint{errFill, onErr, errLedge, errLedge} }

// offTint is a key that does nothing now: flat, and pale on purpose.
func offTint() tint { return tint{paper, faint, paper, paper} }

// ground gives the tint for a whole screen.
func (t tint) ground() tint {
	switch t.fill {
	case inFill:
		return tint{inGround, lit, inDeep, inDeep}
	case outFill:
		return tint{outGround, lit, outDeep, outDeep}
	case breakFill:
		return tint{breakGround, breakLit, breakDeep, breakDeep}
	case errFill:
		return tint{errGround, lit, errGround, errGround}
	case accent:
		return tint{accentGround, lit, accentGround, accentGround}
	}
	return t
}
