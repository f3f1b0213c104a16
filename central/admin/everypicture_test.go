package admin_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/attendance"
)

// look is how somebody looks at a page.
type look struct {
	name          string
	width, height int
	dark          bool
}

func looks() []look {
	return []look{{"desk-light", 1440, 900, false}, {"desk-dark", 1440, 900, true}, {"phone-light", 390, 844, false}, {"phone-dark", 390, 844, true}}
}

// TestPicturesOfEveryPage writes a picture of every page of the route table, in
// every look, to the folder in TIMEPOST_PICTURES; TIMEPOST_PICTURES_OF names the
// beginning of the paths that are wanted.
func TestPicturesOfEveryPage(t *testing.T) {
	dir := os.Getenv("TIMEPOST_PICTURES")
	if dir == "" {
		t.Skip("set TIMEPOST_PICTURES to a folder")
	}
	w := fullWorld(t)
	w.busy()
	for _, l := range looks() {
		ctx := chrome(t, l.width, l.height, l.dark)
		w.logIn(ctx)
		for _, path := range everyPage(t) {
			if !strings.HasPrefix(path, os.Getenv("TIMEPOST_PICTURES_OF")) {
				continue
			}
			name := strings.ReplaceAll(strings.Trim(path, "/"), "/", "-")
			w.photograph(ctx, path, filepath.Join(dir, "every-"+l.name+"-"+name+".png"))
		}
	}
}

func (w *world) photograph(ctx context.Context, path, file string) {
	w.t.Helper()
	err := chromedp.Do(ctx, chromedp.Navigate(w.server.URL+path), chromedp.WaitReady("main"), chromedp.Sleep(250*time.Millisecond))
	if err != nil {
		w.t.Fatal(path, err)
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		w.t.Fatal(path, err)
	}
}

// busy does what an ordinary week of an owner looks like in the audit log.
func (w *world) busy() {
	w.t.Helper()
	if err := w.door.CreateLogin(w.t.Context(), "central init", "ann@harbour-bakery.example", attendance.Admin, password); err != nil {
		w.t.Fatal(err)
	}
	c := w.loggedIn()
	w.post(c, "/team/p-1/pin/generate", nil)
	w.post(c, "/team/p-2/unlock", nil)
	w.post(c, "/team/p-5", url.Values{"name": {"Ірина Шевченко-Коваль"}, "staff_no": {"1005"}, "team": {"Shop"}, "role": {"manager"}})
	w.advance(26 * time.Minute)
	w.post(c, "/kiosks/front-door/settings", url.Values{"name": {"Front door"}, "zone": {zoneName}, "requires_pin": {"yes"}, "schedule": {"@every 5m"}, "mode": {"scheduled"}, "lang": {"de"}})
	w.post(c, "/settings/sealed", url.Values{"sealed_until": {"2026-02-28"}})
	w.advance(3 * time.Minute)
	w.post(c, "/kiosks/front-door/universal", nil)
	w.waits()
	w.waits()
	w.post(c, "/team/p-9/archive", nil)
	w.watch.Once(w.t.Context())
	w.advance(2 * time.Minute)
}
