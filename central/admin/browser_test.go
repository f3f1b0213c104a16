package admin_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/attendance"
)

func eval[T any](t *testing.T, ctx context.Context, js string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", js, err)
	}
	return v
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// A person logs in, sees somebody arrive without touching the page, looks the
// punch up, takes the CSV and leaves.
func TestInABrowser(t *testing.T) {
	t.Parallel()
	ctx := chrome(t, 1440, 900, false)
	w := newWorld(t)
	w.people("Ada Brandt/Bakery", "Ben Okafor/Shop")
	w.kiosk("front-door", "Front door")
	do(t, ctx, chromedp.Navigate(w.server.URL+"/punches"), chromedp.WaitVisible("#email"), chromedp.SendKeys("#email", email),
		chromedp.SendKeys("#password", "wrong, but long enough"), chromedp.Click("button[type=submit]"), chromedp.WaitVisible("[role=alert]"))
	if eval[bool](t, ctx, `!!document.querySelector("header.bar")`) {
		t.Error("the frame of somebody who is logged in")
	}
	if got := eval[string](t, ctx, `document.querySelector("#email").value`); got != email {
		t.Errorf("the address was not kept: %q", got)
	}
	do(t, ctx, chromedp.SendKeys("#password", password), chromedp.Click("button[type=submit]"), chromedp.WaitVisible("form[aria-label='Choose punches']"))
	do(t, ctx, chromedp.Click("header nav a[href='/']"), chromedp.WaitVisible("#live"))

	// What stays the same element was not loaded again.
	eval[bool](t, ctx, `document.querySelector("h1").dataset.kept = "yes", true`)
	do(t, ctx, chromedp.Focus("#t-out"))
	w.punch("p-1", "front-door", attendance.In, 95*time.Minute)
	do(t, ctx, chromedp.WaitVisible("#p-p-1"))
	if got := eval[string](t, ctx, `document.querySelector("#p-p-1").innerText.replace(/\s+/g, " ")`); !strings.Contains(got, "Ada Brandt") || !strings.Contains(got, "11:45 1 h 35 min") || !strings.Contains(got, "Front door") {
		t.Errorf("the row says %q", got)
	}
	if eval[string](t, ctx, `document.querySelector("h1").dataset.kept || ""`) != "yes" {
		t.Error("the page was loaded again")
	}
	if got := eval[string](t, ctx, `document.activeElement.id`); got != "t-out" {
		t.Errorf("the focus went to %q", got)
	}
	if got := eval[string](t, ctx, `document.querySelector("#t-in .n").innerText`); got != "1" {
		t.Errorf("%q are in", got)
	}
	w.punch("p-1", "front-door", attendance.Out, 5*time.Minute)
	do(t, ctx, chromedp.WaitNotPresent("#p-p-1"))

	do(t, ctx, chromedp.Click("header nav a[href='/punches']"), chromedp.WaitVisible("#person"), chromedp.SendKeys("#person", "brandt"),
		chromedp.Click("form.filters button[type=submit]"), chromedp.WaitVisible("#person[value=brandt]"), chromedp.WaitVisible("table.hours"))
	if got := eval[string](t, ctx, `document.querySelector("table.hours tbody").innerText.replace(/\s+/g, " ")`); !strings.Contains(got, "11:45–13:15") || !strings.Contains(got, "1 h 30 min") || strings.Contains(got, "Okafor") {
		t.Errorf("the hours say %q", got)
	}
	csv := eval[string](t, ctx, `(async () => { const r = await fetch(document.querySelector("a.csv").href); return r.headers.get("Content-Type") + "\n" + await r.text() })()`)
	if !strings.Contains(csv, "text/csv") || !strings.Contains(csv, "p-1,Ada Brandt,1001,Bakery,2026-03-03,11:45,13:15,90,0,") {
		t.Errorf("the CSV says %q", csv)
	}
	do(t, ctx, chromedp.Click(".account button"), chromedp.WaitVisible("#email"), chromedp.Navigate(w.server.URL+"/"), chromedp.WaitVisible("#email"))
	if bad := eval[[]string](t, ctx, `performance.getEntriesByType("resource").filter(e => !e.name.startsWith(location.origin)).map(e => e.name)`); len(bad) > 0 {
		t.Errorf("fetched from elsewhere: %v", bad)
	}
}

