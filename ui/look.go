package ui

import "github.com/timepost/timepost/device/local"

// paletteOf gives the colours for a look. The high contrast stays as it is,
// whatever accent an organisation has.
func paletteOf(l local.Look) palette {
	p := lightPalette()
	switch l.Theme {
	case "contrast":
		return contrastPalette()
	case "dark":
		p = darkPalette()
	}
	if c, ok := parseRGB(l.Accent); ok {
		p = p.withAccent(c)
	}
	return p
}

// look is how the screen presents itself now: as this screen was told to when it
// started, else as the kiosk's state says.
func (k *Kiosk) look() local.Look {
	l := k.state.Look
	if own := k.cfg.Look; own.Theme != "" {
		l.Theme = own.Theme
	}
	l.LargeText = l.LargeText || k.cfg.Look.LargeText
	return l
}

// LargeText says whether everything is to be larger than usual.
func (k *Kiosk) LargeText() bool { return k.look().LargeText }

// Zoomed tells that the window's scale is now so many times the usual one, which
// large text asks for (see Scale).
func (k *Kiosk) Zoomed(by float32) {
	if by == k.gate.zoom {
		return
	}
	k.gate.zoom = by
	k.root.Refresh()
	k.current.tick(k.cfg.Now())
}

// dress paints all screens in the present look.
func (k *Kiosk) dress() {
	p := paletteOf(k.look())
	if k.paint < lightFull {
		p = p.darker(k.paint)
	}
	if p == k.cfg.Theme.palette {
		return
	}
	k.cfg.Theme.palette = p
	p.dye(k.root)
	k.root.Refresh()
	k.current.tick(k.cfg.Now())
}
