package admin_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/store/centraldb"
)

// pinned adds people with PINs to a kiosk for everyone, and gives their PINs by
// name: eight digits that stand nowhere else on a page.
func (w *world) pinned(kiosk string, people ...team.NewPerson) map[string]string {
	w.t.Helper()
	pins := map[string]string{}
	for i, n := range people {
		who, _, err := w.team.Create(w.t.Context(), email, n)
		if err != nil {
			w.t.Fatal(err)
		}
		p, err := pin.Parse(strconv.Itoa(90817263 + 1010101*i))
		if err == nil {
			err = w.team.SetPIN(w.t.Context(), email, who.ID, p)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		pins[n.Name] = p.Reveal()
	}
	w.update(func(tx *centraldb.Tx) error {
		return tx.SetAssignments(w.t.Context(), kiosk, centraldb.Assignments{Everyone: true})
	})
	return pins
}

func staff() []team.NewPerson {
	return []team.NewPerson{
		{Name: "=Ada", StaffNo: "0042", Team: "Bakery"},
		{Name: "Ben Okafor", Team: "Shop"},
		{Name: "Olga Owner", Role: attendance.Owner},
		{Name: "Ірина Шевченко", StaffNo: "1007", Team: "Bakery"},
	}
}

const why = "new starters in the bakery"

// The file has the PINs; nothing keeps it, and the log knows before it begins.
func TestExportAssignees(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kiosk("front-door", "Front \"dóor\"")
	pins := w.pinned("front-door", staff()...)
	c := w.loggedIn()
	res, body := w.post(c, "/kiosks/front-door/export", url.Values{"format": {"csv"}, "reason": {why}})
	if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" ||
		res.Header.Get("Content-Disposition") != `attachment; filename="assignees-pins-front-door.csv"` {
		t.Fatalf("%s %v", res.Status, res.Header)
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) != 5 || rows[1][0] != "0042" || rows[1][1] != "'=Ada" || rows[1][4] != pins["=Ada"] {
		t.Errorf("%v %q", err, body)
	}
	res, body = w.post(c, "/kiosks/front-door/export", url.Values{"format": {"xlsx"}, "reason": {why}})
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(body, "PK") || !strings.HasSuffix(res.Header.Get("Content-Disposition"), `.xlsx"`) {
		t.Errorf("%s %v", res.Status, res.Header)
	}
	if got := w.auditActions(); strings.Count(got, "pins.export") != 2 {
		t.Errorf("audited %q", got)
	}
}

// auditActions lists what the log has, in order.
func (w *world) auditActions() string {
	w.t.Helper()
	rows, err := w.db.Audit(w.t.Context(), 0, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(r.Action + " ")
	}
	return b.String()
}

// Without a fresh password, a reason, or the right role there is no PIN in the answer.
func TestExportRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kiosk("front-door", "Front door")
	pins := w.pinned("front-door", staff()...)
	c := w.loggedIn()
	form := url.Values{"format": {"csv"}, "reason": {why}}
	leaks := func(what, body string) {
		t.Helper()
		for name, digits := range pins {
			if strings.Contains(body, digits) {
				t.Errorf("%s shows the PIN of %s", what, name)
			}
		}
	}
	res, body := w.post(c, "/kiosks/front-door/export", url.Values{"format": {"xlsx"}, "reason": {"  because "}})
	leaks("a short reason", body)
	if res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `aria-describedby="reason-bad reason-hint" aria-invalid="true"`) ||
		!strings.Contains(body, `value="  because "`) || !strings.Contains(body, `value="xlsx" checked`) {
		t.Errorf("a short reason: %s %s", res.Status, body)
	}
	for path, want := range map[string]int{"/kiosks/none/export": http.StatusNotFound} {
		if res, _ := w.post(c, path, form); res.StatusCode != want {
			t.Errorf("%s: %s", path, res.Status)
		}
		if res, _ := w.get(c, path); res.StatusCode != want {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	w.advance(access.FreshFor + 1)
	res, body = w.post(c, "/kiosks/front-door/export", form)
	leaks("a session that is not fresh", body)
	if res.StatusCode != http.StatusForbidden || !strings.Contains(body, "/confirm?next=%2Fkiosks%2Ffront-door%2Fexport") {
		t.Errorf("a session that is not fresh: %s %s", res.Status, body)
	}
	res, _ = w.get(c, "/kiosks/front-door/export?format=xlsx&reason=typed+before")
	if to := res.Header.Get("Location"); to != "/confirm?next="+url.QueryEscape("/kiosks/front-door/export?format=xlsx&reason=typed+before") {
		t.Errorf("the form of a session that is not fresh leads to %q", to)
	}
	if got := w.auditActions(); strings.Contains(got, "pins.") {
		t.Errorf("audited %q", got)
	}
	w.post(c, "/confirm", url.Values{"password": {password}, "next": {"/"}})
	if _, body = w.get(c, "/kiosks/front-door/export?format=xlsx&reason=typed+before"); !strings.Contains(body, `value="typed before"`) || !strings.Contains(body, `value="xlsx" checked`) {
		t.Error("what was typed is gone after the confirmation")
	}
	for n := range 6 {
		res, body = w.post(c, "/kiosks/front-door/export", form)
		if ok := res.StatusCode == http.StatusOK; ok != (n < 5) {
			t.Errorf("export %d: %s", n+1, res.Status)
		}
	}
	leaks("the sixth within an hour", body)
	if !strings.Contains(body, "Try again in 60 min.") {
		t.Errorf("the sixth says %s", body)
	}
}

// With the export off the page says so plainly, and the file has no PIN.
func TestExportOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kiosk("front-door", "Front door")
	pins := w.pinned("front-door", staff()...)
	w.update(func(tx *centraldb.Tx) error { return tx.SetSettings(t.Context(), centraldb.Settings{ExportOff: true}) })
	c := w.loggedIn()
	if _, body := w.get(c, "/kiosks/front-door/export"); !strings.Contains(body, "could still recover them") || strings.Contains(body, `value="slips"`) {
		t.Errorf("the page says %s", body)
	}
	res, body := w.post(c, "/kiosks/front-door/export", url.Values{"format": {"csv"}, "reason": {why}})
	if res.StatusCode != http.StatusOK || !strings.Contains(body, "0042,'=Ada,Bakery,regular,never used,2026-03-03\n") {
		t.Errorf("%s %s", res.Status, body)
	}
	for _, digits := range pins {
		if strings.Contains(body, digits) {
			t.Errorf("the file has %s", digits)
		}
	}
	if res, _ := w.post(c, "/kiosks/front-door/export", url.Values{"format": {"slips"}, "reason": {why}}); res.StatusCode != http.StatusConflict {
		t.Errorf("slips: %s", res.Status)
	}
}

