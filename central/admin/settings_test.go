package admin_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

func (w *world) decided() centraldb.Settings {
	w.t.Helper()
	s, err := w.db.Settings(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// Every form of Settings changes what it shows, and nothing else.
func TestSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	for _, f := range []struct {
		form  string
		typed url.Values
	}{
		{"organisation", url.Values{"name": {"Harbour & Sons"}, "zone": {"Asia/Kolkata"}}},
		{"export", url.Values{"export": {"off"}}},
		{"retention", url.Values{"retain_months": {" 36 "}}},
		{"sealed", url.Values{"sealed_until": {"2026-02-28"}}},
	} {
		res, _ := w.post(c, "/settings/"+f.form, f.typed)
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/settings?saved="+f.form {
			t.Errorf("%s: %s %s", f.form, res.Status, res.Header.Get("Location"))
		}
	}
	if s := w.decided(); !s.ExportOff || s.RetainMonths != 36 || s.SealedUntil != "2026-02-28" {
		t.Errorf("%+v", s)
	}
	// The pages know the new name and zone at once: 12:20 UTC is 17:50 there.
	_, body := w.get(c, "/settings?saved=sealed")
	if !strings.Contains(body, "Harbour &amp; Sons") || !strings.Contains(body, "Saturday 28 February 2026") || !strings.Contains(body, "The sealed days are saved.") {
		t.Error(plainText(body))
	}
	if _, body = w.get(c, "/audit?action=settings.edit"); !strings.Contains(plainText(body), "17:50:00 "+email+" changed the settings") ||
		!strings.Contains(plainText(body), "Name Harbour Bakery → Harbour & Sons") {
		t.Error(plainText(body))
	}
}

// What is wrong stands next to its field, with what was typed, and changes nothing.
func TestSettingsErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	for field, f := range map[string]struct {
		form, typed string
		more        url.Values
	}{
		"name":          {"organisation", "", url.Values{"zone": {"Europe/Berlin"}}},
		"zone":          {"organisation", "Mars/Base", url.Values{"name": {"X"}}},
		"retain_months": {"retention", "two <years>", nil},
		"sealed_until":  {"sealed", "2031-01-01", nil},
	} {
		values := url.Values{field: {f.typed}}
		for k, v := range f.more {
			values[k] = v
		}
		res, body := w.post(c, "/settings/"+f.form, values)
		input := regexp.MustCompile(`<input id="` + field + `"[^>]*>`).FindString(body)
		by := regexp.MustCompile(`aria-describedby="([^ "]*)`).FindStringSubmatch(input)
		if res.StatusCode != http.StatusBadRequest || !strings.Contains(input, `aria-invalid="true"`) || by == nil || !strings.Contains(body, `class="field-bad" id="`+by[1]+`"`) {
			t.Errorf("%s: %s %s", field, res.Status, input)
		}
		if !strings.Contains(input, `value="`+strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(f.typed)+`"`) {
			t.Errorf("%s was not kept: %s", field, input)
		}
	}
	if res, body := w.post(c, "/settings/export", nil); res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `id="export-bad"`) {
		t.Error("neither on nor off:", res.Status)
	}
	if s := w.decided(); s.ExportOff || s.RetainMonths != 0 || s.SealedUntil != "" {
		t.Errorf("%+v", s)
	}
}

// Settings are the owners': an admin neither sees the page nor changes anything.
func TestSettingsAreForOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.door.CreateLogin(t.Context(), "test", "a@roles.example", attendance.Admin, password); err != nil {
		t.Fatal(err)
	}
	c := w.browser()
	w.post(c, "/login", url.Values{"email": {"a@roles.example"}, "password": {password}})
	if _, body := w.get(c, "/team"); strings.Contains(body, `href="/settings"`) || !strings.Contains(body, `href="/audit"`) {
		t.Error("the navigation of an admin")
	}
	if res, _ := w.post(c, "/settings/retention", url.Values{"retain_months": {"1"}}); res.StatusCode != http.StatusForbidden || w.decided().RetainMonths != 0 {
		t.Error(res.Status)
	}
}

// Sealed days move on at once; back only after a tick that says so.
func TestSealedDaysInABrowser(t *testing.T) {
	t.Parallel()
	ctx := chrome(t, 390, 844, false)
	w := newWorld(t)
	w.logIn(ctx)
	seal := func(day string) {
		t.Helper()
		do(t, ctx, chromedp.WaitVisible("#sealed_until"))
		eval[bool](t, ctx, `document.querySelector("#sealed_until").value = "`+day+`", true`)
		do(t, ctx, chromedp.Click("#sealed button[type=submit]"))
	}
	do(t, ctx, chromedp.Navigate(w.server.URL+"/settings"))
	seal("2026-02-28")
	do(t, ctx, chromedp.WaitVisible("[role=status]"))
	do(t, ctx, chromedp.Navigate(w.server.URL+"/settings"))
	seal("2026-01-31")
	do(t, ctx, chromedp.WaitVisible("#sealed-bad"))
	if got := w.decided().SealedUntil; got != "2026-02-28" {
		t.Fatalf("sealed until %q without a confirmation", got)
	}
	do(t, ctx, chromedp.Click("#sealed input[name=confirm]"), chromedp.Click("#sealed button[type=submit]"), chromedp.WaitVisible("[role=status]"))
	if got := w.decided().SealedUntil; got != "2026-01-31" {
		t.Errorf("sealed until %q after it", got)
	}
	if at := eval[bool](t, ctx, `const n = document.querySelector(".bar nav"), a = n.querySelector("[aria-current]").getBoundingClientRect(), b = n.getBoundingClientRect(); a.left >= b.left && a.right <= b.right`); !at {
		t.Error("the page that is open is not in sight in the navigation")
	}
}
