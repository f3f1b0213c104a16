package admin_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/timepost/timepost/sync/wire"
)

// upload posts a file as a browser does.
func (e errand) upload(path, field, name string, file []byte) (*http.Response, string) {
	e.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile(field, name)
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		e.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(e.t.Context(), http.MethodPost, e.server.URL+path, &b)
	if err != nil {
		e.t.Fatal(err)
	}
	req.Header.Set("Content-Type", m.FormDataContentType())
	return e.do(e.c, req)
}

// An owner says how touchscreens look, what a break is and what the logo is; what is
// wrong stands at its field, and a colour that words could not be read on is told of.
func TestTouchscreenPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kiosk("gate", "Gate")
	e := errand{w, w.loggedIn()}
	look := url.Values{"theme": {"light"}, "colour": {"own"}, "accent": {"#FFD000"}, "sounds": {"yes"}, "night_from": {"22:00"}, "night_to": {"05:30"}}
	e.to("/settings/look", look, "/settings/look")
	s, err := w.db.Settings(t.Context())
	if want := (wire.Look{Theme: "light", Accent: "#ffd000", Sounds: true, NightFrom: "22:00", NightTo: "05:30"}); err != nil || s.Look != want {
		t.Errorf("%+v %v", s.Look, err)
	}
	look.Set("accent", "#c86400")
	e.to("/settings/look", look, "/settings/look")
	e.shows("/settings/look", "Words on #c86400 could not be read: it is shown a little")
	look.Set("night_to", "")
	e.wrong("/settings/look", look, "to-bad", `value="22:00"`)
	look.Set("theme", "pink")
	e.wrong("/settings/look", look, "theme-bad")
	e.to("/settings/breaks", url.Values{"break_least": {"30"}, "break_due": {"360"}}, "/settings?saved=breaks")
	e.wrong("/settings/breaks", url.Values{"break_least": {"half"}, "break_due": {"360"}}, "least-bad", `value="half"`)
	e.shows("/settings?saved=breaks", "The rule about breaks is saved.")
}

func TestLogoPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := errand{w, w.loggedIn()}
	picture := image.NewNRGBA(image.Rect(0, 0, 600, 200))
	picture.Set(5, 5, color.NRGBA{200, 0, 0, 255})
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	if res, _ := w.get(e.c, "/settings/look/logo.png"); res.StatusCode != http.StatusNotFound {
		t.Errorf("no logo: %s", res.Status)
	}
	for name, file := range map[string][]byte{"words": []byte("no picture"), "nothing": nil, "too much": make([]byte, 3<<20)} {
		if res, body := e.upload("/settings/look/logo", "logo", "logo.png", file); res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `id="logo-bad"`) {
			t.Errorf("%s: %s", name, res.Status)
		}
	}
	if res, body := e.upload("/settings/look/logo", "logo", "logo.png", b.Bytes()); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status, plainText(body))
	}
	res, body := w.get(e.c, "/settings/look/logo.png")
	if c, err := png.DecodeConfig(strings.NewReader(body)); err != nil || c.Width != 512 || res.Header.Get("Content-Type") != "image/png" {
		t.Errorf("%+v %v %s", c, err, res.Header)
	}
	e.shows("/settings/look", "Remove the logo")
	e.to("/settings/look/logo/remove", nil, "/settings/look")
	e.shows("/settings/look", "Touchscreens show the organisation’s name.")
}

// How people find themselves at a kiosk is chosen on a page of its own.
func TestKioskScreenPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kiosk("gate", "Gate")
	e := errand{w, w.loggedIn()}
	const page = "/kiosks/gate/screen"
	form := url.Values{"hide_roster": {"yes"}, "not_listed": {"yes"}, "badges": {"badge"}, "badge_first": {"yes"}, "double": {"0"}, "theme": {"contrast"}, "text": {"large"}}
	e.to(page, form, page)
	k := w.stored("gate")
	if want := (wire.Habits{HideRoster: true, NotListed: true, Badges: wire.BadgeOnly, BadgeFirst: true, Double: -1}); k.Habits != want || k.Theme != "contrast" || k.Text != "large" {
		t.Errorf("%+v", k)
	}
	e.shows("/kiosks/gate", "People hold their card to the reader. High contrast colours, large text.")
	form.Set("double", "60")
	e.to(page, form, page)
	if got := w.stored("gate").Habits.Double; got != 0 {
		t.Errorf("the usual %d", got)
	}
	for field, bad := range map[string]string{"double": "soon", "theme": "pink", "text": "huge", "badges": ""} {
		was := form.Get(field)
		form.Set(field, bad)
		e.wrong(page, form, field+"-bad")
		form.Set(field, was)
	}
	if res, _ := w.get(e.c, "/kiosks/none/screen"); res.StatusCode != http.StatusNotFound {
		t.Error(res.Status)
	}
}
