package ui

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

// room writes down what it is asked for.
type room struct {
	heard []string
	light int
	lamp  bool // there is a backlight
}

func (r *room) Play(s Sound)           { r.heard = append(r.heard, string(s)) }
func (r *room) Say(lang, text string)  { r.heard = append(r.heard, lang+": "+text) }
func (r *room) Light(percent int) bool { r.light = percent; return r.lamp }

func newRoom(t *testing.T, look local.Look, lamp bool) (*bench, *room) {
	t.Helper()
	r := &room{light: lightFull, lamp: lamp}
	b := newBenchWith(t, glasses()[0], Config{Languages: spoken(t), Look: look, Room: r})
	return b, r
}

// Whoever cannot see hears what was recorded, in their language.
func TestReceiptsAreHeard(t *testing.T) {
	b, r := newRoom(t, local.Look{}, true)
	look := local.Look{Sounds: true, Spoken: true}
	b.toPIN(1)
	b.k.state.Look = look
	b.s.identify = func(local.Attempt) (local.Session, error) { return local.Session{}, wrongPIN(4) }
	b.tap("digit_4", "digit_1", "digit_9", "digit_0", "again")
	b.s.identify = func(local.Attempt) (local.Session, error) {
		s := session(b.s.people[1], 0)
		s.Lang = "de"
		return s, nil
	}
	b.s.punch = func(q local.PunchRequest) (local.Receipt, error) {
		return local.Receipt{Person: "Agnieszka", Action: q.Action, At: b.now.UnixMilli()}, nil
	}
	b.tap("digit_4", "digit_1", "digit_9", "digit_0", "out")
	b.on("receipt")
	want := []string{"refused", "out", "de: Agnieszka. Gehen gebucht. 08:02"}
	if diff := cmp.Diff(want, r.heard); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}

func TestASilentKiosk(t *testing.T) {
	b, r := newRoom(t, local.Look{}, true)
	b.toReceipt(0, attendance.In)
	if len(r.heard) > 0 {
		t.Errorf("heard %v", r.heard)
	}
}

// The panel is dimmed after a minute, more when it sleeps, more by night, and is
// bright again at the first touch.
func TestThePanelIsDimmed(t *testing.T) {
	b, r := newRoom(t, local.Look{}, true)
	b.k.Update(ready())
	for _, step := range []struct {
		pass time.Duration
		want int
	}{{50 * time.Second, 100}, {11 * time.Second, 45}, {9 * time.Minute, 15}} {
		b.now = b.now.Add(step.pass)
		b.k.Tick()
		b.k.Tick()
		if r.light != step.want {
			t.Errorf("after %v more the light is %d, want %d", step.pass, r.light, step.want)
		}
	}
	b.on("asleep")
	b.tap("wake")
	b.k.Tick()
	b.on("idle") // the touch that wakes is not a tap
	if r.light != lightFull {
		t.Errorf("awake, the light is %d", r.light)
	}
	b.k.state.Look.NightFrom, b.k.state.Look.NightTo = "22:00", "09:00" // it is eight
	b.k.Tick()
	if r.light != 60 {
		t.Errorf("by night the light is %d", r.light)
	}
	if b.k.cfg.Theme.palette != lightPalette() {
		t.Error("the colours are darker though there is a backlight")
	}
}

// Without a backlight the colours are darker.
func TestAPanelWithoutABacklight(t *testing.T) {
	b, _ := newRoom(t, local.Look{}, false)
	b.k.Update(ready())
	b.pass(dimAfter + tickEvery)
	if got := b.k.cfg.Theme.palette[paper]; got.luminance() > 0.3 {
		t.Errorf("after a minute the paper is %06x", got)
	}
	b.tap("start")
	b.k.Tick()
	if b.k.cfg.Theme.palette != lightPalette() {
		t.Error("after a touch the colours are still darker")
	}
}

func TestIsNight(t *testing.T) {
	for _, c := range []struct {
		from, to, at string
		want         bool
	}{
		{"22:00", "06:00", "23:10", true},
		{"22:00", "06:00", "05:59", true},
		{"22:00", "06:00", "06:00", false},
		{"01:00", "05:00", "03:00", true},
		{"01:00", "05:00", "22:00", false},
		{"", "", "03:00", false},
		{"03:00", "03:00", "03:00", false},
	} {
		at, err := time.Parse("15:04", c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := isNight(c.from, c.to, at); got != c.want {
			t.Errorf("%s between %s and %s: %t", c.at, c.from, c.to, got)
		}
	}
}

// picturePNG is a logo: a bar of a colour on nothing, or on a ground.
func picturePNG(t testing.TB, w, h int, c, ground color.Color) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src)
	for i := range 3 { // three bars, as many logos have
		draw.Draw(m, image.Rect(w*i/3+w/24, h/8+h/6*i, w*(i+1)/3-w/24, h-h/8), image.NewUniform(c), image.Point{}, draw.Src)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A logo shows in each theme: where it would not, on a plate.
func TestTheLogoShows(t *testing.T) {
	dark, bright := picturePNG(t, 120, 40, rgb(0x14202B), color.Transparent), picturePNG(t, 120, 40, white, color.Transparent)
	for _, c := range []struct {
		logo  []byte
		theme string
		want  colour
	}{
		{dark, "light", paper},
		{dark, "dark", plateLight},
		{dark, "contrast", plateLight},
		{bright, "light", plateDark},
		{bright, "dark", paper},
		{picturePNG(t, 30, 30, white, white), "light", paper}, // it brings its own ground
	} {
		l := newLogo()
		if err := l.set(c.logo); err != nil {
			t.Fatal(err)
		}
		p := paletteOf(local.Look{Theme: c.theme})
		if got := l.ground(&p); got != c.want {
			t.Errorf("on %s the logo stands on %d, want %d", c.theme, got, c.want)
		}
	}
}

// A logo that cannot be read leaves the organisation's name where it was.
func TestABadLogo(t *testing.T) {
	b := newBench(t, glasses()[0])
	s := ready()
	s.Logo = []byte("\x89PNG but not really")
	b.k.Update(s)
	b.says("Alder & Finch")
	s.Logo = picturePNG(t, 120, 40, rgb(0x14202B), color.Transparent)
	b.k.Update(s)
	for _, text := range b.labels() {
		if text == "Alder & Finch" {
			t.Error("the name stands beside the logo")
		}
	}
	for _, size := range [][2]int{{513, 10}, {10, 513}} {
		if _, err := decodeLogo(picturePNG(t, size[0], size[1], white, white)); err == nil {
			t.Errorf("a logo of %v pixels is taken", size)
		}
	}
	if _, err := decodeLogo(make([]byte, maxLogoBytes+1)); err == nil {
		t.Error("a logo of any size is taken")
	}
}

// FuzzLogo: whatever bytes come, they are a picture of a known size or an error.
func FuzzLogo(f *testing.F) {
	good := picturePNG(f, 12, 4, rgb(0x123456), color.Transparent)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(bytes.Replace(good, []byte{0, 0, 0, 12}, []byte{0x7f, 0xff, 0xff, 0xff}, 1))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decodeLogo(b)
		if err == nil && (m.Bounds().Dx() > maxLogoSide || m.Bounds().Dy() > maxLogoSide || m.Bounds().Empty()) {
			t.Errorf("a picture of %v", m.Bounds())
		}
		if err != nil && errors.Unwrap(err) == nil && len(b) <= maxLogoBytes && m != nil {
			t.Error("both a picture and an error")
		}
	})
}
