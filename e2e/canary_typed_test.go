package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/store/centraldb"
)

// typeAtKiosk has people type right and wrong PINs, and the Universal PIN. It gives
// all that was typed.
func (w *clock) typeAtKiosk(t *testing.T, staff []client.Person) []string {
	t.Helper()
	typed := []string{w.universal}
	for i, p := range staff {
		wrong := other(p.PIN, w.universal)
		w.refuses(t, p.ID, wrong)
		w.refuses(t, p.ID, wrong)
		if _, err := w.punchWith(t, p.ID, p.PIN, fmt.Sprintf("0.%d", i)); err != nil {
			t.Fatal(err)
		}
		typed = append(typed, p.PIN, wrong)
	}
	if _, err := w.punchWith(t, staff[0].ID, w.universal, "0.9"); err != nil {
		t.Fatal(err)
	}
	return typed
}

// typeOverAPI sets PINs, good and refused, sends them in bodies that are wrong and in
// a file's own column, has some made, and exports them. It gives all of them.
func typeOverAPI(t *testing.T, c *centre, w *clock, who client.Person) []string {
	t.Helper()
	ctx := t.Context()
	const admins, own, kiosks, loose, column = "71930482", "60291847", "58203719", "40817265", "83916402"
	admin, err := c.api.AddPerson(ctx, client.NewPerson{Name: "Ann Admin", Role: attendance.Admin})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.api.SetPIN(ctx, admin.ID, admins); err != nil {
		t.Fatal(err)
	}
	if _, err := c.api.SetPIN(ctx, who.ID, admins); err == nil {
		t.Fatal("an admin's PIN was given to somebody else")
	}
	made, err := c.api.SetPIN(ctx, who.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.api.SetPIN(ctx, who.ID, own); err != nil {
		t.Fatal(err)
	}
	if _, err := c.api.SetUniversal(ctx, w.id, admins); err == nil {
		t.Fatal("an admin's PIN was given to a kiosk")
	}
	if _, err := c.api.SetUniversal(ctx, w.id, kiosks); err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{
		`{"pin":"` + loose + `"`, `{"pin":"` + loose + `","x":1}`, `{"pin":` + loose + `}`, `{"pin":"` + loose + `x"}`,
		`{"pin":"` + loose + loose + `"}`, `{"` + loose + `":1}`, `["` + loose + `"]`, loose,
	} {
		if said := c.send(t, "/people/"+who.ID+"/pin", body); strings.Contains(said, loose) {
			t.Errorf("the answer to %s tells the PIN: %s", body, said)
		}
	}
	file := "name,staff_no,role,team,pin\nFay Field,2001,,Team 1," + column + "\nGus Green," + "2001,boss,Team 1," + column + "\n"
	for _, text := range []string{file, strings.Replace(file, "2001,boss", "2002,", 1)} {
		if _, err := c.api.ImportPeople(ctx, strings.NewReader(text), false); err != nil {
			t.Fatal(err)
		}
	}
	out, _, err := c.api.ExportAssignees(ctx, w.id, client.ExportOrder{Reason: "to look for PINs", Password: "correct horse battery staple"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(out)
	if cerr := out.Close(); err != nil || cerr != nil || !strings.Contains(string(text), own) {
		t.Fatalf("the export has no PIN: %v %v", err, cerr)
	}
	return []string{admins, own, kiosks, loose, column, made.PIN, admin.PIN, who.PIN}
}

// send posts a body as it is and gives the answer.
func (c *centre) send(t *testing.T, path, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+c.web+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: c.keys(t).Pool()}}}
	defer web.CloseIdleConnections()
	res, err := web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if cerr := res.Body.Close(); err != nil || cerr != nil || res.StatusCode < 400 {
		t.Fatalf("%s: %s %s %v", body, res.Status, text, err)
	}
	return string(text)
}

// typeInBrowser types PINs into the page of a person: one that is taken, one that
// can't be one, and one that is saved; and has one made. It gives the browser's
// profile and what was typed.
func typeInBrowser(t *testing.T, c *centre, who client.Person) (profile string, typed []string) {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is not installed: apt-get install chromium")
	}
	profile = t.TempDir()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-proxy-server", true), chromedp.Flag("ignore-certificate-errors", true), chromedp.UserDataDir(profile))
	alloc, endAlloc := chromedp.NewExecAllocator(t.Context(), options...)
	defer endAlloc()
	ctx, end := chromedp.NewContext(alloc)
	defer end()
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	const saved, taken, none = "91827364", "71930482", "7263x549"
	page := "https://" + c.web + "/team/" + who.ID
	do(chromedp.Navigate("https://"+c.web+"/login"), chromedp.WaitVisible("#email"), chromedp.SendKeys("#email", "owner@acme.example"),
		chromedp.SendKeys("#password", "correct horse battery staple"), chromedp.Click("form[action='/login'] button[type=submit]"), chromedp.WaitVisible("#live"))
	for _, digits := range []string{taken, none} {
		do(chromedp.Navigate(page), chromedp.WaitVisible("#pin"), chromedp.SendKeys("#pin", digits), chromedp.Click("form[action$='/pin'] button"),
			chromedp.WaitVisible("#pin[aria-invalid]"))
	}
	do(chromedp.Navigate(page), chromedp.WaitVisible("#pin"), chromedp.SendKeys("#pin", saved), chromedp.Click("form[action$='/pin'] button"),
		chromedp.WaitNotPresent("#pin[aria-invalid]"), chromedp.WaitReady("main"))
	if err := chromedp.Cancel(ctx); err != nil { // as a person who closes it: what is to be written, is
		t.Fatal(err)
	}
	return profile, []string{saved, taken, none[:4] + none[5:]}
}

// hammer keeps both daemons busy with PINs until they end, so that their dumps are
// of machines at work.
func hammer(t *testing.T, c *centre, w *clock, here, there client.Person, digits string) {
	t.Helper()
	right, err := pin.Parse(here.PIN)
	if err != nil {
		t.Fatal(err)
	}
	var at sync.WaitGroup
	busy := func(once func() error) {
		at.Add(1)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for first := true; once() == nil; first = false {
				if first {
					at.Done()
				}
			}
		}()
		t.Cleanup(func() { <-done })
	}
	busy(func() error {
		_, err := w.local.Identify(t.Context(), local.Attempt{Person: here.ID, PIN: right})
		return err
	})
	busy(func() error {
		_, err := c.api.SetPIN(t.Context(), there.ID, digits)
		return err
	})
	at.Wait()
}

// holdsSealed shows that the PINs are in central's database, where only its key can
// find them: that nothing was found is not because nothing was there.
func (c *centre) holdsSealed(t *testing.T, want []string) {
	t.Helper()
	keys := c.keys(t)
	db, err := centraldb.Open(t.Context(), filepath.Join(c.data, "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	wrapped, err := db.Meta(t.Context(), "data_key")
	if err == nil {
		err = keys.Unlock(wrapped)
	}
	if err != nil {
		t.Fatal(err)
	}
	book, err := team.NewBook(keys.Org, keys.Data)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.PINs(t.Context(), centraldb.PINKey{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	var held []string
	for _, row := range rows {
		p, err := book.Open(row)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, p.Reveal())
		if strings.Contains(string(row.Sealed), p.Reveal()) || strings.Contains(string(row.Tag), p.Reveal()) || strings.Contains(string(row.Hash), p.Reveal()) {
			t.Errorf("the row of %s %s is not sealed", row.Kind, row.Subject)
		}
	}
	for _, digits := range want {
		if !slices.Contains(held, digits) {
			t.Errorf("%s is not in the database", digits)
		}
	}
}
