package admin_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/central/admin"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/notify"
	"github.com/timepost/timepost/central/post"
	"github.com/timepost/timepost/central/post/posttest"
	"github.com/timepost/timepost/store/centraldb"
)

// mailroom wires the pages to a real sender of mail.
func (w *world) mailroom(c *admin.Config) {
	w.t.Helper()
	safe, err := notify.NewSafe("harbour-bakery", [32]byte{7})
	if err != nil {
		w.t.Fatal(err)
	}
	c.Mails = notify.New(notify.Config{Org: "harbour-bakery", Store: w.db, Sender: new(post.Sender), Safe: safe, Audit: audit.New(w.db, w.now), Now: w.now})
	c.MailLists = w.db
	w.hooks(c, safe)
}

// letters adds mails: two given up, two waiting, two sent.
func (w *world) letters() {
	w.t.Helper()
	w.update(func(tx *centraldb.Tx) error {
		ctx, at := context.Background(), w.now().UnixNano()
		for i, title := range []string{"Ada Brandt forgot their PIN", "The PIN of Felix Hofmann is locked", "Many wrong PINs at Front door"} {
			if err := tx.AddNotice(ctx, centraldb.Notice{At: at, Kind: "test", Audience: centraldb.ToAdmins, Title: title}); err != nil {
				return err
			}
			ids, _, err := tx.Unmailed(ctx, 10)
			if err != nil {
				return err
			}
			for j, to := range []string{"ann@harbour.example", "<b>joris</b>@harbour.example"} {
				id := int64(2*i + j + 1)
				l := centraldb.Letter{ID: id, Notice: ids[len(ids)-1], Recipient: to, Subject: title, CreatedAt: at, DueAt: at}
				if err := tx.AddLetter(ctx, l); err != nil {
					return err
				}
				switch i {
				case 0:
					l.Tries, l.DeadAt, l.Fault = 14, at, "The mail server refuses this mail. It said: 550 5.1.1 no such mailbox"
				case 1:
					l.Tries, l.Fault = 3, "The mail server did not answer in time. It may be busy, or a firewall is between."
				case 2:
					l.Tries, l.SentAt = 1, at
				}
				if err := tx.SetTried(ctx, l); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func mailForm(port int, change map[string]string) url.Values {
	form := url.Values{
		"host": {"127.0.0.1"}, "port": {strconv.Itoa(port)}, "security": {"none"}, "from": {"Timepost <clock@harbour.example>"}, "site": {"https://time.harbour.example"},
	}
	for k, v := range change {
		form.Set(k, v)
	}
	return form
}

func TestMailErrorsStandByTheirFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	for field, value := range map[string]string{
		"host": "smtp harbour", "port": "many", "security": "magic", "user": "somebody", "from": "nobody", "site": "http://time.harbour.example",
	} {
		res, body := w.post(c, "/settings/mail", mailForm(25, map[string]string{field: value}))
		if res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `id="`+field+`-bad"`) || strings.Count(body, `aria-invalid="true"`) != 1 {
			t.Errorf("%s: %s", field, res.Status)
		}
		if field != "security" && !strings.Contains(body, `value="`+value+`"`) {
			t.Errorf("%s: what was typed is gone", field)
		}
	}
	res, body := w.post(c, "/settings/mail", mailForm(25, map[string]string{"host": "smtp.harbour.example", "security": "tls", "user": "u", "password": "not to be seen 5", "from": ""}))
	if res.StatusCode != http.StatusBadRequest || strings.Contains(body, "not to be seen") {
		t.Errorf("%s; the password is on the page", res.Status)
	}
}

func TestPasswordIsNeverShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	form := mailForm(587, map[string]string{"host": "smtp.harbour.example", "security": "starttls", "user": "u", "password": "not to be seen 5"})
	if res, _ := w.post(c, "/settings/mail", form); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	if _, body := w.get(c, "/settings/mail"); strings.Contains(body, "not to be seen") || !strings.Contains(body, "One is stored") {
		t.Error(body)
	}
	if res, _ := w.post(c, "/settings/mail/off", nil); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	if _, body := w.get(c, "/settings/mail"); strings.Contains(body, "One is stored") || !strings.Contains(body, "The stored password is gone") {
		t.Error(body)
	}
	for _, path := range []string{"/settings/mail/1/retry", "/settings/mail/one/drop"} {
		if res, _ := w.post(c, path, nil); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
}

// An owner sets mail up, sees why the test fails, puts it right, and looks after
// what was not delivered.
func TestMailInABrowser(t *testing.T) {
	t.Parallel()
	s := posttest.Start(t, posttest.Options{RefuseSender: "stranger"})
	w := newWorld(t)
	w.letters()
	ctx := chrome(t, 390, 844, false)
	w.logIn(ctx)
	see := func(selector, want string) {
		t.Helper()
		var got string
		for range 200 { // the next page may still be on its way
			text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(document.querySelector("`+selector+`")?.innerText ?? "").replace(/\s+/g, " ")`))
			if got = text; err == nil && strings.Contains(text, want) {
				return
			}
			do(t, ctx, chromedp.Sleep(20*time.Millisecond))
		}
		t.Fatalf("no %q in %q", want, got)
	}
	save := func(from string) {
		t.Helper()
		eval[bool](t, ctx, `for (const [k, v] of Object.entries({host: "127.0.0.1", port: "`+strconv.Itoa(s.Port)+`", security: "none", from: "`+from+`", site: "https://time.harbour.example"}))
			document.getElementById(k).value = v; true`)
		do(t, ctx, chromedp.Click("form[action='/settings/mail'] button"))
	}
	do(t, ctx, chromedp.Navigate(w.server.URL+"/settings/mail"), chromedp.WaitVisible("#host"))
	save("a stranger")
	see("#from-bad", "This is not an e-mail address.")
	save("stranger@harbour.example")
	see(".notice.good", "The mail settings were saved.")
	do(t, ctx, chromedp.Click("form[action$=test] button"))
	see("#test-bad", "The mail server does not take mail from us. It said: 550 5.7.1 not from you")
	save("clock@harbour.example")
	see(".notice.good", "The mail settings were saved.")
	do(t, ctx, chromedp.Click("form[action$=test] button"))
	see(".notice.good", "took the test mail")
	if m := s.Mail(); m.To[0] != email || !strings.Contains(m.Data, "Subject: Timepost can send mail") {
		t.Errorf("%+v", m)
	}
	do(t, ctx, chromedp.Click("form[action='/settings/mail/2/retry'] button"))
	see(".notice.good", "tried again")
	see("#dead-h + p", "1 mail was")
	do(t, ctx, chromedp.Click("form[action='/settings/mail/1/drop'] button"))
	see(".notice.good", "removed")
	if eval[bool](t, ctx, `document.getElementById("dead-h") !== null`) {
		t.Error("something is still not delivered")
	}
}

// mailPictures goes through the page in its states.
func (w *world) mailPictures(picture func(name string, from *world, path string), bare *world) {
	w.t.Helper()
	if _, there, err := w.db.Letters(w.t.Context(), centraldb.MailDead, 0, 1); err != nil {
		w.t.Fatal(err)
	} else if there == 0 {
		w.letters()
	}
	picture("mail", w, "/settings/mail")
	picture("bare-mail", bare, "/settings/mail")
}
