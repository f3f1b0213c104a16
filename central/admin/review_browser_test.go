package admin_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// From a kiosk's trouble to the decision: a punch that came late is somebody else's.
func TestReviewInABrowser(t *testing.T) {
	t.Parallel()
	ctx := chrome(t, 390, 844, false)
	w := newWorld(t)
	w.bakery()
	late, _, _ := w.trouble()
	w.logIn(ctx)
	do(t, ctx, chromedp.Navigate(w.server.URL+"/kiosks/front-door"), chromedp.WaitVisible("#name"), chromedp.Click("main a[href='/review']"), chromedp.WaitVisible(".reviews"),
		chromedp.Click("a[href='"+late+"']"), chromedp.WaitVisible("#person"), chromedp.Click("input[value=match]"), chromedp.SendKeys("#person", "Luis"),
		chromedp.SendKeys("#reason", "x"), chromedp.Click("form.slim button[type=submit]"), chromedp.WaitVisible("#reason-bad"))
	if got := eval[string](t, ctx, `document.querySelector("#person").value + " " + document.querySelector("input[name=decision]:checked").value`); got != "Luis match" {
		t.Errorf("kept: %q", got)
	}
	do(t, ctx, chromedp.SetValue("#reason", "He says so"), chromedp.Click("form.slim button[type=submit]"), chromedp.WaitVisible(".notice.good"))
	if got := eval[string](t, ctx, `document.querySelector(".switch .count").innerText`); got != "3" {
		t.Errorf("%q are left", got)
	}
	do(t, ctx, chromedp.Click(".switch a[href$=decided]"), chromedp.WaitVisible(".verdict"))
	if got := eval[string](t, ctx, `document.querySelector(".reviews").innerText`); !strings.Contains(got, "He says so") {
		t.Errorf("decided: %s", got)
	}
	if eval[int](t, ctx, `document.documentElement.scrollWidth`) > 390 {
		t.Error("the page is wider than the phone")
	}
	w.checkHeld(map[int64]string{-1: "p-4 out add"})
}
