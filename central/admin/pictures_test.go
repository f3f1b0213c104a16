package admin_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestPictures writes a picture of every page to the folder in TIMEPOST_PICTURES,
// for people to look at.
func TestPictures(t *testing.T) {
	dir := os.Getenv("TIMEPOST_PICTURES")
	if dir == "" {
		t.Skip("set TIMEPOST_PICTURES to a folder")
	}
	w := newWorld(t)
	w.bakery()
	bare := newWorld(t)
	for _, look := range []struct {
		name          string
		width, height int
		dark          bool
	}{{"desk-light", 1440, 900, false}, {"desk-dark", 1440, 900, true}, {"phone-light", 390, 844, false}, {"phone-dark", 390, 844, true}} {
		ctx := chrome(t, look.width, look.height, look.dark)
		picture := func(name string, from *world, path string) {
			err := chromedp.Do(ctx, chromedp.Navigate(from.server.URL+path), chromedp.WaitReady("main"), chromedp.Sleep(300*time.Millisecond))
			if err != nil {
				t.Fatal(err)
			}
			png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, look.name+"-"+name+".png"), png, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		picture("login", w, "/login")
		w.logIn(ctx)
		picture("now", w, "/")
		picture("now-out", w, "/?state=out&team=Shop")
		picture("hours", w, "/punches")
		picture("hours-week", w, "/punches?from=2026-02-23&to=2026-03-01&person=felix")
		picture("list", w, "/punches?view=list")
		picture("missing", w, "/nowhere")
		picture("none", w, "/punches?from=2020-01-01")
		bare.logIn(ctx)
		picture("bare-now", bare, "/")
	}
}
