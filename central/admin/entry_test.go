package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// words gives what a page says, without its marks.
func words(body string) string {
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, " ")
	return strings.Join(strings.Fields(text), " ")
}

func entryForm(set ...string) url.Values {
	v := url.Values{"find": {"Ada"}, "action": {"out"}, "day": {"2026-03-03"}, "time": {"12:30"}, "reason": {"forgot it"}, "seen": {"0"}}
	for i := 0; i < len(set); i += 2 {
		v.Set(set[i], set[i+1])
	}
	return v
}

// A punch is added, corrected and voided; list, hours and files follow, and what
// was recorded stays in sight.
func TestEntriesArePutRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt/Bakery", "Ben Okafor/Shop")
	w.kiosk("front-door", "Front door")
	w.add("p-1", "2026-03-03", "08:00 in")
	c := w.loggedIn()

	res, _ := w.post(c, "/punches", entryForm())
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/punches/-1" {
		t.Fatalf("added: %s to %s", res.Status, res.Header.Get("Location"))
	}
	if _, body := w.get(c, "/punches/-1"); !strings.Contains(body, "The punch was added.") || !strings.Contains(body, "forgot it") {
		t.Error(words(body))
	}
	if got := w.hoursOf(c, "from=2026-03-03"); !slices.Equal(got, []string{"2026-03-03,08:00,12:30,270,0,"}) {
		t.Errorf("hours with the added one: %q", got)
	}
	res, _ = w.post(c, "/punches/1/correct", entryForm("action", "in", "time", "08:30:00", "reason", "the clock was slow"))
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("corrected: %s", res.Status)
	}
	_, body := w.get(c, "/punches?view=list")
	if got := words(body); !strings.Contains(got, "08:30:00 recorded 08:00:00") || !strings.Contains(got, "Corrected by "+email+", today at 13:20: the clock was slow") ||
		!strings.Contains(got, "Added by "+email) {
		t.Errorf("the list says %q", got)
	}
	res, _ = w.post(c, "/punches/-1/void", url.Values{"seen": {"1"}, "reason": {"she stayed"}})
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("voided: %s", res.Status)
	}
	if got := w.hoursOf(c, "from=2026-03-03"); !slices.Equal(got, []string{"2026-03-03,08:30,,290,0,still open"}) {
		t.Errorf("hours without the void one: %q", got)
	}
	_, csv := w.get(c, "/punches.csv?view=list&from=2026-03-03")
	rows := strings.Split(strings.TrimSpace(csv), "\n")
	if len(rows) != 3 || !strings.Contains(rows[1], "1,p-1,Ada Brandt,1001,Bakery,corrected,in,2026-03-03 08:30:00,Europe/Berlin,2026-03-03T07:30:00.000Z,front-door,Front door,personal,,,,in,2026-03-03 08:00:00,2026-03-03T07:00:00.000Z,,,"+email) ||
		!strings.Contains(rows[2], ",void,out,") || !strings.HasSuffix(rows[2], ",she stayed") {
		t.Errorf("%q", rows)
	}
	if res, body := w.get(c, "/punches.xlsx?view=list&from=2026-03-03"); res.StatusCode != http.StatusOK || !strings.HasPrefix(body, "PK") {
		t.Errorf("workbook: %s", res.Status)
	}
	if _, body := w.get(c, "/punches?view=list&corrected=yes&auth=universal"); !strings.Contains(body, "No punches here") {
		t.Error("corrected with the Universal PIN")
	}
}

