package admin_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// missed has a request of somebody arrive for a clock-out of so long ago.
func (w *world) missed(id int64, person string, before time.Duration) {
	w.t.Helper()
	w.update(func(tx *centraldb.Tx) error {
		return tx.AddPunchRequest(w.t.Context(), centraldb.PunchRequest{
			ID: id, Person: person, Kiosk: "front-door", Action: attendance.Out, Reason: "My bus was <late>", Claim: w.now().Add(-before).UnixNano(),
			Zone: zoneName, MadeAt: w.now().Add(-time.Hour).UnixNano(), ReceivedAt: w.now().UnixNano(),
		})
	})
}

// What people asked for is listed and counted, decided once, and stays with its
// answer; what can't be decided so says why, next to its field.
func TestRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery()
	w.missed(9101, "p-3", 20*time.Hour)
	w.missed(9102, "p-4", 21*time.Hour)
	w.missed(9103, "p-99", 22*time.Hour)
	c := w.loggedIn()
	_, body := w.get(c, "/punches/requests")
	for _, want := range []string{"Anna Bergmann", "My bus was &lt;late&gt;", "Unknown person p-99", `<span class="count">3<span class="vh"> to decide`, `href="/punches/requests/9101"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	for _, x := range []struct {
		path   string
		form   url.Values
		status int
		want   string
	}{
		{"9101/approve", url.Values{"action": {"out"}, "day": {"2099-01-01"}, "time": {"08:00"}}, 400, `id="day-bad"`},
		{"9101/approve", url.Values{"action": {"out"}, "day": {"2026-03-01"}, "time": {"25:00"}}, 400, `value="25:00"`},
		{"9101/refuse", url.Values{"answer": {" x "}}, 400, `id="answer-bad"`},
		{"9103/approve", url.Values{"action": {"out"}, "day": {"2026-03-01"}, "time": {"08:00"}}, 400, ""},
		{"9104/refuse", url.Values{"answer": {"because"}}, 404, "no such request"},
		{"x/refuse", url.Values{"answer": {"because"}}, 404, "no such request"},
		{"9101/approve", url.Values{"action": {"out"}, "day": {"2026-03-01"}, "time": {"17:45"}}, 303, ""},
		{"9101/refuse", url.Values{"answer": {"because"}}, 409, "decided this already"},
		{"9102/refuse", url.Values{"answer": {"You were here"}}, 303, ""},
		{"9103/refuse", url.Values{"answer": {"Nobody knows"}}, 303, ""},
	} {
		if res, body := w.post(c, "/punches/requests/"+x.path, x.form); res.StatusCode != x.status || !strings.Contains(body, x.want) {
			t.Errorf("%s %v: %s, want %d with %q\n%s", x.path, x.form, res.Status, x.status, x.want, body)
		}
	}
	if _, body = w.get(c, "/punches/requests"); !strings.Contains(body, "No requests") || strings.Contains(body, "to decide</span>") {
		t.Error("something is left")
	}
	_, body = w.get(c, "/punches/requests?view=decided")
	for _, want := range []string{"Approved", "Refused", "You were here", "Not read yet", `href="/punches/-1"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the decided ones lack %q", want)
		}
	}
	if h, err := w.db.Held(t.Context(), -1); err != nil || h.Person != "p-3" || h.Reason != "My bus was <late>" {
		t.Errorf("%+v %v", h, err)
	}
	if _, body = w.get(c, "/team/p-4"); !strings.Contains(body, "You were here") {
		t.Error("the person's page lacks the request")
	}
}

// A manager sees the requests of the teams they manage and decides none; whoever has
// an account sees their own.
func TestRequestsWithinReach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt/Bakery", "Ben Okafor/Shop", "Cleo Dahl/Shop")
	w.kiosk("front-door", "Front door")
	for i, person := range []string{"p-1", "p-2", "p-3"} {
		w.missed(9101+int64(i), person, 20*time.Hour)
	}
	w.update(func(tx *centraldb.Tx) error {
		if err := tx.EnsureTeam(t.Context(), "Shop", 1); err != nil {
			return err
		}
		row, err := tx.TeamRow(t.Context(), "Shop")
		if err != nil {
			return err
		}
		row.Manager = "p-3"
		return tx.SetTeam(t.Context(), row)
	})
	c := w.manager("p-3")
	_, body := w.get(c, "/punches/requests")
	if strings.Contains(body, "Ada Brandt") || !strings.Contains(body, "Ben Okafor") || strings.Contains(body, `href="/punches/requests/9102"`) || !strings.Contains(body, `<span class="count">2<`) {
		t.Errorf("a manager sees %s", body)
	}
	for _, path := range []string{"/punches/requests/9101/refuse", "/punches/requests/9102/refuse", "/punches/requests/9102/approve"} {
		if res, _ := w.post(c, path, url.Values{"answer": {"because"}}); res.StatusCode != 403 {
			t.Errorf("%s by a manager: %s", path, res.Status)
		}
	}
	if _, body = w.get(c, "/me"); !strings.Contains(body, "What you asked for") || strings.Count(body, "My bus was") != 1 || !strings.Contains(body, "Not decided yet") {
		t.Error("the own record lacks the own request")
	}
}

// From the count in the navigation to a punch at another time than asked for.
func TestRequestsInABrowser(t *testing.T) {
	t.Parallel()
	ctx := chrome(t, 390, 844, false)
	w := newWorld(t)
	w.bakery()
	w.missed(9101, "p-3", 20*time.Hour)
	w.logIn(ctx)
	do(t, ctx, chromedp.Navigate(w.server.URL+"/punches"), chromedp.WaitVisible("nav .count"), chromedp.Click(".switch a[href='/punches/requests']"),
		chromedp.WaitVisible(".reviews"), chromedp.Click("a[href='/punches/requests/9101']"), chromedp.WaitVisible("#answer"),
		chromedp.SetValue("#time", ""), chromedp.Click("form[action$=approve] button"), chromedp.WaitVisible("#time-bad"),
		chromedp.SetValue("#time", "17:45"), chromedp.Click("form[action$=approve] button"), chromedp.WaitVisible(".notice.good"))
	if eval[int](t, ctx, `document.documentElement.scrollWidth`) > 390 {
		t.Error("the page is wider than the phone")
	}
	do(t, ctx, chromedp.Click(".switch a[href$=decided]"), chromedp.WaitVisible(".verdict"))
	if got := eval[string](t, ctx, `document.querySelector(".reviews").innerText`); !strings.Contains(got, "Approved") {
		t.Errorf("decided: %s", got)
	}
	w.checkHeld(map[int64]string{-1: "p-3 out add"})
}

// Owners say whether admins get a mail of what people ask for.
func TestWhoIsToldOfRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery()
	c := w.loggedIn()
	if res, body := w.post(c, "/settings/asked", url.Values{"asked": {"maybe"}}); res.StatusCode != 400 || !strings.Contains(body, `id="asked-bad"`) {
		t.Errorf("neither: %s", res.Status)
	}
	for _, on := range []bool{true, false} {
		typed := map[bool]string{true: "on", false: "off"}[on]
		if res, _ := w.post(c, "/settings/asked", url.Values{"asked": {typed}}); res.StatusCode != 303 {
			t.Errorf("%s: %s", typed, res.Status)
		}
		s, err := w.db.Settings(t.Context())
		if err != nil || s.MailRequests != on {
			t.Errorf("%s: %+v %v", typed, s, err)
		}
		if _, body := w.get(c, "/settings?saved=asked"); !strings.Contains(body, `value="`+typed+`" checked`) {
			t.Errorf("%s is not shown", typed)
		}
	}
}
