package api_test

import (
	"encoding/csv"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/api"
	"github.com/timepost/timepost/central/api/apitest"
	"github.com/timepost/timepost/store/centraldb"
)

// A token alone brings no PIN to light; with its account's password it does, and
// the log knows. An admin's brings no owner's.
func TestExportNeedsThePassword(t *testing.T) {
	t.Parallel()
	x := newCaller(t)
	x.c.Kiosk("front", "Front door")
	digits := map[string]string{}
	for _, role := range []string{"regular", "owner"} {
		digits[role] = field(t, x.do(call{"POST", "/people", "/people", `{"name":"` + role + `","role":"` + role + `"}`, nil, 201}), "pin")
	}
	err := x.c.DB.Update(t.Context(), func(tx *centraldb.Tx) error {
		return tx.SetAssignments(t.Context(), "front", centraldb.Assignments{Everyone: true})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.c.Door.CreateLogin(t.Context(), "test", "admin@acme.example", attendance.Admin, apitest.Password); err != nil {
		t.Fatal(err)
	}
	admin, err := x.c.Door.CreateToken(t.Context(), access.Identity{Email: "admin@acme.example", Role: attendance.Admin}, access.NewToken{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	with := `,"password":"` + apitest.Password + `"`
	for _, try := range []struct{ token, password, regular, owner string }{
		{x.c.Token, "", "", ""},
		{x.c.Token, with, digits["regular"], digits["owner"]},
		{admin, with, digits["regular"], ""},
	} {
		header, body := x.export(try.token, `{"reason":"new starters"`+try.password+`}`)
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		if err != nil || len(rows) != 3 {
			t.Fatal(err, body)
		}
		if try.password == "" {
			if header != "left out" || strings.Contains(body, digits["regular"]) || rows[0][4] != "pin_status" {
				t.Errorf("without a password: %s %q", header, body)
			}
			continue
		}
		if header != "included" || rows[1][1] != "owner" || rows[1][4] != try.owner || rows[2][4] != try.regular {
			t.Errorf("%s: %s %q", try.token[:12], header, rows)
		}
	}
	rows, err := x.c.DB.Audit(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range rows {
		if r.Action == "pins.export" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d exports are in the log", n)
	}
}

func (x *caller) export(token, body string) (pins, file string) {
	x.t.Helper()
	req, err := http.NewRequestWithContext(x.t.Context(), http.MethodPost, x.c.URL+api.Base+"/kiosks/front/export", strings.NewReader(body))
	if err != nil {
		x.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := x.c.Client().Do(req)
	if err != nil {
		x.t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if cerr := res.Body.Close(); err != nil || cerr != nil || res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" {
		x.t.Fatal(err, cerr, res.Status, string(text))
	}
	return res.Header.Get("Timepost-Pins"), string(text)
}
