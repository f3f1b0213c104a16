package api_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// diagnosed asks for a kiosk's archives before and after there is one.
func (x *caller) diagnosed(kiosk string) {
	x.t.Helper()
	const id = "1772438400000000000-00112233445566ff"
	path := "/kiosks/" + kiosk + "/diagnostics"
	list := call{"GET", "/kiosks/{id}/diagnostics", path, "", nil, http.StatusOK}
	one := call{"GET", "/kiosks/{id}/diagnostics/{archive}", path + "/" + id, "", nil, http.StatusNotFound}
	if got := string(x.do(list)); got != "{\"archives\":[]}\n" {
		x.t.Error(got)
	}
	x.do(one)
	dir := filepath.Join(x.c.DiagnosticsDir(), kiosk)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		x.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, id+".tar.gz"), []byte("an archive"), 0o600); err != nil {
		x.t.Fatal(err)
	}
	if !strings.Contains(string(x.do(list)), `"id":"`+id+`"`) {
		x.t.Error("the archive is not in the list")
	}
	one.want = http.StatusOK
	if got := string(x.do(one)); got != "an archive" {
		x.t.Errorf("%q", got)
	}
	x.do(call{"GET", "/kiosks/{id}/diagnostics", "/kiosks/none/diagnostics", "", nil, http.StatusNotFound})
}