// From nothing to paper: a kiosk is made and a team put on it; its people are
// exported past a stale session, a wrong password and a missing reason; slips are
// printed; and with the export off nothing of it is left.
func TestExportInABrowser(t *testing.T) {
	t.Parallel()
	ctx := chrome(t, 1024, 900, false)
	w := newWorld(t)
	w.kiosk("zoo", "Zoo")
	pins := w.pinned("zoo", staff()...)
	w.logIn(ctx)
	do(t, ctx, chromedp.Navigate(w.server.URL+"/kiosks/new"), chromedp.WaitVisible("#name"), chromedp.SendKeys("#name", "Canteen"),
		chromedp.Click("form.kform button[type=submit]"), chromedp.WaitVisible(".secret"), chromedp.Click("#who-h ~ .actions a"),
		chromedp.WaitVisible("input[value=Bakery]"), chromedp.Click("input[value=Bakery]"), chromedp.Click("section[aria-labelledby=groups-h] .actions button"),
		chromedp.WaitVisible(".notice.good"))
	w.advance(access.FreshFor + 1)
	do(t, ctx, chromedp.Navigate(w.server.URL+"/kiosks"), chromedp.WaitVisible("details.menu"), chromedp.Click("details.menu summary"),
		chromedp.WaitVisible("details[open] a[href$=export]"), chromedp.Click("details[open] a[href$=export]"),
		chromedp.WaitVisible("#password"), chromedp.SendKeys("#password", "not my password"), chromedp.Click("form button.main"), chromedp.WaitVisible(".wrong"),
		chromedp.SendKeys("#password", password), chromedp.Click("form button.main"), chromedp.WaitVisible("#reason"),
		chromedp.Click("input[value=xlsx]"), chromedp.Click("form button.main"), chromedp.WaitVisible("#reason-bad"), chromedp.SendKeys("#reason", why))
	const fetched = `(async () => { const f = document.querySelector("form.kform"); const d = new URLSearchParams(new FormData(f)); d.set("format", "csv");
		const r = await fetch(f.action, {method: "POST", body: d}); return r.headers.get("Content-Type") + "\n" + await r.text() })()`
	file := eval[string](t, ctx, fetched)
	if !strings.Contains(file, "text/csv") || !strings.Contains(file, "0042,'=Ada,Bakery,regular,"+pins["=Ada"]+",never used,2026-03-03\n") || strings.Contains(file, "Okafor") {
		t.Errorf("the file says %q", file)
	}
	form := eval[string](t, ctx, `location.pathname`)
	do(t, ctx, chromedp.Click("input[value=slips]"), chromedp.Click("form button.main"), chromedp.WaitVisible(".slip"))
	checkSlips(t, ctx, map[string]string{"=Ada": pins["=Ada"], "Ірина Шевченко": pins["Ірина Шевченко"]})
	w.update(func(tx *centraldb.Tx) error { return tx.SetSettings(t.Context(), centraldb.Settings{ExportOff: true}) })
	do(t, ctx, chromedp.Navigate(w.server.URL+form), chromedp.WaitVisible(".notice.warn"), chromedp.SendKeys("#reason", why))
	if file := eval[string](t, ctx, fetched); strings.Contains(file, pins["=Ada"]) || !strings.Contains(file, "'=Ada,Bakery,regular,never used") {
		t.Errorf("with the export off the file says %q", file)
	}
}

