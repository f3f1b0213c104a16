package settings

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// readContrast is the least contrast of words with their ground (WCAG 2.2, 1.4.6).
const readContrast = 7

// Accent gives an organisation's colour as touchscreens show it, as the ground of a
// button, and the colour of the words on it: both #rrggbb. It is moved in lightness
// only as far as the words need; dark is the dark theme, which takes lighter
// grounds. What is no colour is given back with moved false and on empty.
func Accent(colour string, dark bool) (ground, on string, moved bool) {
	hex, ok := strings.CutPrefix(colour, "#")
	v, err := strconv.ParseUint(hex, 16, 32)
	if !ok || err != nil || len(hex) != 6 {
		return colour, "", false
	}
	c := shade{float64(v >> 16 & 0xff), float64(v >> 8 & 0xff), float64(v & 0xff)}
	black, white := shade{}, shade{255, 255, 255}
	light, words := c.until(white, black), black
	if deep := c.until(black, white); !dark && c.contrast(deep) <= c.contrast(light) {
		light, words = deep, white
	}
	return light.String(), words.String(), light != c
}

// shade is a colour, each part from 0 to 255.
type shade [3]float64

func (c shade) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(c[0]), int(c[1]), int(c[2]))
}

// until moves c to end, no further than it must, until words of the other colour
// can be read on it.
func (c shade) until(end, words shade) shade {
	for step := range 101 {
		var moved shade
		for i := range c {
			moved[i] = math.Round(c[i] + (end[i]-c[i])*float64(step)/100)
		}
		if moved.contrast(words) >= readContrast {
			return moved
		}
	}
	return end
}

// contrast is WCAG 2's ratio, from 1 to 21.
func (c shade) contrast(d shade) float64 {
	a, b := c.luminance(), d.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// luminance is WCAG 2's relative luminance, from 0 to 1.
func (c shade) luminance() float64 {
	part := func(v float64) float64 {
		s := v / 255
		if s <= 0.03928 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c[0]) + 0.7152*part(c[1]) + 0.0722*part(c[2])
}
