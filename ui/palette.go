package ui

// colour is 0xRRGGBB, opaque. As a constant it needs no package variable.
type colour uint32

// RGBA satisfies color.Color.
func (c colour) RGBA() (r, g, b, a uint32) {
	return uint32(c>>16&0xff) * 0x101, uint32(c>>8&0xff) * 0x101, uint32(c&0xff) * 0x101, 0xffff
}

// The palette: ink on paper, one accent, and four colours that mean something.
// Text reaches 7:1 on what it stands on (contrast_test.go). Blue and orange-red
// stay apart for people who do not see red and green.
const (
	paper  colour = 0xF6F3EC
	white  colour = 0xFFFFFF
	hair   colour = 0xDCD6C9 // hairlines
	shade  colour = 0xC9C1B0 // the ledge under a key
	sunk   colour = 0xECE7DB // a key held down
	ink    colour = 0x14202B
	quiet  colour = 0x474D54
	accent colour = 0x0A4F96

	inBlue    colour = 0x0A4F96
	inDeep    colour = 0x073A70
	outRust   colour = 0x963600
	outDeep   colour = 0x6E2700
	amber     colour = 0xE69F00
	amberDeep colour = 0xB87F00
	errRed    colour = 0x8B1A1A
	errDeep   colour = 0x651010
	okGreen   colour = 0x00624C
	black     colour = 0x000000
	moon      colour = 0xA8ADB2 // the time at night
)

// tint is how something is coloured: its fill, what is written on it, its ledge
// and its fill while held down.
type tint struct{ fill, text, ledge, held colour }

func plainTint() tint  { return tint{white, ink, shade, sunk} }
func accentTint() tint { return tint{accent, white, inDeep, inDeep} }
func quietTint() tint  { return tint{paper, ink, shade, sunk} }
func inTint() tint     { return tint{inBlue, white, inDeep, inDeep} }
func outTint() tint    { return tint{outRust, white, outDeep, outDeep} }
func breakTint() tint  { return tint{amber, black, amberDeep, amberDeep} }

// offTint is a key that does nothing now: flat, and pale on purpose.
func offTint() tint   { return tint{paper, shade, paper, paper} }
func errorTint() tint { return tint{errRed, white, errDeep, errDeep} }
