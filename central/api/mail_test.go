package api_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/api/apitest"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/post/posttest"
	"github.com/timepost/timepost/store/centraldb"
)

// mailCalls makes every call about mail and requests for PINs.
func (x *caller) mailCalls() {
	x.t.Helper()
	s := posttest.Start(x.t, posttest.Options{RefuseSender: "stranger"})
	settings := func(from, rest string) string {
		return `{"host":"127.0.0.1","port":` + strconv.Itoa(s.Port) + `,"security":"none","user":"","from":"` + from + `","site":"https://time.acme.example"` + rest + `}`
	}
	x.webhookCalls()
	x.do(call{"GET", "/settings/mail", "/settings/mail", "", nil, 200})
	x.do(call{"POST", "/settings/mail/test", "/settings/mail/test", `{"to":"ann@acme.example"}`, nil, 409})
	x.do(call{"PUT", "/settings/mail", "/settings/mail", `{"host":"smtp.acme.example","port":587,"security":"starttls","user":"u","password":"hidden 4T","from":"clock@acme.example","site":"https://time.acme.example"}`, nil, 200})
	if body := string(x.do(call{"GET", "/settings/mail", "/settings/mail", "", nil, 200})); strings.Contains(body, "hidden") || !strings.Contains(body, `"has_password":true`) {
		x.t.Error(body)
	}
	x.do(call{"PUT", "/settings/mail", "/settings/mail", settings("stranger@acme.example", ""), nil, 200})
	x.do(call{"POST", "/settings/mail/test", "/settings/mail/test", `{"to":"ann@acme.example"}`, nil, 409})
	x.do(call{"PUT", "/settings/mail", "/settings/mail", settings("clock@acme.example", ""), nil, 200})
	x.do(call{"PUT", "/settings/mail", "/settings/mail", settings("clock", ""), nil, 400})
	x.do(call{"PUT", "/settings/mail", "/settings/mail", settings("clock@acme.example", `,"extra":1`), nil, 400})
	x.do(call{"POST", "/settings/mail/test", "/settings/mail/test", `{"to":"ann@acme.example"}`, nil, 200})
	if m := s.Mail(); m.To[0] != "ann@acme.example" {
		x.t.Errorf("%+v", m)
	}
	x.do(call{"POST", "/settings/mail/test", "/settings/mail/test", `{"to":"nobody"}`, nil, 400})
	x.letters()
}

// letters looks at mails and requests that are there.
func (x *caller) letters() {
	x.t.Helper()
	ctx := x.t.Context()
	err := x.c.DB.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.AddNotice(ctx, centraldb.Notice{At: 1, Kind: "test", Audience: centraldb.ToOwners, Title: "t"}); err != nil {
			return err
		}
		ids, _, err := tx.Unmailed(ctx, 10)
		if err != nil {
			return err
		}
		notice := ids[len(ids)-1]
		for i, to := range []string{"a@b.example", "c@d.example", "e@f.example"} {
			if err := tx.AddLetter(ctx, centraldb.Letter{Notice: notice, Recipient: to, Subject: "s", CreatedAt: 1, DueAt: 1}); err != nil {
				return err
			}
			if i == 0 {
				if err := tx.SetTried(ctx, centraldb.Letter{ID: 1, Tries: 14, DeadAt: 2, Fault: "Refused."}); err != nil {
					return err
				}
			}
		}
		if err := tx.AddPeople(ctx, []attendance.Person{{ID: "p-forgot", Name: "Ada", Role: attendance.Regular, Active: true}}, 1); err != nil {
			return err
		}
		return tx.AddPINRequest(ctx, centraldb.PINRequest{ID: 7, Person: "p-forgot", Kiosk: "k", At: 3})
	})
	if err != nil {
		x.t.Fatal(err)
	}
	for _, state := range []string{"", "?state=dead", "?state=queued", "?state=sent&limit=1"} {
		x.do(call{"GET", "/mails", "/mails" + state, "", nil, 200})
	}
	x.do(call{"GET", "/mails", "/mails?state=lost", "", nil, 400})
	x.do(call{"POST", "/mails/{id}/retry", "/mails/1/retry", "", nil, 200})
	x.do(call{"POST", "/mails/{id}/retry", "/mails/1/retry", "", nil, 404})
	x.do(call{"DELETE", "/mails/{id}", "/mails/2", "", nil, 200})
	x.do(call{"DELETE", "/mails/{id}", "/mails/2", "", nil, 404})
	x.do(call{"DELETE", "/mails/{id}", "/mails/two", "", nil, 404})
	var page client.PINRequests
	if err := json.Unmarshal(x.do(call{"GET", "/pin-requests", "/pin-requests", "", nil, 200}), &page); err != nil {
		x.t.Fatal(err)
	}
	if page.Total != 1 || page.Requests[0].PersonName != "Ada" {
		x.t.Errorf("%+v", page)
	}
	x.do(call{"POST", "/pin-requests/{id}/dismiss", "/pin-requests/7/dismiss", "", nil, 200})
	x.do(call{"POST", "/pin-requests/{id}/dismiss", "/pin-requests/7/dismiss", "", nil, 404})
}

// What the client offers works against the API.
func TestClientSetsMailUp(t *testing.T) {
	t.Parallel()
	s := posttest.Start(t, posttest.Options{})
	central := apitest.Start(t)
	c, err := client.New(client.Config{Server: central.URL, Token: central.Token, CAFile: central.CAFile})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	out, err := c.SetMailSettings(ctx, client.MailSettings{Host: "127.0.0.1", Port: s.Port, Security: "none", From: "clock@acme.example", Site: "https://time.acme.example"})
	if err != nil || out.Port != s.Port || out.HasPassword {
		t.Fatalf("%+v, %v", out, err)
	}
	if again, err := c.MailSettings(ctx); err != nil || again != out {
		t.Errorf("%+v, %v", again, err)
	}
	if err := c.TestMail(ctx, "ann@acme.example"); err != nil {
		t.Fatal(err)
	}
	s.Mail()
	if mails, err := c.Mails(ctx, "sent"); err != nil || mails.Total != 0 {
		t.Errorf("%+v, %v", mails, err)
	}
	if open, err := c.PINRequests(ctx); err != nil || open.Total != 0 {
		t.Errorf("%+v, %v", open, err)
	}
	if err := c.DismissPINRequest(ctx, 1); err == nil {
		t.Error("nothing was dismissed")
	}
}
