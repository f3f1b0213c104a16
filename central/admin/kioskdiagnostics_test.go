package admin_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// somethingKept has archives that a kiosk handed in, n of them, an hour apart.
func (w *world) somethingKept(kiosk string, n int) []string {
	w.t.Helper()
	dir := filepath.Join(w.archives, kiosk)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		w.t.Fatal(err)
	}
	ids := make([]string, n)
	for i := range n {
		at := w.now().Add(-time.Duration(i+1) * time.Hour)
		ids[i] = strconv.FormatInt(at.UnixNano(), 10) + "-0123456789abcdef"
		if err := os.WriteFile(filepath.Join(dir, ids[i]+".tar.gz"), make([]byte, 12345*(i+1)), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	return ids
}

func TestDiagnosticsOfAKioskAreListedAndSaved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolled("front-door", "Front door", time.Minute, 0)
	c := w.loggedIn()
	if _, body := w.get(c, "/kiosks/front-door/commands"); !strings.Contains(body, "None were handed in yet") {
		t.Error("it is not said that there are none")
	}
	ids := w.somethingKept("front-door", 2)
	_, body := w.get(c, "/kiosks/front-door/commands")
	if !strings.Contains(body, "13 kB") || strings.Index(body, ids[0]) > strings.Index(body, ids[1]) {
		t.Errorf("the archives are not listed, the newest first:\n%s", body)
	}
	res, body := w.get(c, "/kiosks/front-door/diagnostics/"+ids[1])
	if res.StatusCode != http.StatusOK || len(body) != 2*12345 || !strings.Contains(res.Header.Get("Content-Disposition"), `attachment; filename="front-door-`) {
		t.Errorf("%d, %d bytes, %v", res.StatusCode, len(body), res.Header)
	}
	if _, trail := w.get(c, "/audit?about=front-door"); !strings.Contains(trail, "iagnostics") {
		t.Error("the audit log does not tell who saved them")
	}
	for _, path := range []string{"front-door/diagnostics/" + ids[0][1:], "front-door/diagnostics/1-0000000000000000", "nowhere/diagnostics/" + ids[0]} {
		if res, _ := w.get(c, "/kiosks/"+path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}
