package admin_test

import (
	"context"
	_ "embed"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe/axe.min.js
var axe string

// axeRun gives what axe-core finds serious or critical, one line each.
const axeRun = `(async () => {
  const r = await axe.run(document, {resultTypes: ["violations"]});
  return r.violations.filter(v => ["serious", "critical"].includes(v.impact)).flatMap(v =>
    v.nodes.map(n => v.id + " (" + v.impact + "): " + n.target.join(" ") + " " + n.html.slice(0, 120) + " " + (n.any[0]?.message || "").slice(0, 160)));
})()`

// serious runs axe-core over the page that is open.
func serious(t *testing.T, ctx context.Context) []string {
	t.Helper()
	if !eval[bool](t, ctx, `!!window.axe`) {
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[any](axe+"; null")); err != nil {
			t.Fatal(err)
		}
	}
	return eval[[]string](t, ctx, axeRun)
}

// No page has anything that axe-core calls serious: on a desk in light, on a phone
// in the dark.
func TestNothingSeriousOnAnyPage(t *testing.T) {
	t.Parallel()
	for _, look := range []struct {
		name          string
		width, height int
		dark          bool
	}{{"desk", 1440, 900, false}, {"phone, dark", 390, 844, true}} {
		t.Run(look.name, func(t *testing.T) {
			t.Parallel()
			w := fullWorld(t)
			ctx := chrome(t, look.width, look.height, look.dark)
			do(t, ctx, chromedp.Navigate(w.server.URL+"/login"), chromedp.WaitReady("main"))
			for _, s := range serious(t, ctx) {
				t.Errorf("/login: %s", s)
			}
			w.logIn(ctx)
			for _, path := range everyPage(t) {
				do(t, ctx, chromedp.Navigate(w.server.URL+path), chromedp.WaitReady("main"))
				for _, s := range serious(t, ctx) {
					t.Errorf("%s: %s", path, s)
				}
			}
		})
	}
}

// axe-core does find what is planted: a field without a name, and grey on grey.
func TestAxeFindsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	ctx := chrome(t, 800, 600, false)
	page := `data:text/html,<html lang="en"><title>x</title><main><h1>x</h1><input><p style="color:%23aaa;background:%23bbb">grey</p></main>`
	do(t, ctx, chromedp.Navigate(page), chromedp.WaitReady("main"))
	found := strings.Join(serious(t, ctx), "\n")
	for _, want := range []string{"label (critical)", "color-contrast (serious)"} {
		if !strings.Contains(found, want) {
			t.Errorf("no %s in:\n%s", want, found)
		}
	}
}
