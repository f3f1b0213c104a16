package ui

import (
	"bytes"
	"fmt"
	"image"
	"image/png"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// The most that a logo may be: what is larger is not decoded at all.
const (
	maxLogoBytes = 24 << 10
	maxLogoSide  = 512
)

// decodeLogo reads a PNG from central. Its size is known before it is unpacked: a
// small file can hold a very large picture.
func decodeLogo(b []byte) (image.Image, error) {
	if len(b) > maxLogoBytes {
		return nil, fmt.Errorf("read logo: %d bytes", len(b))
	}
	c, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("read logo's size: %w", err)
	}
	if c.Width < 1 || c.Height < 1 || c.Width > maxLogoSide || c.Height > maxLogoSide {
		return nil, fmt.Errorf("read logo: %d by %d pixels", c.Width, c.Height)
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("read logo: %w", err)
	}
	return m, nil
}

// logo is the organisation's picture, on a plate where it would not show on the
// paper.
type logo struct {
	plate *plate
	img   *canvas.Image
	bytes string  // what is shown, or could not be
	tone  float64 // the middle luminance of what can be seen of it
	clear bool    // something can be seen through
}

func newLogo() *logo {
	l := &logo{plate: newPlate(plateLight, 1), img: &canvas.Image{FillMode: canvas.ImageFillContain}}
	show(false, l.plate.r, l.img)
	return l
}

func (l *logo) objects() []fyne.CanvasObject { return []fyne.CanvasObject{l.plate.r, l.img} }

// there says whether there is a logo to show.
func (l *logo) there() bool { return l.img.Image != nil }

// set takes another picture; none, or one that cannot be read, hides it.
func (l *logo) set(b []byte) error {
	if l.bytes == string(b) {
		return nil
	}
	l.bytes, l.img.Image = string(b), nil
	show(false, l.plate.r, l.img)
	if len(b) == 0 {
		return nil
	}
	m, err := decodeLogo(b)
	if err != nil {
		return err
	}
	l.img.Image = m
	l.tone, l.clear = toneOf(m)
	l.img.Show()
	l.img.Refresh()
	return nil
}

// toneOf gives the mean luminance of what is opaque, and whether anything is not.
func toneOf(m image.Image) (tone float64, clear bool) {
	n, b := 0.0, m.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, a := m.At(x, y).RGBA()
			if a < 0x8000 {
				clear = true
				continue
			}
			n++
			tone += rgb(r*0xff/a<<16 | g*0xff/a<<8 | bl*0xff/a).luminance()
		}
	}
	return tone / max(1, n), clear
}

// ground gives what the logo stands on: the paper where it shows there, else the
// plate on which it shows better.
func (l *logo) ground(p *palette) colour {
	against := func(c colour) float64 {
		g := p[c].luminance()
		return (max(g, l.tone) + 0.05) / (min(g, l.tone) + 0.05)
	}
	switch {
	case !l.clear || against(paper) >= shapeContrast:
		return paper
	case against(plateLight) >= against(plateDark):
		return plateLight
	}
	return plateDark
}

// put shows the logo as large as fits, at the left, and gives its width. p are the
// colours by full light.
func (l *logo) put(r rect, p palette) float32 {
	b := l.img.Image.Bounds()
	ground := l.ground(&p)
	pad := float32(0)
	if ground != paper {
		pad = mm(1.2)
	}
	h := r.h - 2*pad
	w := min(h*float32(b.Dx())/float32(b.Dy()), r.w-2*pad)
	show(ground != paper, l.plate.r)
	l.plate.fill(ground)
	rect{r.x, r.y, w + 2*pad, r.h}.put(l.plate.r)
	rect{r.x + pad, r.y + pad, w, h}.put(l.img)
	return w + 2*pad
}