// What is typed wrong stands next to its field, and stays typed.
func TestEntryFormsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt/Bakery", "Ada Okafor/Shop")
	w.kiosk("front-door", "Front door")
	w.add("p-1", "2026-03-03", "08:00 in")
	c := w.loggedIn()
	w.update(func(tx *centraldb.Tx) error {
		return tx.SetSettings(t.Context(), centraldb.Settings{SealedUntil: "2026-02-28"})
	})
	for _, x := range []struct {
		path  string
		form  url.Values
		field string
		says  string
	}{
		{"/punches", entryForm(), "person", "2 people fit."},
		{"/punches", entryForm("find", "Zoe"), "person", "Nobody is called that."},
		{"/punches", entryForm("find", "Ada Br", "time", "23:00"), "time", "That is in the future."},
		{"/punches", entryForm("find", "Ada Br", "day", "2026-02-28"), "day", "Days up to 2026-02-28 are sealed."},
		{"/punches", entryForm("find", "Ada Br", "reason", "<"), "reason", "Say why."},
		{"/punches/1/correct", entryForm("action", "jump"), "action", "Choose what it was."},
		{"/punches/1/correct", entryForm("seen", "9"), "reason", "Somebody has corrected this punch meanwhile."},
		{"/punches/1/void", url.Values{"seen": {"0"}, "reason": {"<b"}}, "void", "Say why."},
	} {
		res, body := w.post(c, x.path, x.form)
		at := regexp.MustCompile(`(?s)id="` + x.field + `-bad">(.*?)</p>`).FindStringSubmatch(body)
		if res.StatusCode == http.StatusSeeOther || at == nil || !strings.Contains(at[1], x.says) {
			t.Errorf("%s %v: %s, %q", x.path, x.form, res.Status, at)
		}
		if reason := x.form.Get("reason"); !strings.Contains(body, `value="`+strings.ReplaceAll(reason, "<", "&lt;")+`"`) {
			t.Errorf("%s: the reason %q was not kept", x.path, reason)
		}
	}
	for _, path := range []string{"/punches/77", "/punches/x", "/punches/-5"} {
		if res, _ := w.get(c, path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
}

// A manager sees the teams they manage and nothing else, however it is asked for,
// and corrects nothing.
func TestManagersSeeTheirTeams(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt/Bakery", "Ben Okafor/Shop", "Cleo Dahl/Shop")
	w.kiosk("front-door", "Front door")
	w.add("p-1", "2026-03-03", "08:00 in")
	w.add("p-2", "2026-03-03", "08:01 in")
	w.update(func(tx *centraldb.Tx) error {
		for _, team := range []string{"Bakery", "Shop"} {
			if err := tx.EnsureTeam(t.Context(), team, 1); err != nil {
				return err
			}
		}
		row, err := tx.TeamRow(t.Context(), "Shop")
		if err != nil {
			return err
		}
		row.Manager = "p-3"
		return tx.SetTeam(t.Context(), row)
	})
	c := w.manager("p-3")
	for _, path := range []string{
		"/", "/live", "/?search=Ada", "/?team=Bakery", "/punches", "/punches?view=list", "/punches?view=list&person=Ada", "/punches?person=p-1", "/punches?team=Bakery",
		"/punches?view=list&kiosk=front-door", "/punches.csv?view=list", "/punches.csv?view=list&person=p-1", "/punches.csv", "/punches.csv?person=p-1",
	} {
		res, body := w.get(c, path)
		if res.StatusCode != http.StatusOK || strings.Contains(body, "Ada Brandt") {
			t.Errorf("%s: %s, Ada is there: %v", path, res.Status, strings.Contains(body, "Ada Brandt"))
		}
		if !strings.ContainsAny(path, "?") && !strings.Contains(body, "Ben Okafor") {
			t.Errorf("%s: Ben is not there", path)
		}
	}
	for _, path := range []string{"/punches/1", "/punches/2", "/punches/new"} {
		if res, _ := w.get(c, path); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	if res, _ := w.post(c, "/punches/2/void", url.Values{"reason": {"because"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("void: %s", res.Status)
	}
	alone := w.manager("")
	if _, body := w.get(alone, "/punches?view=list"); strings.Contains(body, "Brandt") || strings.Contains(body, "Okafor") {
		t.Error("nobody's account sees somebody")
	}
}

// manager is a browser of a manager whose account is a person's.
func (w *world) manager(person string) *http.Client {
	w.t.Helper()
	address := fmt.Sprintf("manager%s@harbour-bakery.example", person)
	if err := w.door.CreateLogin(w.t.Context(), "test", address, attendance.Manager, password); err != nil {
		w.t.Fatal(err)
	}
	if person != "" {
		if err := w.door.EditAccount(w.t.Context(), email, address, attendance.Manager, person); err != nil {
			w.t.Fatal(err)
		}
	}
	c := w.browser()
	if res, _ := w.post(c, "/login", url.Values{"email": {address}, "password": {password}}); res.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("login: %s", res.Status)
	}
	return c
}

// What kiosks still hold is said before the numbers are.
func TestIncompleteDaysSayWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt/Bakery")
	w.enrolled("gate", "Gate", time.Minute, 0)
	c := w.loggedIn()
	says := func(path, want string) {
		t.Helper()
		if _, body := w.get(c, path); !strings.Contains(words(body), want) {
			t.Errorf("%s: no %q in %q", path, want, words(body))
		}
	}
	says("/punches", "Complete up to today at 13:19: the kiosk has sent all it recorded.")
	w.enrolled("dock", "Dock", 20*time.Hour, 0)
	says("/punches", "These days may be incomplete. Dock has not reported since Mon 2 Mar, 17:20.")
	says("/punches?to=2026-03-01", "Complete up to Mon 2 Mar, 00:00: every kiosk has sent all it recorded.")
	says("/punches?kiosk=gate", "Complete up to today at 13:19")
	w.enrolled("roof", "Roof", time.Minute, 7)
	says("/punches?to=2026-03-01", "Roof still holds 7 records, last heard today at 13:19.")
}

// An admin corrects a punch in a browser.
func TestCorrectingInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt/Bakery")
	w.kiosk("front-door", "Front door")
	w.add("p-1", "2026-03-03", "08:00 in")
	ctx := chrome(t, 390, 844, false)
	w.logIn(ctx)
	do(t, ctx, chromedp.Navigate(w.server.URL+"/punches?view=list"), chromedp.Click("td.deed a"), chromedp.WaitVisible("#reason"))
	eval[bool](t, ctx, `document.querySelector("#time").value = "07:45:00", true`)
	do(t, ctx, chromedp.SendKeys("#reason", "was waiting at the door"), chromedp.Click("form[action$=correct] button"), chromedp.WaitVisible(".notice.good"))
	if got := eval[string](t, ctx, `document.querySelector(".story").innerText.replace(/\s+/g, " ")`); !strings.Contains(got, "In, 3 Mar 2026, 08:00:00") || !strings.Contains(got, "In, 3 Mar 2026, 07:45:00") {
		t.Errorf("the story is %q", got)
	}
	for _, path := range []string{"/punches/1", "/punches/new", "/punches?view=list"} {
		do(t, ctx, chromedp.Navigate(w.server.URL+path), chromedp.WaitReady("main"))
		if bad := eval[[]string](t, ctx, inspect); len(bad) > 0 {
			t.Errorf("%s: %q", path, bad)
		}
	}
}
