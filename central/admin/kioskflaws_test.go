package admin_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// flaw writes down that a kiosk's journal does not hold.
func (w *world) flaw(kiosk, kind string, from, to uint64) {
	w.t.Helper()
	f := centraldb.Flaw{Kiosk: kiosk, Journal: record.JournalID{1}, Kind: kind, From: from, To: to, LastAt: w.now().UnixNano()}
	if err := w.db.NoteFlaw(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

// What was done to a kiosk's journal stands on its page by its own name with what to
// do, and above all others on the list, until somebody says that they looked.
func TestFlawsOfAKioskAreShownUntilSomebodyLooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []string{"alpha", "bravo"} {
		w.enrolled(id, strings.ToUpper(id), 20*time.Second, 0)
	}
	c := w.loggedIn()
	words := map[string]string{
		centraldb.FlawAltered: "Changed after they were recorded", centraldb.FlawGap: "Missing: records 9 to 11.", centraldb.FlawRollback: "set back to an older copy",
		centraldb.FlawFork: "From record 9 on it recorded something else", centraldb.FlawRewritten: "signed with its own key",
	}
	const button = "I have looked into it"
	for kind, text := range words {
		if _, page := w.get(c, "/kiosks/bravo"); strings.Contains(page, "<b>"+text) || strings.Contains(page, button) {
			t.Errorf("%s is there already", kind)
		}
		w.flaw("bravo", kind, 9, 11)
		_, page := w.get(c, "/kiosks/bravo")
		_, list := w.get(c, "/kiosks")
		if !strings.Contains(page, text) || !strings.Contains(page, button) || !strings.Contains(list, text) || strings.Index(list, `"/kiosks/bravo"`) > strings.Index(list, `"/kiosks/alpha"`) {
			t.Errorf("%s is not shown", kind)
		}
		_, page = w.done(c, "/kiosks/bravo/flaws", nil)
		if strings.Contains(page, button) || !strings.Contains(page, "Looked into") {
			t.Errorf("%s does not end", kind)
		}
	}
	if r, _ := w.post(c, "/kiosks/none/flaws", nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown kiosk: %d", r.StatusCode)
	}
	if _, log := w.get(c, "/audit?about=bravo"); !strings.Contains(log, "has looked into what does not hold at") {
		t.Error("it is not in the audit log")
	}
}

// TestFlawPictures shows a kiosk with flaws.
func TestFlawPictures(t *testing.T) {
	dir := os.Getenv("TIMEPOST_PICTURES")
	if dir == "" {
		t.Skip("set TIMEPOST_PICTURES to a folder")
	}
	w := newWorld(t)
	w.enrolled("gate", "Gate", 20*time.Second, 0)
	w.flaw("gate", centraldb.FlawGap, 9, 11)
	c := w.loggedIn()
	w.done(c, "/kiosks/gate/flaws", nil)
	w.flaw("gate", centraldb.FlawRewritten, 1, 400)
	w.flaw("gate", centraldb.FlawRollback, 401, 412)
	for _, l := range looks() {
		ctx := chrome(t, l.width, l.height, l.dark)
		w.logIn(ctx)
		w.photograph(ctx, "/kiosks/gate", filepath.Join(dir, "flaws-"+l.name+".png"))
	}
}
