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

// A kiosk's page says whether its settings are in force there, and which are not.
func TestAKiosksPageSaysWhetherItsSettingsAreInForce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolled("alpha", "ALPHA", 20*time.Second, 0)
	c := w.loggedIn()
	wants := func(words ...string) {
		t.Helper()
		_, page := w.get(c, "/kiosks/alpha")
		for _, text := range words {
			if !strings.Contains(page, text) {
				t.Errorf("the page does not say %q", text)
			}
		}
	}
	changed := func(from uint64, ago time.Duration) {
		t.Helper()
		row := centraldb.RosterRow{RosterKey: centraldb.RosterKey{Kind: wire.KindSettings, ID: "kiosk"}, Fingerprint: []byte{1}, Body: []byte("{}")}
		if done, err := w.db.PutRoster(t.Context(), "alpha", from, w.now().Add(-ago).UnixNano(), []centraldb.RosterRow{row}); err != nil || !done {
			t.Fatal(done, err)
		}
	}
	changed(0, 2*time.Hour)
	w.tells("alpha", time.Minute, func(h *wire.Health) { h.Roster = 1 })
	wants("<dd>in force", "version 1, since today at ")
	changed(1, 30*time.Second)
	wants("waiting for the kiosk", "changed today at ", "last heard ")
	w.tells("alpha", 10*time.Second, func(h *wire.Health) { h.Roster = 2 })
	wants("<dd>in force", "version 2, since today at ")
	w.tells("alpha", 0, func(h *wire.Health) {
		h.Roster, h.Unfollowed = 1<<20, []wire.Unfollowed{{Setting: "schedule", Value: "<b>often"}}
	})
	wants("1 setting not followed", "It can&#39;t follow 1 setting: schedule “&lt;b&gt;often”.", "Change it on the kiosk")
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
