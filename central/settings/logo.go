package settings

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// The bounds of a picture that is given as a logo, and of the logo made from it.
const (
	MaxLogoFile = 2 << 20 // bytes
	maxPixels   = 6 << 20
	maxSide     = 512 // pixels
	leastSide   = 96
)

// SetLogo makes a file, PNG or JPEG, the logo of all touchscreens: drawn anew, so
// that nothing but the picture is left of it, and made smaller until it is small
// enough to be sent. An empty file takes the logo away. problem.Invalid with the
// detail "field", logo.
func (s *Settings) SetLogo(ctx context.Context, actor string, file []byte) error {
	var logo []byte
	if len(file) > 0 {
		var err error
		if logo, err = redraw(file); err != nil {
			return err
		}
	}
	err := s.Store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.SetLogo(ctx, logo, s.Now().UnixNano()); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, actor, "settings.logo", "", map[string]any{"bytes": len(logo)})
	})
	if err == nil {
		s.Kiosks(context.WithoutCancel(ctx))
	}
	return err
}

// redraw gives a picture as a PNG of at most maxSide and wire.MaxLogo. The size that
// the file claims is looked at before anything is made room for.
func redraw(file []byte) ([]byte, error) {
	if len(file) > MaxLogoFile {
		return nil, invalid("logo", "The file is too large.", "Use a picture of at most 2 MiB.")
	}
	config, kind, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil || kind != "png" && kind != "jpeg" {
		return nil, invalid("logo", "This is not a picture that can be used.", "Choose a PNG or a JPEG file.").Because(err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > maxPixels/config.Height {
		return nil, invalid("logo", "The picture has too many pixels.", "Make it smaller, 1000 by 1000 pixels for instance.")
	}
	if config.Width > 8*config.Height || config.Height > 8*config.Width {
		return nil, invalid("logo", "The picture is too long and thin for a touchscreen.", "Use one that is at most eight times as long as wide.")
	}
	picture, err := decode(kind, file)
	if err != nil {
		return nil, invalid("logo", "The picture is damaged.", "Save it again, or choose another one.").Because(err)
	}
	picture = fit(picture, maxSide)
	for side := maxSide; side >= leastSide; side = side * 4 / 5 {
		var out bytes.Buffer
		encoder := png.Encoder{CompressionLevel: png.BestCompression}
		if err := encoder.Encode(&out, fit(picture, side)); err != nil {
			return nil, fmt.Errorf("draw logo: %w", err)
		}
		if out.Len() <= wire.MaxLogo {
			return out.Bytes(), nil
		}
	}
	return nil, invalid("logo", "The picture has too much detail.", "Use a logo with plain areas, not a photo.")
}

func decode(kind string, file []byte) (image.Image, error) {
	switch kind {
	case "png":
		return png.Decode(bytes.NewReader(file))
	case "jpeg":
		return jpeg.Decode(bytes.NewReader(file))
	}
	return nil, errors.New("no such format")
}

// fit gives a picture whose longer side has at most so many pixels: each is the
// mean of those that it stands for.
func fit(from image.Image, side int) image.Image {
	b := from.Bounds()
	w, h := b.Dx(), b.Dy()
	if longer := max(w, h); longer > side {
		w, h = max(1, w*side/longer), max(1, h*side/longer)
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			area := image.Rect(
				b.Min.X+x*b.Dx()/w, b.Min.Y+y*b.Dy()/h,
				b.Min.X+max((x+1)*b.Dx()/w, x*b.Dx()/w+1), b.Min.Y+max((y+1)*b.Dy()/h, y*b.Dy()/h+1))
			out.Set(x, y, mean(from, area))
		}
	}
	return out
}

// mean is the mean colour of an area that is not empty.
func mean(from image.Image, area image.Rectangle) color.Color {
	var r, g, b, a, n uint64
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			pr, pg, pb, pa := from.At(x, y).RGBA()
			r, g, b, a, n = r+uint64(pr), g+uint64(pg), b+uint64(pb), a+uint64(pa), n+1
		}
	}
	return color.RGBA64{uint16(r / n), uint16(g / n), uint16(b / n), uint16(a / n)}
}
