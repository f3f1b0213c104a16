package admin_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// harbour is a bakery whose kiosks are in every state.
func (w *world) harbour() {
	w.t.Helper()
	w.people("Greta Lindholm/Bakery", "Tomasz Zieliński/Bakery", "Anna Bergmann/Bakery", "Luis Fernández/Bakery", "Ірина Шевченко/Bakery",
		"Amara Okafor/Shop", "Chloé Dubois/Shop", "Zeynep Kaya/Shop", "Hakan Yıldız/Delivery", "Lotte Visser/Delivery", "Pedro Santos")
	w.enrolled("front-door", "Front door", 20*time.Second, 0)
	w.enrolled("loading-dock", "Loading dock, east side", 3*time.Hour, 14)
	w.enrolled("old-shop", "Old shop", 9*24*time.Hour, 0)
	w.rekeyed("loading-dock", "second", 26*time.Hour)
	w.copied("loading-dock", 4*time.Hour)
	w.kiosk("canteen", "Canteen")
	for kiosk, a := range map[string]centraldb.Assignments{
		"front-door": {Everyone: true}, "loading-dock": {Teams: []string{"Bakery", "Delivery"}, People: []string{"p-11", "p-6"}},
	} {
		w.update(func(tx *centraldb.Tx) error { return tx.SetAssignments(w.t.Context(), kiosk, a) })
	}
	var all []attendance.Punch
	for i := range 12 {
		all = append(all, attendance.Punch{
			Person: []string{"p-2", "p-5", "p-9"}[i%3], Kiosk: "front-door", Action: []attendance.Action{attendance.In, attendance.Out}[i/3%2],
			At: w.now().Add(-time.Duration(200-11*i) * time.Hour), Auth: attendance.AuthUniversal, Note: []string{"", "forgot the PIN", ""}[i%3],
		})
	}
	w.punches(all...)
}

// A kiosk from nothing: made, its PIN noted, people chosen, its code made, a wrong
// schedule corrected, and at last revoked.
func TestKioskInABrowser(t *testing.T) {
	t.Parallel()
	ctx := chrome(t, 390, 844, true)
	w := newWorld(t)
	w.people("Ada Brandt/Bakery", "Ben Okafor/Shop")
	w.enrolled("front-door", "Front door", time.Hour, 2)
	w.logIn(ctx)
	text := func(selector string) string {
		return eval[string](t, ctx, `document.querySelector("`+selector+`").innerText.replace(/\s+/g, " ").trim()`)
	}
	do(t, ctx, chromedp.Click("header nav a[href='/kiosks']"), chromedp.WaitVisible("table.fleet"), chromedp.Click("a[href='/kiosks/new']"), chromedp.WaitVisible("#name"),
		chromedp.SendKeys("#name", "Canteen"), chromedp.Click("form.kform button[type=submit]"), chromedp.WaitVisible(".secret"))
	digits := text(".secret")
	if len(digits) < 4 || strings.Trim(digits, "0123456789") != "" {
		t.Errorf("the Universal PIN is shown as %q", digits)
	}
	do(t, ctx, chromedp.Reload(), chromedp.WaitVisible("#name"))
	if eval[bool](t, ctx, `document.body.innerText.includes("`+digits+`")`) {
		t.Error("the PIN is still there after the page was loaded again")
	}
	do(t, ctx, chromedp.Click("#who-h ~ .actions a"), chromedp.WaitVisible("#search"), chromedp.SendKeys("#search", "okafor"),
		chromedp.Click("form[role=search] button"), chromedp.WaitVisible("button[name=add]"), chromedp.Click("button[name=add]"), chromedp.WaitVisible("button[name=remove]"),
		chromedp.Click(".crumb a"), chromedp.WaitVisible("#who-h"))
	if got := text("section[aria-labelledby=who-h]"); !strings.Contains(got, "1 person can clock in here: 1 single person") {
		t.Errorf("the kiosk says %q", got)
	}
	do(t, ctx, chromedp.Click("#machine button"), chromedp.WaitVisible("svg.qr"))
	if got := text(".code .secret"); len(got) != 11 {
		t.Errorf("the code is shown as %q", got)
	}
	do(t, ctx, chromedp.SendKeys("#schedule", "whenever"), chromedp.Click("section[aria-labelledby=set-h] button[type=submit]"), chromedp.WaitVisible("#schedule-bad"))
	if got := eval[string](t, ctx, `document.querySelector("#schedule").value + "|" + document.querySelector("#schedule").getAttribute("aria-describedby")`); got != "whenever|schedule-bad schedule-hint" {
		t.Errorf("the field keeps and says %q", got)
	}
	do(t, ctx, chromedp.Navigate(w.server.URL+"/kiosks/front-door"), chromedp.WaitVisible("#confirm"), chromedp.SendKeys("#confirm", "Front door"),
		chromedp.Click("#revoke button"), chromedp.WaitNotPresent("#revoke"), chromedp.WaitVisible(".notice.good"))
	if got := text(".head"); !strings.Contains(got, "Revoked") {
		t.Errorf("the head says %q", got)
	}
}

