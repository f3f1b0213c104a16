package admin_test

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/attendance"
)

// An owner adds somebody, tries a PIN that can't be used, generates one, archives
// them and brings them back; then imports a file. Without a script of ours.
func TestTeamInABrowser(t *testing.T) {
	t.Parallel()
	ctx := chrome(t, 390, 844, false)
	w := newWorld(t)
	w.logIn(ctx)
	do(t, ctx, chromedp.Click("header nav a[href='/team']"), chromedp.WaitVisible(".empty"), chromedp.Click(".head a[href='/team/new']"),
		chromedp.WaitVisible("#name"), chromedp.SendKeys("#name", "Ada Brandt"), chromedp.SendKeys("#team", "Bakery"),
		chromedp.Click("form.sheet button[type=submit]"), chromedp.WaitVisible("#figure"))
	page, _, err := w.db.TeamPage(t.Context(), everybody())
	if err != nil || len(page) != 1 || eval[string](t, ctx, `document.querySelector("#figure").innerText`) != w.pinOf(page[0].ID) {
		t.Fatal(page, err)
	}
	id := page[0].ID
	do(t, ctx, chromedp.Click("a.btn.main"), chromedp.WaitVisible("table.team"), chromedp.Click("#m-"+id+" a"), chromedp.WaitVisible("#pin"),
		chromedp.SendKeys("#pin", "5555"), chromedp.Click("#pin-part .inline button"), chromedp.WaitVisible("#pin-x[role=alert]"))
	if got := eval[string](t, ctx, `document.activeElement.id + " " + document.activeElement.value`); got != "pin " { // a refused PIN is not kept: it may be somebody's
		t.Errorf("the focus is at %q", got)
	}
	do(t, ctx, chromedp.Click("#pin-part form[action$=generate] button"), chromedp.WaitVisible("#figure"), chromedp.Click("a.btn.main"), chromedp.WaitVisible("#pin"),
		chromedp.Click("a[href$='/archive']"), chromedp.WaitVisible("form.narrow"), chromedp.Click("form.narrow button"), chromedp.WaitVisible("form[action$=restore]"),
		chromedp.Click("form[action$=restore] button"), chromedp.WaitVisible("#figure"))
	if got := eval[string](t, ctx, `document.querySelector("#figure").innerText`); got != w.pinOf(id) {
		t.Errorf("back with %q", got)
	}
	eval[bool](t, ctx, `(async () => { location.href = "/team/import"; return true })()`)
	do(t, ctx, chromedp.WaitVisible("#file"))
	eval[bool](t, ctx, `(() => { const d = new DataTransfer(); d.items.add(new File(["name,staff_no,role\nBen Okafor,2,\nCleo Sand,3,\n"], "staff.csv")); document.querySelector("#file").files = d.files; return true })()`)
	do(t, ctx, chromedp.Click("form.sheet button[type=submit]"), chromedp.WaitVisible("table.preview"), chromedp.Click("form.sheet button[type=submit]"), chromedp.WaitVisible("table.pins"))
	if n := eval[int](t, ctx, `document.querySelectorAll(".digits").length`); n != 2 {
		t.Errorf("%d PINs", n)
	}
	do(t, ctx, chromedp.Click("form[action$=undo] button"), chromedp.WaitVisible(".notice.good"))
	if _, total, err := w.db.TeamPage(t.Context(), everybody()); err != nil || total != 1 {
		t.Errorf("%d people after the import was undone, %v", total, err)
	}
	renamesATeam(t, ctx)
	do(t, ctx, chromedp.Click("header nav a[href='/team']"), chromedp.WaitVisible("table.team"))
	if got := eval[string](t, ctx, `document.querySelector("td.of").innerText`); got != "Ovens" {
		t.Errorf("Ada is in %q", got)
	}
}

// renamesATeam finds the team's page from Team, and gives the team another name.
func renamesATeam(t *testing.T, ctx context.Context) {
	t.Helper()
	do(t, ctx, chromedp.Click("header nav a[href='/team']"), chromedp.WaitVisible("table.team"), chromedp.Click(".head a[href='/teams']"), chromedp.WaitVisible("form[action='/teams']"),
		chromedp.Click("a[href='/teams/Bakery']"), chromedp.WaitVisible("#manager"), chromedp.SetValue("#name", "Ovens"),
		chromedp.Click("form[aria-label='About the team'] button"), chromedp.WaitVisible(".notice.good"))
}

// The pages of Team can be read, pressed and named in every look.
func TestTeamAccessibility(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, gone := w.person("Ada Brandt", attendance.Admin), w.person("Ben Gone", attendance.Regular)
	if err := w.team.Archive(t.Context(), email, gone.ID); err != nil {
		t.Fatal(err)
	}
	for _, look := range []struct {
		width, height int
		dark          bool
	}{{1440, 900, true}, {320, 640, false}} {
		ctx := chrome(t, look.width, look.height, look.dark)
		w.logIn(ctx)
		check := func(where string) {
			for _, b := range eval[[]string](t, ctx, inspect) {
				t.Errorf("%d px, dark %v, %s: %s", look.width, look.dark, where, b)
			}
		}
		for _, path := range []string{"/team", "/team?search=zzz", "/team/new", "/team/import", "/team/" + ada.ID, "/team/" + ada.ID + "/archive", "/team/" + gone.ID} {
			do(t, ctx, chromedp.Navigate(w.server.URL+path), chromedp.WaitReady("main"))
			check(path)
		}
		w.wrongForm(ctx, ada.ID)
		check("refused")
		do(t, ctx, chromedp.Click("#pin-part form[action$=generate] button"), chromedp.WaitVisible("#figure"))
		check("shown once")
	}
}

// wrongForm sends a PIN that is none.
func (w *world) wrongForm(ctx context.Context, id string) {
	w.t.Helper()
	err := chromedp.Do(ctx, chromedp.Navigate(w.server.URL+"/team/"+id), chromedp.WaitVisible("#pin"), chromedp.SendKeys("#pin", "12"),
		chromedp.Click("#pin-part .inline button"), chromedp.WaitVisible("#pin-x[role=alert]"))
	if err != nil {
		w.t.Fatal(err)
	}
}
