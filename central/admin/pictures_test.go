package admin_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/attendance"
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
	w.person("Olga Owner", attendance.Owner)
	bare := newWorld(t)
	for _, look := range []struct {
		name          string
		width, height int
		dark          bool
	}{{"desk-light", 1440, 900, false}, {"desk-dark", 1440, 900, true}, {"phone-light", 390, 844, false}, {"phone-dark", 390, 844, true}} {
		ctx := chrome(t, look.width, look.height, look.dark)
		picture := func(name string, from *world, path string) {
			var err error
			if path != "" {
				err = chromedp.Do(ctx, chromedp.Navigate(from.server.URL+path))
			}
			if err == nil {
				err = chromedp.Do(ctx, chromedp.WaitReady("main"), chromedp.Sleep(300*time.Millisecond))
			}
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
		w.teamPictures(ctx, picture)
		bare.logIn(ctx)
		w.mailPictures(picture, bare)
		picture("bare-team", bare, "/team")
		picture("bare-now", bare, "/")
	}
}

// teamPictures goes through the pages of Team; an empty path is the page that is open.
func (w *world) teamPictures(ctx context.Context, picture func(name string, from *world, path string)) {
	w.t.Helper()
	picture("team", w, "/team")
	picture("teams", w, "/teams")
	picture("team-one", w, "/teams/Bakery")
	picture("team-person", w, "/team/p-3")
	picture("team-archive", w, "/team/p-3/archive")
	picture("team-import", w, "/team/import")
	w.wrongForm(ctx, "p-3")
	picture("team-wrong", w, "")
	if err := chromedp.Do(ctx, chromedp.Click("#pin-part form[action$=generate] button"), chromedp.WaitVisible("#figure")); err != nil {
		w.t.Fatal(err)
	}
	picture("team-once", w, "")
	for file, name := range map[string]string{"name,staff_no,role\\nBen,,boss\\n,4,\\n": "team-import-wrong", "name,staff_no,role,team\\nBen Okafor,,,Shop\\n": "team-import-right"} {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`location.href = "/team/import"; true`))
		if err == nil {
			err = chromedp.Do(ctx, chromedp.WaitVisible("#file"))
		}
		if err == nil {
			_, err = chromedp.Run(ctx, chromedp.Evaluate[bool](`(() => { const d = new DataTransfer(); d.items.add(new File(["`+file+`"], "staff.csv")); document.querySelector("#file").files = d.files; return true })()`))
		}
		if err == nil {
			err = chromedp.Do(ctx, chromedp.Click("form.sheet button[type=submit]"), chromedp.WaitVisible(".errors, .preview"))
		}
		if err != nil {
			w.t.Fatal(err)
		}
		picture(name, w, "")
	}
	if err := chromedp.Do(ctx, chromedp.Click("form.sheet button[type=submit]"), chromedp.WaitVisible(".figure, .pins, .errors")); err == nil {
		picture("team-imported", w, "")
	}
}