// kioskPages are the pages of kiosks in the states that people meet.
func kioskPages() []string {
	return []string{
		"/kiosks", "/kiosks?status=attention", "/kiosks?search=zzz", "/kiosks/new", "/kiosks/front-door", "/kiosks/loading-dock", "/kiosks/canteen",
		"/kiosks/loading-dock/people?search=a", "/kiosks/canteen/people", "/kiosks/front-door/universal", "/kiosks/canteen/universal",
		"/kiosks/front-door/export", "/kiosks/canteen/export",
	}
}

// press is a form sent by its button, and what shows that it was.
type press struct{ name, path, button, shows string }

func presses() []press {
	return []press{
		{"code", "/kiosks/canteen", "#machine button", "svg.qr"},
		{"pin", "/kiosks/canteen", "#universal button", ".secret"},
		{"refused", "/kiosks/front-door", "#revoke button", "#confirm-bad"},
	}
}

// Every page of kiosks in every look can be read, pressed and named.
func TestKioskAccessibility(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.harbour()
	for _, look := range []struct {
		width, height int
		dark          bool
	}{{1440, 900, false}, {390, 844, true}, {320, 640, false}} {
		ctx := chrome(t, look.width, look.height, look.dark)
		check := func(what string) {
			for _, b := range eval[[]string](t, ctx, inspect) {
				t.Errorf("%d px, dark %v, %s: %s", look.width, look.dark, what, b)
			}
		}
		w.logIn(ctx)
		for _, path := range kioskPages() {
			do(t, ctx, chromedp.Navigate(w.server.URL+path), chromedp.WaitReady("main"))
			check(path)
		}
		for _, x := range presses() {
			do(t, ctx, chromedp.Navigate(w.server.URL+x.path), chromedp.WaitVisible(x.button), chromedp.Click(x.button), chromedp.WaitVisible(x.shows))
			check(x.name)
		}
	}
}

// TestKioskPictures is TestPictures for the pages of kiosks.
func TestKioskPictures(t *testing.T) {
	dir := os.Getenv("TIMEPOST_PICTURES")
	if dir == "" {
		t.Skip("set TIMEPOST_PICTURES to a folder")
	}
	w, bare := newWorld(t), newWorld(t)
	w.harbour()
	for _, look := range []struct {
		name          string
		width, height int
		dark          bool
	}{{"desk-light", 1440, 900, false}, {"desk-dark", 1440, 900, true}, {"phone-light", 390, 844, false}, {"phone-dark", 390, 844, true}} {
		ctx := chrome(t, look.width, look.height, look.dark)
		w.logIn(ctx)
		for _, path := range kioskPages() {
			do(t, ctx, chromedp.Navigate(w.server.URL+path), chromedp.WaitReady("main"))
			photograph(t, ctx, filepath.Join(dir, look.name+strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(path)+".png"))
		}
		for _, x := range presses() {
			do(t, ctx, chromedp.Navigate(w.server.URL+x.path), chromedp.WaitVisible(x.button), chromedp.Click(x.button), chromedp.WaitVisible(x.shows))
			photograph(t, ctx, filepath.Join(dir, look.name+"-kiosks-"+x.name+".png"))
		}
		bare.logIn(ctx)
		do(t, ctx, chromedp.Navigate(bare.server.URL+"/kiosks"), chromedp.WaitReady("main"))
		photograph(t, ctx, filepath.Join(dir, look.name+"-kiosks-bare.png"))
		w.logIn(ctx)
		w.exportPictures(ctx, t, filepath.Join(dir, look.name+"-kiosks-")) // the last: it leaves the page as paper
	}
}

func photograph(t *testing.T, ctx context.Context, file string) {
	t.Helper()
	do(t, ctx, chromedp.Sleep(300*time.Millisecond))
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
