package ui

import "image/color"

// lookScenes is what there is to see of an organisation's look.
func lookScenes() []scene {
	return []scene{
		{"90-idle-logo", func(b *bench) {
			s := ready()
			s.Logo = picturePNG(b.t, 150, 40, rgb(0x5B1A7A), color.Transparent)
			s.Look.Accent = "#5b1a7a"
			b.k.Update(s)
		}},
	}
}
