package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/store/centraldb"
)

// teams fills an organisation: so many people in each, and two kiosks.
func (w *world) teams(sizes map[string]int) {
	w.t.Helper()
	for name, n := range sizes {
		for i := range n {
			p := team.NewPerson{Name: fmt.Sprintf("Person %03d %s", i, name), StaffNo: fmt.Sprint(name, i), Team: name}
			if _, _, err := w.team.Create(w.t.Context(), email, p); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	for _, k := range []string{"Front Door", "Yard"} {
		id := strings.ToLower(strings.ReplaceAll(k, " ", "-"))
		w.kiosk(id, k)
		if _, err := w.team.GenerateUniversal(w.t.Context(), email, id); err != nil {
			w.t.Fatal(err)
		}
	}
	w.advance(time.Second)
}

func (w *world) universal(kiosk string) int {
	w.t.Helper()
	row, err := w.db.PIN(w.t.Context(), pin.Universal, kiosk)
	if err != nil {
		w.t.Fatal(err)
	}
	return row.Len
}

// From four to six digits without a script: the choice, the consequences, the new
// Universal PINs, then team by team as slips or as a list, until all are done.
func TestChangeTheLengthOfPINs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.teams(map[string]int{"Bakery": 3, "Shop": 2, "": 1})
	c := w.loggedIn()
	_, body := w.get(c, "/settings/pins")
	has(t, "before", body, "4 digits", `aria-current="step"><span>Choose the length`, `href="/settings/pins/change?digits=6"`, "Checked every night")
	_, body = w.get(c, "/settings/pins/change?digits=6")
	has(t, "the question", body, "<b>6 people keep</b>", "2 kiosks get", `name="digits" value="6"`)
	_, body = w.follow(c, "/settings/pins/change", url.Values{"digits": {"6"}})
	has(t, "the Universal PINs", body, "2 kiosks have a new Universal PIN", "Front Door", "Yard")
	if w.universal("yard") != 6 || w.universal("front-door") != 6 {
		t.Error("the kiosks have short PINs")
	}
	_, body = w.get(c, "/settings/pins")
	has(t, "under way", body, "6 digits", "<b>6 people still have</b>", "0 of 6 done", "Without a team", "New PINs for 3")
	_, body = w.follow(c, "/settings/pins/renew", url.Values{"team": {"Bakery"}, "as": {"slips"}})
	slips := regexp.MustCompile(`class="slip-pin">(\d{6})<`).FindAllStringSubmatch(body, -1)
	if len(slips) != 3 || strings.Contains(body, "Shop") {
		t.Errorf("%d slips of the bakery", len(slips))
	}
	_, body = w.get(c, "/settings/pins")
	has(t, "after the bakery", body, "3 of 6 done", "All 3 done")
	for _, name := range []string{"Shop", ""} {
		_, body = w.follow(c, "/settings/pins/renew", url.Values{"team": {name}, "as": {"list"}})
		if !regexp.MustCompile(`\d{6}<`).MatchString(body) || !strings.Contains(body, "Shown once") {
			t.Errorf("no list of %q", name)
		}
	}
	_, body = w.get(c, "/settings/pins")
	has(t, "done", body, "Everybody has a PIN of the new length", `aria-current="step"><span>Done`, "Change back to 4 digits")
	if to, _ := w.follow(c, "/settings/pins/renew", url.Values{"team": {"Shop"}}); to != "/settings/pins" {
		t.Errorf("a team that is done leads to %s", to)
	}
	if to, _ := w.follow(c, "/settings/pins/renew", url.Values{"team": {"No such team"}}); to != "/settings/pins" {
		t.Errorf("no team leads to %s", to)
	}
	if got := w.auditActions(); strings.Count(got, "pins.length") != 1 || strings.Count(got, "pin.generate") != 6 {
		t.Errorf("audited %q", got)
	}
}

func TestTheLengthOfPINsIsGuarded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.teams(map[string]int{"Bakery": 1})
	c := w.loggedIn()
	for _, digits := range []string{"", "5", "sechs", "44444444444444444444"} {
		if res, _ := w.post(c, "/settings/pins/change", url.Values{"digits": {digits}}); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%q digits: %s", digits, res.Status)
		}
		if res, _ := w.get(c, "/settings/pins/change?digits="+digits); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%q digits asked: %s", digits, res.Status)
		}
	}
	w.advance(6 * time.Minute) // the password was shown too long ago for what brings PINs to light
	res, _ := w.post(c, "/settings/pins/change", url.Values{"digits": {"6"}})
	if l, err := w.db.PINLength(t.Context()); err != nil || l.Digits != 4 || res.StatusCode != http.StatusForbidden {
		t.Errorf("changed without a password: %s %+v %v", res.Status, l, err)
	}
	if _, err := w.team.ChangeLength(t.Context(), email, 6); err != nil {
		t.Fatal(err)
	}
	res, body := w.post(c, "/settings/pins/renew", url.Values{"team": {"Bakery"}})
	if res.StatusCode != http.StatusForbidden || regexp.MustCompile(`>\d{6}<`).MatchString(body) {
		t.Errorf("PINs without a password: %s", res.Status)
	}
}

