package admin_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/sync/wire"
)

// A kiosk's page says whether its settings are in force there, and which are not.
func TestAKiosksPageSaysWhetherItsSettingsAreInForce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolled("alpha", "ALPHA", 20*time.Second, 0)
	c := w.loggedIn()
	w.tells("alpha", 5*time.Second, func(h *wire.Health) { h.Roster = 1 << 20 })
	if _, page := w.get(c, "/kiosks/alpha"); !strings.Contains(page, "<dd>in force</dd>") {
		t.Error("settings in force are not said to be")
	}
	w.tells("alpha", 0, func(h *wire.Health) {
		h.Roster, h.Unfollowed = 1<<20, []wire.Unfollowed{{Setting: "schedule", Value: "<b>often"}}
	})
	_, page := w.get(c, "/kiosks/alpha")
	for _, text := range []string{"1 setting not followed", "It can&#39;t follow 1 setting: schedule “&lt;b&gt;often”.", "Change it on the kiosk"} {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
	if dir := os.Getenv("TIMEPOST_PICTURES"); dir != "" {
		ctx, png := chrome(t, 1440, 900, false), []byte(nil)
		w.logIn(ctx)
		err := chromedp.Do(ctx, chromedp.Navigate(w.server.URL+"/kiosks/alpha"), chromedp.WaitReady("main"))
		if err == nil {
			png, err = chromedp.Run(ctx, chromedp.FullScreenshot(100))
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "kiosk-settings.png"), png, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
