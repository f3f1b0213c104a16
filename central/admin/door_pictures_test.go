package admin_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
)

// accounts makes an account of each kind, tokens and an invitation.
func (w *world) accounts() access.Invited {
	w.t.Helper()
	w.people("Ada Brandt/Bakery", "Ben Okafor/Shop")
	for mail, role := range map[string]attendance.Role{
		"ada.brandt@harbour-bakery.example": attendance.Manager, "ben@harbour-bakery.example": attendance.Regular, "office@harbour-bakery.example": attendance.Admin,
	} {
		if err := w.door.CreateLogin(w.t.Context(), email, mail, role, password); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := w.door.EditAccount(w.t.Context(), email, "ada.brandt@harbour-bakery.example", attendance.Manager, "p-1"); err != nil {
		w.t.Fatal(err)
	}
	for name, scope := range map[string]access.Scope{"payroll export": access.ScopeRead, "wall display": access.ScopePunches} {
		if _, err := w.door.CreateToken(w.t.Context(), access.Identity{Email: email}, access.NewToken{Name: name, Scope: scope, Expires: noon.AddDate(0, 6, 0)}); err != nil {
			w.t.Fatal(err)
		}
	}
	made, err := w.door.Invite(w.t.Context(), email, access.NewAccount{Email: "zoe@harbour-bakery.example", Role: attendance.Admin})
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

// TestDoorPictures writes pictures of the pages around logging in, as TestPictures does.
func TestDoorPictures(t *testing.T) {
	dir := os.Getenv("TIMEPOST_PICTURES")
	if dir == "" {
		t.Skip("set TIMEPOST_PICTURES to a folder")
	}
	for _, look := range []struct {
		name          string
		width, height int
		dark          bool
	}{{"desk-light", 1440, 900, false}, {"desk-dark", 1440, 900, true}, {"phone-light", 390, 844, false}, {"phone-dark", 390, 844, true}} {
		w := newWorld(t)
		made := w.accounts()
		ctx := chrome(t, look.width, look.height, look.dark)
		authenticator(t, ctx)
		picture := func(name string, steps ...chromedp.Action[chromedp.Void]) {
			do(t, ctx, append(steps, chromedp.WaitReady("main"), chromedp.Sleep(300*time.Millisecond))...)
			png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, look.name+"-"+name+".png"), png, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		visit := func(path string) chromedp.Action[chromedp.Void] { return chromedp.Navigate(w.named() + path) }
		submit := chromedp.Click("main form button[type=submit]")
		picture("door-login", visit("/login"))
		picture("door-welcome", visit("/welcome"))
		picture("door-welcome-wrong", chromedp.SendKeys("#code", "12"), submit, chromedp.WaitVisible("#why"))
		picture("door-welcome-2", visit("/welcome"), chromedp.SendKeys("#code", made.Code), submit, chromedp.WaitVisible("#password"))
		picture("door-login-wrong", visit("/login"), chromedp.SendKeys("#email", email), chromedp.SendKeys("#password", "wrong, but long"), chromedp.Click(".stack button[type=submit]"), chromedp.WaitVisible("#why"))
		picture("door-account", chromedp.SendKeys("#password", password), chromedp.Click(".stack button[type=submit]"), chromedp.WaitVisible("#live"), visit("/account"),
			chromedp.SendKeys("#key-name", "Office laptop"), chromedp.Click("#passkeys [data-go]"), chromedp.WaitVisible("#passkeys .things"))
		picture("door-recovery", chromedp.Click("#recovery button"), chromedp.WaitVisible(".codes"))
		picture("door-accounts", visit("/accounts"))
		picture("door-accounts-none", visit("/accounts?search=nobody"))
		picture("door-invite", visit("/accounts/new"))
		picture("door-invited", chromedp.SendKeys("#email", "max@harbour-bakery.example"), submit, chromedp.WaitVisible("#secret"))
		picture("door-edit", visit("/accounts/ada.brandt@harbour-bakery.example"))
		picture("door-last", visit("/accounts/"+email), chromedp.Click("button.danger"), chromedp.WaitVisible("#why"))
		w.advance(access.FreshFor + 1)
		picture("door-stale", visit("/accounts/ben@harbour-bakery.example"), chromedp.Click("button.danger"), chromedp.WaitVisible(".gate"))
		picture("door-confirm", chromedp.Click(".gate a.btn"), chromedp.WaitVisible("[data-go]"))
	}
}
