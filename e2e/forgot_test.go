package e2e

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/post/posttest"
)

const (
	smtpUser   = "clock@acme.example"
	smtpSecret = "canary-of-the-mail-server-5501"
)

// TestForgottenPINReachesTheAdmins: people ask for a new PIN at a kiosk that has
// no network. When it is back, each owner gets exactly one mail about each person,
// with a link to where the PIN is made. The new PIN works on the kiosk at once,
// the request is settled, and nothing secret is in any log.
func TestForgottenPINReachesTheAdmins(t *testing.T) {
	t.Parallel()
	smtp := posttest.Start(t, posttest.Options{Mode: "starttls", User: smtpUser, Password: smtpSecret})
	c := foundCentre(t)
	c.args = append([]string{"/usr/bin/env", "SSL_CERT_FILE=" + smtp.Cert}, c.args...)
	c.up(t)
	staff := importWithPINs(t, c, 3)
	password := smtpSecret
	_, err := c.api.SetMailSettings(t.Context(), client.MailSettings{
		Host: "127.0.0.1", Port: smtp.Port, Security: "starttls", User: smtpUser, Password: &password, From: "Timepost <" + smtpUser + ">", Site: "https://time.acme.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	w := enrolledClock(t, c, "Front Door", true)
	c.proc.kill9()
	w.up(t)
	for _, p := range staff[:2] {
		if _, err := w.local.Forgot(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		if again, err := w.local.Forgot(t.Context(), p.ID); err != nil || !again.Repeated {
			t.Fatalf("asked twice: %+v, %v", again, err)
		}
	}
	w.proc.kill9()
	w.up(t)

	c.up(t)
	links := map[string]int{}
	mails := []posttest.Mail{smtp.Mail(), smtp.Mail()}
	for _, m := range mails {
		if len(m.To) != 1 || m.To[0] != "owner@acme.example" || m.From != smtpUser || !m.TLS || m.Login != smtpUser {
			t.Errorf("%v to %v, TLS %v, as %q", m.From, m.To, m.TLS, m.Login)
		}
		for _, p := range staff {
			if strings.Contains(m.Data, "https://time.acme.example/team/"+p.ID+"#pin") && strings.Contains(m.Data, "Front Door") {
				links[p.ID]++
			}
		}
	}
	if links[staff[0].ID] != 1 || links[staff[1].ID] != 1 || links[staff[2].ID] != 0 {
		t.Errorf("links %v in\n%s\n%s", links, mails[0].Data, mails[1].Data)
	}
	open, err := c.api.PINRequests(t.Context())
	if err != nil || open.Total != 2 {
		t.Fatalf("%+v, %v", open, err)
	}
	fresh := newPINInTime(t, c, w, staff[0].ID)
	if err := c.api.DismissPINRequest(t.Context(), open.Requests[1].ID); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "both requests are settled", func() bool {
		open, err := c.api.PINRequests(t.Context())
		return err == nil && open.Total == 0
	})
	awaitDrained(t, []*clock{w})
	smtp.None()
	quietLogs(t, []*process{c.proc, w.proc}, fresh, staff[0].PIN, smtpSecret)
}

// newPINInTime makes a person a PIN and measures until the kiosk takes it.
func newPINInTime(t *testing.T, c *centre, w *clock, person string) string {
	t.Helper()
	eventually(t, 20*time.Second, "the kiosk is connected", func() bool { return w.state(t).Connected })
	began := time.Now()
	made, err := c.api.SetPIN(t.Context(), person, "")
	if err != nil {
		t.Fatal(err)
	}
	// The same wrong PIN counts once, so asking again and again locks nothing.
	eventually(t, 20*time.Second, "the kiosk takes the new PIN", func() bool {
		_, err := w.punchWith(t, person, made.PIN, "new PIN")
		return err == nil
	})
	took := time.Since(began)
	t.Logf("from the admin's click to the punch with the new PIN: %v", took.Round(time.Millisecond))
	if took > 15*time.Second {
		t.Errorf("the new PIN took %v to work", took)
	}
	eventually(t, 20*time.Second, "the punch is at central", func() bool {
		all := c.punches(t)
		return len(all) > 0 && all[len(all)-1].Auth == attendance.AuthPersonal
	})
	return made.PIN
}

// quietLogs looks for secrets in what programs have said.
func quietLogs(t *testing.T, programs []*process, secrets ...string) {
	t.Helper()
	for _, p := range programs {
		text, err := os.ReadFile(p.log)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) == 0 {
			t.Errorf("%s is empty: nothing would be found in it", p.log)
		}
		for _, s := range secrets {
			if line := lineWith(text, s); line != "" {
				t.Errorf("%s has a secret: %s", p.log, line)
			}
		}
	}
	if lineWith([]byte("a\nlevel=INFO pin=1234\nb"), "1234") == "" || lineWith([]byte(`x "1234" y`), "1234") == "" {
		t.Error("the search finds nothing")
	}
}

// lineWith gives the first line in which s stands by itself, "" where none does.
func lineWith(text []byte, s string) string {
	return string(regexp.MustCompile(`(?m)^.*["= ]` + regexp.QuoteMeta(s) + `(["\s]|$).*$`).Find(text))
}
