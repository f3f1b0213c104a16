package settings_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/timepost/timepost/central/settings"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// Kiosks hear of breaks and looks, once; what is wrong is refused at its field.
func TestKiosksHearOfBreaksAndLooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rule, look := wire.BreakRule{Least: 30, Due: 360}, wire.Look{Theme: "dark", Accent: "#AA3300", NightFrom: "22:00", NightTo: "05:00"}
	for range 2 {
		if err := w.Change(t.Context(), "ann", settings.Change{Break: &rule, Look: &look}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := w.db.Settings(t.Context())
	look.Accent = "#aa3300"
	if err != nil || got.Break != rule || got.Look != look || w.renamed != 1 {
		t.Errorf("%+v %v, told %d times", got, err, w.renamed)
	}
	for field, c := range map[string]settings.Change{
		"break_least": {Break: &wire.BreakRule{Least: 9999}},
		"theme":       {Look: &wire.Look{Theme: "pink"}},
		"night_to":    {Look: &wire.Look{NightFrom: "22:00"}},
	} {
		if e := problem.From(w.Change(t.Context(), "ann", c)); e.Code != problem.Invalid || e.Detail["field"] != field {
			t.Errorf("%s: %v", field, e)
		}
	}
}

// picture is plain, or noise that nothing makes small.
func picture(w, h int, noise bool) image.Image {
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, 2))
	for y := range h {
		for x := range w {
			c := color.NRGBA{20, 80, 150, 255}
			if noise {
				c = color.NRGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), 255}
			}
			out.SetNRGBA(x, y, c)
		}
	}
	return out
}

func pngOf(t *testing.T, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A logo is drawn anew, small enough for a kiosk, and nothing else of the file stays.
func TestLogoIsDrawnAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, picture(300, 100, false), nil); err != nil {
		t.Fatal(err)
	}
	secret := append(pngOf(t, picture(1600, 400, false)), "GPS 54.32 10.13"...)
	for name, c := range map[string]struct {
		file          []byte
		width, height int
	}{
		"wide PNG":  {secret, 512, 128},
		"small PNG": {pngOf(t, picture(40, 60, false)), 40, 60},
		"JPEG":      {photo.Bytes(), 300, 100},
	} {
		if err := w.SetLogo(t.Context(), "ann", c.file); err != nil {
			t.Fatal(name, err)
		}
		got, at, err := w.db.Logo(t.Context())
		if err != nil || at == 0 || len(got) > wire.MaxLogo || bytes.Contains(got, []byte("GPS")) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		drawn, err := png.Decode(bytes.NewReader(got))
		if err != nil || drawn.Bounds().Dx() != c.width || drawn.Bounds().Dy() != c.height {
			t.Errorf("%s: %v %v", name, drawn.Bounds(), err)
		}
		if r, g, b, a := drawn.At(10, 10).RGBA(); r>>8 > 24 || g>>8 < 70 || b>>8 < 140 || a != 0xffff {
			t.Errorf("%s: the colour is %d %d %d %d", name, r>>8, g>>8, b>>8, a>>8)
		}
	}
	if err := w.SetLogo(t.Context(), "ann", nil); err != nil {
		t.Fatal(err)
	}
	if got, _, err := w.db.Logo(t.Context()); err != nil || got != nil || w.renamed != 4 {
		t.Errorf("%d bytes are left, %v, told %d times", len(got), err, w.renamed)
	}
	noise := pngOf(t, picture(300, 300, true))
	if err := w.SetLogo(t.Context(), "ann", noise); problem.From(err).Detail["field"] != "logo" {
		t.Errorf("noise: %v", err)
	}
	if err := problem.From(w.SetLogo(t.Context(), "ann", vast(t))); err.Message != "The picture has too many pixels." {
		t.Errorf("vast: %v", err)
	}
}

// vast is a PNG that claims to be enormous.
func vast(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	file := b.Bytes()
	copy(file[16:24], []byte{0, 0, 0x40, 0, 0, 0, 0x40, 0}) // 16,384 each way
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
	return file
}

func FuzzLogo(f *testing.F) {
	var b bytes.Buffer
	if err := png.Encode(&b, picture(20, 10, false)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:len(b.Bytes())/2])
	f.Add([]byte("GIF89a"))
	f.Add(vast(f))
	f.Fuzz(func(t *testing.T, file []byte) {
		out, err := settings.Redraw(file)
		if err != nil {
			if problem.From(err).Detail["field"] != "logo" {
				t.Fatal(err)
			}
			return
		}
		c, err := png.DecodeConfig(bytes.NewReader(out))
		if err != nil || len(out) > wire.MaxLogo || c.Width > 512 || c.Height > 512 {
			t.Fatalf("%d bytes, %+v, %v", len(out), c, err)
		}
	})
}

// Whatever colour an organisation has, words on it can be read; one that can be read
// already stays.
func TestAccentCanBeRead(t *testing.T) {
	t.Parallel()
	if ground, on, moved := settings.Accent("#0a4f96", false); ground != "#0a4f96" || on != "#ffffff" || moved {
		t.Error(ground, on, moved)
	}
	if ground, on, moved := settings.Accent("#ff8800", false); ground == "#ff8800" && moved || on == "" {
		t.Error(ground, on, moved)
	}
	if _, on, moved := settings.Accent("red", false); on != "" || moved {
		t.Error(on, moved)
	}
	rapid.Check(t, func(t *rapid.T) {
		colour, dark := rapid.StringMatching(`#[0-9a-f]{6}`).Draw(t, "colour"), rapid.Bool().Draw(t, "dark")
		ground, on, moved := settings.Accent(colour, dark)
		if settings.Contrast(ground, on) < 7 || moved == (ground == colour) || dark && on != "#000000" {
			t.Fatalf("%s on %s: %.2f, moved %v", on, ground, settings.Contrast(ground, on), moved)
		}
	})
}