// What the nightly check found, and how often somebody was stopped, stands on the page.
func TestThePINPageTellsOfBrokenRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("Ben Okafor", attendance.Regular)
	c := w.loggedIn()
	if _, err := w.team.Check(t.Context(), time.UTC); err != nil {
		t.Fatal(err)
	}
	_, body := w.get(c, "/settings/pins")
	has(t, "after a good night", body, "All PINs keep every rule", "Checked on 3 March, 13:20")
	for range 5 {
		if err := w.team.SetPIN(t.Context(), "ann@acme.example", p.ID, digits(t, "7777")); err == nil {
			t.Fatal("7777 is taken")
		}
	}
	row, err := w.db.PIN(t.Context(), pin.Personal, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	row.Tag[0] ^= 1
	w.plant(row)
	if _, err := w.team.Check(t.Context(), time.UTC); err != nil {
		t.Fatal(err)
	}
	_, body = w.get(c, "/settings/pins")
	has(t, "after a bad one", body, "1 PIN breaks a rule", "central pins check", "1 account was")
}

// The whole way in a browser; with TIMEPOST_PICTURES its pictures are kept.
func TestPINLengthInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.teams(map[string]int{"Bakery": 12, "Shop": 5, "Warehouse": 3})
	dir := os.Getenv("TIMEPOST_PICTURES")
	looks := []struct {
		name          string
		width, height int
		dark          bool
	}{{"phone-light", 390, 844, false}, {"desk-light", 1440, 900, false}, {"desk-dark", 1440, 900, true}, {"phone-dark", 390, 844, true}}
	if dir == "" {
		looks = looks[:1]
	}
	for i, look := range looks {
		ctx := chrome(t, look.width, look.height, look.dark)
		w.logIn(ctx)
		keep := func(name string) {
			if dir != "" {
				photograph(t, ctx, filepath.Join(dir, look.name+"-pins-"+name+".png"))
			}
		}
		do(t, ctx, chromedp.Navigate(w.server.URL+"/settings/pins"), chromedp.WaitVisible(".steps"))
		keep("1")
		if i == 0 {
			do(t, ctx, chromedp.Click(".actions .btn"), chromedp.WaitVisible(".points"))
			keep("2-question")
			do(t, ctx, chromedp.Click("button.main[type=submit]"), chromedp.WaitVisible(".pins"))
			keep("3-universals")
			do(t, ctx, chromedp.Click(".deeds .btn"), chromedp.WaitVisible(".due"))
		} else {
			do(t, ctx, chromedp.Navigate(w.server.URL+"/settings/pins/change?digits=4"), chromedp.WaitVisible(".points"))
			keep("2-question")
		}
		if i == 0 {
			keep("4-teams")
			do(t, ctx, chromedp.Click(".due button[value=slips]"), chromedp.WaitVisible(".slip-pin"))
		}
		if wide := eval[int](t, ctx, "document.documentElement.scrollWidth"); wide > look.width {
			t.Errorf("%s: the page is %d wide", look.name, wide)
		}
	}
	if due, err := w.db.TeamsDue(t.Context()); err != nil || len(due) != 3 || due[0].Due != 0 || due[1].Due != 5 {
		t.Errorf("%+v, %v", due, err)
	}
}

func (w *world) plant(row centraldb.PIN) {
	w.t.Helper()
	w.update(func(tx *centraldb.Tx) error { return tx.SetPIN(w.t.Context(), row) })
}
