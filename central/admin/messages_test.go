package admin_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/store/centraldb"
)

// A message is looked at, posted and ended; what can't be posted says why beside its
// field and keeps what was typed.
func TestMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery()
	c := w.loggedIn()
	if _, body := w.get(c, "/messages"); !strings.Contains(body, "No message runs") {
		t.Error("an empty list says nothing")
	}
	for _, x := range []struct {
		form   url.Values
		status int
		want   string
	}{
		{url.Values{"do": {"post"}, "audience": {"all"}}, 400, `id="text-bad"`},
		{url.Values{"do": {"preview"}, "audience": {"all"}, "text": {strings.Repeat("é", 300)}}, 400, "this has 600"},
		{url.Values{"do": {"post"}, "text": {"hi <b>"}}, 400, `id="audience-bad"`},
		{url.Values{"do": {"post"}, "audience": {"kiosk"}, "text": {"hi <b>"}}, 400, `id="subject-bad"`},
		{url.Values{"do": {"post"}, "audience": {"person"}, "person": {"Nobody At"}, "text": {"hi"}}, 400, `value="Nobody At"`},
		{url.Values{"do": {"post"}, "audience": {"all"}, "until": {"2020-01-01"}, "text": {"hi"}}, 400, `id="until-bad"`},
		{url.Values{"do": {"post"}, "audience": {"all"}, "from": {"soon"}, "text": {"hi <b>"}}, 400, "hi &lt;b&gt;</textarea>"},
		{url.Values{"do": {"preview"}, "audience": {"all"}, "text": {"Line <one>\r\nline two"}}, 200, "Line &lt;one&gt;<br>line two"},
		{url.Values{"do": {"post"}, "audience": {"person"}, "person": {"1003"}, "text": {"For Anna"}, "from": {"2026-03-03"}, "until": {"2026-03-04"}}, 303, ""},
		{url.Values{"do": {"post"}, "audience": {"all"}, "text": {"For <all>"}}, 303, ""},
	} {
		if res, body := w.post(c, "/messages", x.form); res.StatusCode != x.status || !strings.Contains(body, x.want) {
			t.Errorf("%v: %s, want %d with %q\n%s", x.form, res.Status, x.status, x.want, body)
		}
	}
	w.update(func(tx *centraldb.Tx) error {
		_, _, err := tx.MarkRead(t.Context(), "note-2", "p-3", "front-door", 1)
		return err
	})
	_, body := w.get(c, "/messages")
	for _, want := range []string{"For Anna", "Tue 3 Mar 2026 to Wed 4 Mar 2026", "For &lt;all&gt;", "Read by 1 person", "Nobody has read it yet"} {
		if !strings.Contains(body, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	for path, status := range map[string]int{"/messages/1/end": 303, "/messages/9/end": 404, "/messages/x/end": 404} {
		if res, _ := w.post(c, path, nil); res.StatusCode != status {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	if _, body = w.get(c, "/messages?view=over"); !strings.Contains(body, "For Anna") || !strings.Contains(body, "Ended by "+email) {
		t.Error("what was ended is not kept")
	}
	l, err := w.db.Bulletin(t.Context(), 1)
	if err != nil || l.Subject != "p-3" || l.Until-l.From != 48*3600 {
		t.Errorf("%+v %v", l, err)
	}
}

// From the page of kiosks to a message for a team, on a phone.
func TestMessagesInABrowser(t *testing.T) {
	t.Parallel()
	ctx := chrome(t, 390, 844, false)
	w := newWorld(t)
	w.bakery()
	w.logIn(ctx)
	do(t, ctx, chromedp.Navigate(w.server.URL+"/kiosks"), chromedp.WaitVisible("a[href='/messages']"), chromedp.Click("a[href='/messages']"),
		chromedp.WaitVisible("#text"), chromedp.SendKeys("#text", "Flour comes at six."), chromedp.Click("input[value=team]"),
		chromedp.Click("button[value=preview]"), chromedp.WaitVisible("#subject-bad"))
	if got := eval[string](t, ctx, `document.querySelector("#text").value`); got != "Flour comes at six." {
		t.Errorf("kept: %q", got)
	}
	do(t, ctx, chromedp.SetValue("#team", "Bakery"), chromedp.Click("button[value=preview]"), chromedp.WaitVisible(".preview"),
		chromedp.Click("button[value=post]"), chromedp.WaitVisible(".notice.good"))
	if got := eval[string](t, ctx, `document.querySelector(".reviews").innerText`); !strings.Contains(got, "Team Bakery") || !strings.Contains(got, "Flour comes at six.") {
		t.Errorf("listed: %s", got)
	}
	if eval[int](t, ctx, `document.documentElement.scrollWidth`) > 390 {
		t.Error("the page is wider than the phone")
	}
	do(t, ctx, chromedp.Click(".reviews form button"), chromedp.WaitVisible(".empty"))
}

// saidOnScreens has a few messages run.
func (w *world) saidOnScreens() {
	w.t.Helper()
	w.update(func(tx *centraldb.Tx) error {
		for _, b := range []centraldb.Bulletin{
			{Audience: centraldb.ForAll, Text: "The canteen is closed on Friday.\nThere is soup at the front desk."},
			{Audience: centraldb.ForTeam, Subject: "Bakery", Text: "Flour comes at six from Monday on.", From: w.now().Unix() + 86400},
			{Audience: centraldb.ForPerson, Subject: "p-3", Text: "Please see Ben before you leave.", Until: w.now().Unix() + 3*86400},
		} {
			b.MadeAt, b.MadeBy = w.now().UnixNano(), email
			if _, err := tx.AddBulletin(w.t.Context(), b); err != nil {
				return err
			}
		}
		_, _, err := tx.MarkRead(w.t.Context(), "note-1", "p-3", "front-door", 1)
		return err
	})
}
