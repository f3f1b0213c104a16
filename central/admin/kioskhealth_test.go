package admin_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// tells writes down what a kiosk told of its machine some time ago.
func (w *world) tells(kiosk string, ago time.Duration, change func(*wire.Health)) {
	w.t.Helper()
	heat, at := 52_400, w.now().Add(-ago)
	h := wire.Health{
		Software: "kioskd 1.0", At: at.UnixMilli(), Started: at.Add(-50 * time.Hour).UnixMilli(), Uptime: 12 * 86400, Synced: true,
		Fetched: at.UnixMilli(), DiskFree: 5 << 30, DiskSize: 8 << 30, Memory: 31 << 20, Heat: &heat,
		Cert: at.Add(60 * 24 * time.Hour).UnixMilli(), KeyTier: "file", BcryptMS: 412, Screens: 1,
	}
	change(&h)
	w.update(func(tx *centraldb.Tx) error {
		return tx.PutHealth(w.t.Context(), centraldb.KioskHealth{Kiosk: kiosk, At: at.UnixNano(), Health: h})
	})
}

// The list has whoever needs somebody first, with the reason; the kiosk's page says
// what to do.
func TestKiosksTellTheirHealth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []string{"alpha", "bravo", "delta"} {
		w.enrolled(id, strings.ToUpper(id), 20*time.Second, 0)
	}
	for i := range 8 { // a morning of samples
		w.tells("bravo", 8*time.Hour-time.Duration(i)*time.Hour, func(h *wire.Health) { h.Queue = i })
	}
	w.tells("alpha", 20*time.Second, func(*wire.Health) {})
	w.tells("bravo", 20*time.Second, func(h *wire.Health) { h.Offset = -95_000 })
	hot := 91_000
	w.tells("delta", 20*time.Second, func(h *wire.Health) { h.Screens, h.Heat, h.Readers, h.Attached = 0, &hot, 2, 1 })
	w.tells("delta", 10*time.Second, func(h *wire.Health) { h.Screens = 1 })
	w.tells("delta", 5*time.Second, func(h *wire.Health) { h.Screens, h.Heat, h.Readers, h.Attached = 0, &hot, 2, 1 })
	c := w.loggedIn()
	_, list := w.get(c, "/kiosks")
	at := func(text string) int { return strings.Index(list, text) }
	if !(at(`"/kiosks/delta"`) < at(`"/kiosks/bravo"`) && at(`"/kiosks/bravo"`) < at(`"/kiosks/alpha"`)) {
		t.Error("the worst is not first")
	}
	for _, text := range []string{"It is 91 °C hot.", "No touchscreen program is running.", "and 1 more thing", "Its clock is 95 seconds behind.", "Needs care", "In service"} {
		if at(text) < 0 {
			t.Errorf("the list does not say %q", text)
		}
	}
	w.update(func(tx *centraldb.Tx) error {
		id, err := tx.AddAlert(t.Context(), centraldb.Alert{Kiosk: "bravo", Kind: "disk", Severity: "warning", Words: "Only 40 MB free on its disk.", Since: w.now().Add(-3 * time.Hour).UnixNano()})
		if err != nil {
			return err
		}
		return tx.EndAlert(t.Context(), id, w.now().Add(-time.Hour).UnixNano())
	})
	_, page := w.get(c, "/kiosks/bravo")
	for _, text := range []string{
		"Its clock is 95 seconds behind.", "time server (NTP)", "95 seconds behind</span>", "52 °C", "5 GB free", "of 8 GB", "412", "in files",
		"Waiting records", "<polyline points=\"0.0,", "Only 40 MB free on its disk.", "for 2 h",
	} {
		if text == "412" {
			text = "0.4 s"
		}
		if !strings.Contains(page, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
	if _, page := w.get(c, "/kiosks/alpha"); strings.Contains(page, `class="ills"`) || !strings.Contains(page, "<dd>right</dd>") {
		t.Error("a kiosk that is well is not shown as such")
	}
}

// TestHealthPictures writes pictures of kiosks that do well and do not, for people
// to look at.
func TestHealthPictures(t *testing.T) {
	dir := os.Getenv("TIMEPOST_PICTURES")
	if dir == "" {
		t.Skip("set TIMEPOST_PICTURES to a folder")
	}
	w := newWorld(t)
	w.people("Ada Brandt/Bakery")
	for id, name := range map[string]string{"k-1": "Front door", "k-2": "Canteen", "k-3": "Loading bay", "k-4": "Workshop"} {
		w.enrolled(id, name, 20*time.Second, 0)
	}
	w.enrolled("k-5", "Yard gate", 50*time.Minute, 0)
	for i := range 90 {
		w.tells("k-3", 46*time.Hour-time.Duration(i)*30*time.Minute, func(h *wire.Health) {
			heat := 48_000 + 300*i + 4000*(i%7)
			h.Heat, h.Queue = &heat, (i%30)*(i/30)
		})
	}
	hot := 78_000
	w.tells("k-1", 20*time.Second, func(*wire.Health) {})
	w.tells("k-2", 20*time.Second, func(h *wire.Health) { h.Offset = -95_000 })
	w.tells("k-3", 20*time.Second, func(h *wire.Health) { h.Screens, h.Heat = 0, &hot })
	w.tells("k-5", 50*time.Minute, func(h *wire.Health) { h.Queue, h.Oldest = 12, h.At-7_200_000 })
	for _, look := range []struct {
		name          string
		width, height int
		dark          bool
	}{{"desk-light", 1440, 900, false}, {"phone-dark", 390, 844, true}} {
		ctx := chrome(t, look.width, look.height, look.dark)
		w.logIn(ctx)
		for name, path := range map[string]string{"kiosks": "/kiosks", "kiosk": "/kiosks/k-3"} {
			png := []byte(nil)
			err := chromedp.Do(ctx, chromedp.Navigate(w.server.URL+path), chromedp.WaitReady("main"))
			if err == nil {
				png, err = chromedp.Run(ctx, chromedp.FullScreenshot(100))
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, look.name+"-health-"+name+".png"), png, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
