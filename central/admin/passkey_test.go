package admin_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
)

// named gives the site's address by its name: browsers make passkeys for names only.
func (w *world) named() string {
	return strings.Replace(w.server.URL, "127.0.0.1", "localhost", 1)
}

// authenticator plugs a device into the browser that holds passkeys and has its
// bearer's consent.
func authenticator(t *testing.T, ctx context.Context) {
	t.Helper()
	do(t, ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Ctap2version: "ctap2_1", Transport: "internal", HasResidentKey: true, HasUserVerification: true,
			IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		return err
	}))
}

// Somebody is invited, sets a password, makes a passkey, comes in with it, shows it
// again where a fresh one is needed, and takes recovery codes.
func TestPasskeyInABrowser(t *testing.T) {
	t.Parallel()
	ctx := chrome(t, 1280, 900, false)
	w := newWorld(t)
	made, err := w.door.Invite(t.Context(), email, access.NewAccount{Email: "ann@harbour-bakery.example", Role: attendance.Admin})
	if err != nil {
		t.Fatal(err)
	}
	authenticator(t, ctx)
	do(t, ctx, chromedp.Navigate(w.named()+"/login"), chromedp.WaitVisible("[data-go]"), chromedp.Click("a[href='/welcome']"),
		chromedp.WaitVisible("#code"), chromedp.SendKeys("#code", strings.ToLower(strings.ReplaceAll(made.Code, "-", " "))), chromedp.Click("button[type=submit]"),
		chromedp.WaitVisible("#password"), chromedp.SendKeys("#password", "short"), chromedp.Click("button[type=submit]"),
		chromedp.WaitVisible("#why"), chromedp.SendKeys("#password", password), chromedp.Click("button[type=submit]"), chromedp.WaitVisible("#key-name"))
	do(t, ctx, chromedp.SendKeys("#key-name", "Ann’s laptop"), chromedp.Click("#passkeys [data-go]"), chromedp.WaitVisible("#passkeys .things"))
	if got := eval[string](t, ctx, `document.querySelector("#passkeys .things").innerText`); !strings.Contains(got, "Ann’s laptop") {
		t.Errorf("the passkey is listed as %q", got)
	}
	do(t, ctx, chromedp.Click("form.account button"), chromedp.WaitVisible(".gate .first [data-go]"), chromedp.Click(".gate .first [data-go]"), chromedp.WaitVisible("#live"))

	w.advance(access.FreshFor + 1)
	do(t, ctx, chromedp.Navigate(w.named()+"/confirm?next=/account"), chromedp.WaitVisible("[data-go]"), chromedp.Click("[data-go]"),
		chromedp.WaitVisible("#recovery"), chromedp.Click("#recovery button"), chromedp.WaitVisible(".codes"))
	code := eval[string](t, ctx, `document.querySelectorAll(".codes li").length + " " + document.querySelector(".codes li").innerText`)
	if !strings.HasPrefix(code, "10 ") || len(code) != 22 {
		t.Errorf("recovery codes: %q", code)
	}
	c := w.browser()
	res, _ := w.post(c, "/login", map[string][]string{"email": {"ann@harbour-bakery.example"}, "password": {strings.TrimPrefix(code, "10 ")}})
	if res.StatusCode != http.StatusSeeOther {
		t.Errorf("a recovery code does not open: %s", res.Status)
	}
}

// With an IP address in the address bar the page says why there are no passkeys.
func TestPasskeyNeedsAName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	if _, body := w.get(c, "/account"); !strings.Contains(body, "open by its IP address") || strings.Contains(body, "data-go") {
		t.Error("passkeys are offered at an IP address")
	}
	for path, want := range map[string]int{
		"/login/passkey/options": http.StatusBadRequest, "/login/passkey": http.StatusGone, "/account/passkeys/options": http.StatusBadRequest,
	} {
		if res, body := w.post(c, path, nil); res.StatusCode != want {
			t.Errorf("%s: %s %s", path, res.Status, body)
		}
	}
}