// checkSlips looks at the page of slips: each has its own person's PIN and nothing
// of the others, three are on a sheet, and loading it again shows none.
func checkSlips(t *testing.T, ctx context.Context, pins map[string]string) {
	t.Helper()
	slips := eval[[]string](t, ctx, `[...document.querySelectorAll(".slip")].map(s => s.innerText)`)
	if len(slips) != len(pins) {
		t.Errorf("%d slips", len(slips))
	}
	for _, s := range slips {
		for name, digits := range pins {
			if strings.Contains(s, name) != strings.Contains(s, digits) {
				t.Errorf("somebody else's: %s on %q", name, s)
			}
		}
	}
	if eval[bool](t, ctx, `document.querySelector("[data-print]").hidden`) {
		t.Error("the button to print is hidden")
	}
	for _, n := range []int{len(pins), 4} {
		eval[bool](t, ctx, `(() => { const all = document.querySelector(".slips"); while (all.children.length < `+strconv.Itoa(n)+`) all.append(all.children[0].cloneNode(true)); return true })()`)
		paper, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)})
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Count(paper.Data, []byte("/Type /Page\n")); got != (n+2)/3 {
			t.Errorf("%d slips are on %d sheets", n, got)
		}
	}
	do(t, ctx, chromedp.Reload(), chromedp.WaitReady("main"))
	if eval[int](t, ctx, `document.querySelectorAll(".slip").length`) != 0 {
		t.Error("the slips are shown again")
	}
}

// exportPictures takes the pages of an export, and a sheet of slips as on paper.
func (w *world) exportPictures(ctx context.Context, t *testing.T, prefix string) {
	t.Helper()
	show := func(name string, steps ...chromedp.Action[chromedp.Void]) {
		do(t, ctx, steps...)
		photograph(t, ctx, prefix+name+".png")
	}
	for _, id := range []string{"p-1", "p-2", "p-5", "p-6"} {
		if _, err := w.team.GeneratePIN(t.Context(), email, id); err != nil {
			t.Fatal(err)
		}
	}
	show("export", chromedp.Navigate(w.server.URL+"/kiosks/front-door/export"), chromedp.WaitVisible("#reason"))
	show("export-wrong", chromedp.Click("input[value=slips]"), chromedp.Click("form button.main"), chromedp.WaitVisible("#reason-bad"))
	show("menu", chromedp.Navigate(w.server.URL+"/kiosks"), chromedp.WaitVisible("details.menu"), chromedp.Click("details.menu summary"))
	show("export-nobody", chromedp.Navigate(w.server.URL+"/kiosks/canteen/export"), chromedp.WaitVisible(".empty"))
	w.update(func(tx *centraldb.Tx) error { return tx.SetSettings(t.Context(), centraldb.Settings{ExportOff: true}) })
	show("export-off", chromedp.Navigate(w.server.URL+"/kiosks/front-door/export"), chromedp.WaitVisible("#reason"))
	w.update(func(tx *centraldb.Tx) error {
		return tx.SetSettings(t.Context(), centraldb.Settings{Mail: centraldb.Mail{Host: "mail.example"}})
	})
	w.advance(access.FreshFor + 1)
	show("confirm", chromedp.Navigate(w.server.URL+"/kiosks/front-door/export"), chromedp.WaitVisible("#password"))
	show("slips", chromedp.SendKeys("#password", password), chromedp.Click("form button.main"), chromedp.WaitVisible("#reason"), chromedp.SendKeys("#reason", why),
		chromedp.Click("input[value=slips]"), chromedp.Click("form button.main"), chromedp.WaitVisible(".slip"))
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	show("slips-paper", chromedp.EmulateViewport(794-2*53, 1123))
	paper, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)})
	if err == nil {
		err = os.WriteFile(filepath.Clean(prefix+"slips.pdf"), []byte(paper.Data), 0o644)
	}
	if err == nil {
		_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	}
	if err != nil {
		t.Fatal(err)
	}
}