// When the server goes away the page says that it is old, and since when.
func TestLostConnectionShows(t *testing.T) {
	t.Parallel()
	ctx := chrome(t, 390, 844, true)
	w := newWorld(t)
	w.logIn(ctx)
	if eval[bool](t, ctx, `document.querySelector(".lost").checkVisibility()`) {
		t.Fatal("lost from the beginning")
	}
	w.server.CloseClientConnections()
	w.server.Listener.Close()
	do(t, ctx, chromedp.WaitVisible(".lost"))
}

// inspect looks at a page as its reader does: names, landmarks, sizes, contrast of
// the colours that are really painted. It gives what is wrong.
const inspect = `(() => {
  const bad = [];
  const say = (why, e) => bad.push(why + ": " + (e.outerHTML || "").slice(0, 140));
  const seen = e => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
  if (!document.documentElement.lang) bad.push("no language");
  if (!document.title) bad.push("no title");
  if (document.querySelectorAll("main").length !== 1) bad.push("not one main");
  if (document.querySelectorAll("h1").length !== 1) bad.push("not one h1");
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  ids.filter((x, i) => ids.indexOf(x) !== i).forEach(x => bad.push("id twice: " + x));
  document.querySelectorAll("input:not([type=hidden]),select").forEach(e => { if (!e.labels.length && !e.ariaLabel) say("no label", e); });
  document.querySelectorAll("a,button").forEach(e => { if (seen(e) && !e.innerText.trim() && !e.ariaLabel) say("no name", e); });
  document.querySelectorAll("nav,section,aside").forEach(e => { if (e.matches("nav,aside") && !e.ariaLabel && !e.getAttribute("aria-labelledby")) say("no landmark name", e); });
  document.querySelectorAll("img:not([alt])").forEach(e => say("no alt", e));
  document.querySelectorAll("table").forEach(e => { if (!e.caption) say("no caption", e); });
  document.querySelectorAll("a[href],button,input:not([type=hidden]),select").forEach(e => {
    const r = e.getBoundingClientRect();
    if (seen(e) && !e.classList.contains("skip") && (r.width < 24 || r.height < 24)) say("smaller than 24 px (" + r.width + "x" + r.height + ")", e);
  });
  if (document.documentElement.scrollWidth > innerWidth) bad.push("scrolls sideways: " + document.documentElement.scrollWidth);
  const rgb = s => { const m = s.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const lum = c => { const [r, g, b] = c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; if (c[3] > 0) return null; } return [255, 255, 255, 1]; };
  let looked = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !seen(e) || e.closest("svg,script,option") || e.closest(".vh,.skip")) continue;
    const back = ground(e); if (!back) { say("half-transparent ground", e); continue; }
    const a = lum(rgb(getComputedStyle(e).color).slice(0, 3)), b = lum(back.slice(0, 3));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    looked++;
    if (ratio < 4.5) say("contrast " + ratio.toFixed(2) + " of “" + walk.currentNode.data.trim().slice(0, 30) + "”", e);
  }
  if (looked < 4) bad.push("only " + looked + " texts were looked at");
  return bad;
})()`

// Every page in every look can be read, pressed and named.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery()
	for _, look := range []struct {
		width, height int
		dark          bool
	}{{1440, 900, false}, {390, 844, true}, {320, 640, false}, {1024, 768, true}} {
		ctx := chrome(t, look.width, look.height, look.dark)
		check := func(path string) {
			do(t, ctx, chromedp.Navigate(w.server.URL+path), chromedp.WaitReady("main"))
			for _, b := range eval[[]string](t, ctx, inspect) {
				t.Errorf("%d px, dark %v, %s: %s", look.width, look.dark, path, b)
			}
		}
		check("/login")
		w.logIn(ctx)
		for _, path := range []string{"/", "/?state=out", "/?search=nobody", "/punches", "/punches?from=2026-02-20&to=2026-03-03", "/punches?view=list", "/punches?from=2020-01-01&to=2020-01-02", "/nowhere"} {
			check(path)
		}
	}
}
