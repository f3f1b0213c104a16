package ui

import (
	"math"
	"strconv"
	"strings"
)

// What is read has a contrast of at least readContrast with its ground, and a
// shape that means something at least shapeContrast (WCAG 2.2, 1.4.6 and 1.4.11).
const (
	readContrast  = 7
	shapeContrast = 3
)

// parseRGB reads #rrggbb.
func parseRGB(s string) (rgb, bool) {
	hex, ok := strings.CutPrefix(s, "#")
	if !ok || len(hex) != 6 {
		return 0, false
	}
	v, err := strconv.ParseUint(hex, 16, 32)
	return rgb(v), err == nil
}

// contrast is WCAG 2's ratio, from 1 to 21.
func (c rgb) contrast(d rgb) float64 {
	a, b := c.luminance(), d.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// luminance is WCAG 2's relative luminance, from 0 to 1.
func (c rgb) luminance() float64 {
	lin := func(v rgb) float64 {
		s := float64(v&0xff) / 0xff
		if s <= 0.03928 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(c>>16) + 0.7152*lin(c>>8) + 0.0722*lin(c)
}

// mix goes part of the way, 0 to 1, to black or white: neither changes the hue.
func (c rgb) mix(end rgb, part float64) rgb {
	var out rgb
	for shift := 16; shift >= 0; shift -= 8 {
		from, to := float64(c>>shift&0xff), float64(end>>shift&0xff)
		out |= rgb(math.Round(from+(to-from)*part)) << shift
	}
	return out
}

// until moves c to end, no further than it must, until it has the contrast with
// all the others.
func (c rgb) until(end rgb, ratio float64, others ...rgb) rgb {
	for step := range 101 {
		moved := c.mix(end, float64(step)/100)
		least := math.Inf(1)
		for _, o := range others {
			least = min(least, moved.contrast(o))
		}
		if least >= ratio {
			return moved
		}
	}
	return end
}

const (
	black rgb = 0x000000
	white rgb = 0xFFFFFF
)

// withAccent gives p an accent of somebody's choice, moved in lightness as far as
// it must be to be read: on light paper to the nearer of what carries white or
// black words, on dark paper always to what carries dark ones. Its hue stays.
func (p palette) withAccent(c rgb) palette {
	dark := p[paper].luminance() < 0.5
	away := black // from the paper
	if dark {
		away = white
	}
	fill, on, held := c.until(white, readContrast, black), black, 0.15
	if deep := c.until(black, readContrast, white); !dark && c.contrast(deep) <= c.contrast(fill) {
		fill, on, held = deep, white, 0.3
	}
	p[accent], p[onAccent] = fill, on
	p[accentLedge] = fill.mix(black, held).until(away, shapeContrast, p[paper], p[face])
	p[accentLine] = fill.until(away, shapeContrast, p[paper], p[face])
	p[accentGround] = c.until(black, readContrast, p[lit])
	return p
}
