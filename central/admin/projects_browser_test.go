package admin_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// On a phone: a project is made, offered at a kiosk, put on a team's lists and made
// what clocking in books on; then the touchscreens get a colour of their own.
func TestProjectsInABrowser(t *testing.T) {
	t.Parallel()
	ctx := chrome(t, 390, 844, false)
	w := newWorld(t)
	w.bakery()
	w.logIn(ctx)
	fits := func(page string) {
		t.Helper()
		if wide := eval[int](t, ctx, `document.documentElement.scrollWidth`); wide > 390 {
			t.Errorf("%s is %d wide on a phone", page, wide)
		}
	}
	do(t, ctx, chromedp.Navigate(w.server.URL+"/team"), chromedp.WaitVisible("main a[href='/projects']"), chromedp.Click("main a[href='/projects']"),
		chromedp.WaitVisible("#name"), chromedp.SendKeys("#name", "Harbour wall"), chromedp.Click("form.filters button.main"), chromedp.WaitVisible(".notice.good"),
		chromedp.Click("input[value='front-door']"), chromedp.Click("form[action$='/kiosks'] button"), chromedp.WaitVisible("input[value='front-door'][checked]"),
		chromedp.SetValue("#team", "Shop"), chromedp.Click("button[value=team]"), chromedp.WaitVisible(".members"))
	if got := eval[string](t, ctx, `document.querySelector("main").innerText`); !strings.Contains(got, "Offered at 1 kiosk") || !strings.Contains(got, "people by their own list") {
		t.Errorf("the project: %s", got)
	}
	fits("the project")
	do(t, ctx, chromedp.Navigate(w.server.URL+"/kiosks/front-door/projects"), chromedp.WaitVisible("#default"))
	eval[bool](t, ctx, `(() => { document.querySelector("#default").selectedIndex = 1; return true })()`)
	do(t, ctx, chromedp.Click("button.main"), chromedp.WaitVisible(".notice.good"))
	fits("the kiosk's projects")
	do(t, ctx, chromedp.Navigate(w.server.URL+"/kiosks/front-door"), chromedp.WaitVisible("#work-h"))
	if got := eval[string](t, ctx, `document.querySelector("section[aria-labelledby=work-h]").innerText`); !strings.Contains(got, "Clocking in books on Harbour wall") {
		t.Errorf("the kiosk: %s", got)
	}
	do(t, ctx, chromedp.Navigate(w.server.URL+"/settings/look"), chromedp.WaitVisible(".screen"), chromedp.Click("input[value=dark]"), chromedp.Click("input[value=own]"))
	eval[bool](t, ctx, `(() => { document.querySelector("input[type=color]").value = "#c86400"; return true })()`)
	do(t, ctx, chromedp.Click("form[aria-labelledby=look-h] button.main"), chromedp.WaitVisible(".notice.good"))
	if got := eval[string](t, ctx, `document.querySelector("#accent-hint").innerText + document.querySelector(".screen rect").getAttribute("fill")`); !strings.Contains(got, "a little lighter") || !strings.HasSuffix(got, "#121212") {
		t.Errorf("the touchscreens: %s", got)
	}
	fits("the touchscreens")
}
