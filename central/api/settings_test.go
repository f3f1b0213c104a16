package api_test

import (
	"strings"
	"time"

	"github.com/timepost/timepost/central/client"
)

// ownersCalls makes every call about settings and the audit log.
func (x *caller) ownersCalls() {
	x.t.Helper()
	x.do(call{"GET", "/settings", "/settings", "", nil, 200})
	body := x.do(call{"PATCH", "/settings", "/settings", `{"name":"Acme & Sons","zone":"Asia/Kolkata","export_off":true,"retain_months":24,"sealed_until":"2020-02-29"}`, nil, 200})
	if field(x.t, body, "name") != "Acme & Sons" || field(x.t, body, "sealed_until") != "2020-02-29" {
		x.t.Errorf("%s", body)
	}
	x.do(call{"PATCH", "/settings", "/settings", `{"export_off":false}`, nil, 200})
	x.do(call{"PATCH", "/settings", "/settings", `{"zone":"Mars/Base"}`, nil, 400})
	x.lookCalls()
	x.do(call{"PATCH", "/settings", "/settings", `{"sealed":"2020-02-29"}`, nil, 400})
	x.do(call{"PATCH", "/settings", "/settings", `{"sealed_until":""}`, nil, 409})
	x.do(call{"PATCH", "/settings", "/settings", `{"sealed_until":"","confirm":true}`, nil, 200})
	gone := field(x.t, x.do(call{"POST", "/people", "/people", `{"name":"Zoe Gone","team":"Shop"}`, nil, 201}), "id")
	x.do(call{"POST", "/people/{id}/erase", "/people/" + gone + "/erase", "", nil, 409})
	x.do(call{"POST", "/people/{id}/archive", "/people/" + gone + "/archive", "", nil, 200})
	if left := string(x.do(call{"POST", "/people/{id}/erase", "/people/" + gone + "/erase", "", nil, 200})); strings.Contains(left, "Zoe") || strings.Contains(left, "Shop") {
		x.t.Error(left)
	}
	x.do(call{"POST", "/people/{id}/erase", "/people/nobody/erase", "", nil, 404})
	x.do(call{"GET", "/people/{id}/data", "/people/nobody/data", "", nil, 404})
	if kept := string(x.do(call{"GET", "/people/{id}/data", "/people/" + gone + "/data", "", nil, 200})); strings.Count(kept, "person.e") != 2 {
		x.t.Error(kept)
	}
	log := string(x.do(call{"GET", "/audit", "/audit?limit=2&action=settings.edit", "", nil, 200}))
	if !strings.Contains(log, `"text":"Settings changed"`) || !strings.Contains(log, `"sealed_until":{"after":"","before":"2020-02-29"}`) || !strings.Contains(log, `"next":`) {
		x.t.Error(log)
	}
	x.do(call{"GET", "/audit", "/audit?actor=nobody&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&before=3&subject=p-1", "", nil, 200})
	for _, query := range []string{"limit=0", "from=yesterday", "to=1", "before=x", "before=-1"} {
		x.do(call{"GET", "/audit", "/audit?" + query, "", nil, 400})
	}
	x.ownersClient()
}

// ownersClient asks the same through the client.
func (x *caller) ownersClient() {
	x.t.Helper()
	c, err := client.New(client.Config{Server: x.c.URL, Token: x.c.Token, CAFile: x.c.CAFile})
	if err != nil {
		x.t.Fatal(err)
	}
	defer c.Close()
	months := 36
	s, err := c.EditSettings(x.t.Context(), client.SettingsEdit{RetainMonths: &months})
	if again, gerr := c.Settings(x.t.Context()); err != nil || gerr != nil || s != again || s.RetainMonths != 36 {
		x.t.Errorf("%+v %+v %v %v", s, again, err, gerr)
	}
	page, err := c.Audit(x.t.Context(), client.AuditFilter{Action: "settings.edit", Limit: 1, From: time.Now().Add(-time.Hour), To: time.Now().Add(time.Hour)})
	if err != nil || len(page.Rows) != 1 || page.Next != page.Rows[0].Row {
		x.t.Fatalf("%+v %v", page, err)
	}
	older, err := c.Audit(x.t.Context(), client.AuditFilter{Action: "settings.edit", Actor: page.Rows[0].Actor, Before: page.Next})
	if err != nil || len(older.Rows) == 0 || older.Rows[0].Row >= page.Next || older.Next != 0 {
		x.t.Errorf("%+v %v", older, err)
	}
}
