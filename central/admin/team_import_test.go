package admin_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func (w *world) upload(c *http.Client, file string) (*http.Response, string) {
	w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile("file", "staff.csv")
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := part.Write([]byte(file)); err != nil {
		w.t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.server.URL+"/team/import", &b)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", m.FormDataContentType())
	return w.do(c, req)
}

var carried = regexp.MustCompile(`name="(file|pins)" value="([^"]*)"`)

// A file is checked, shown, imported; its PINs are on one page that carries the download.
func TestImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	res, body := w.upload(c, "name,staff_no,role\n,1,boss\nBen,1,\n")
	has(t, "errors", body, "Nothing was imported", `<th scope="row">2</th><td>name</td><td>The name is missing.</td>`, `<td>role</td>`, `<th scope="row">3</th><td>staff_no</td>`)
	if res.StatusCode != http.StatusBadRequest {
		t.Error(res.Status)
	}
	for _, bad := range []string{"", strings.Repeat("x", 5<<20)} {
		if res, body := w.upload(c, bad); res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `class="wrong"`) {
			t.Errorf("%d bytes: %s", len(bad), res.Status)
		}
	}
	_, body = w.upload(c, "name;staff_no;role;team\n=Ada;01;admin;Bakery\nBen;2;;Shop\n")
	has(t, "preview", body, "2 people to import", "=Ada", "Shop", "Import 2 people")
	if _, total, err := w.db.TeamPage(t.Context(), everybody()); err != nil || total != 0 {
		t.Fatalf("the preview made %d people, %v", total, err)
	}
	file := url.Values{"file": {carried.FindStringSubmatch(body)[2]}}
	_, body = w.follow(c, "/team/import/run", file)
	has(t, "imported", body, "2 people imported", "Download as CSV", "Shown once", `action="/team/import/1/undo"`)
	page, _, err := w.db.TeamPage(t.Context(), everybody())
	if err != nil || len(page) != 2 {
		t.Fatal(page, err)
	}
	pins := html.UnescapeString(carried.FindStringSubmatch(body)[2])
	res, body = w.post(c, "/team-pins.csv", url.Values{"pins": {pins}})
	want := "staff_no,name,team,role,kiosk,pin\n01,'=Ada,Bakery,admin,," + w.pinOf(page[0].ID) + "\n2,Ben,Shop,regular,," + w.pinOf(page[1].ID) + "\n"
	if body != want || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%q, not %q; %v", body, want, res.Header)
	}
	res, body = w.post(c, "/team/import/run", file)
	has(t, "twice", body, "Somebody has the staff number")
	if res.StatusCode != http.StatusBadRequest {
		t.Error(res.Status)
	}
	undone(t, w, c)
	for _, x := range []string{"%%%", ""} {
		if res, _ := w.post(c, "/team/import/run", url.Values{"file": {x}}); res.StatusCode != http.StatusBadRequest {
			t.Errorf("file %q: %s", x, res.Status)
		}
		if res, _ := w.post(c, "/team-pins.csv", url.Values{"pins": {"a,b\n\"" + x}}); res.StatusCode != http.StatusBadRequest {
			t.Errorf("pins %q: %s", x, res.Status)
		}
	}
}

// undone takes the first import back, which nobody has touched.
func undone(t *testing.T, w *world, c *http.Client) {
	t.Helper()
	_, body := w.get(c, "/team/import")
	has(t, "imports", body, "The last imports", `aria-label="Undo the import of 2 people`)
	_, body = w.follow(c, "/team/import/1/undo", nil)
	has(t, "undone", body, "Undone. Its people are gone", ">Undone<")
	if _, total, err := w.db.TeamPage(t.Context(), everybody()); err != nil || total != 0 {
		t.Errorf("%d people are left, %v", total, err)
	}
	res, body := w.post(c, "/team/import/1/undo", nil)
	has(t, "undone twice", body, "This import is undone already")
	if res.StatusCode != http.StatusConflict {
		t.Error(res.Status)
	}
	for _, id := range []string{"7", "x"} {
		if res, _ := w.post(c, "/team/import/"+id+"/undo", nil); res.StatusCode != http.StatusNotFound {
			t.Errorf("import %s: %s", id, res.Status)
		}
	}
}
