package admin_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/commands"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// orders tells kiosks what to do, down to the messages.
func (w *world) orders(keys *fleet.Keys) *commands.Commands {
	w.errands = commands.New(commands.Config{
		Org: "harbour-bakery", Store: w.db, Audit: audit.New(w.db, w.now), Signer: wire.NewSigner(keys.Message), NewID: rand.Text,
		Publisher: w, Now: w.now, Log: slog.New(slog.DiscardHandler),
	})
	return w.errands
}

// ended says how a command went, as the kiosk does.
func (w *world) ended(kiosk string, n uint64, ok bool, said string) {
	w.t.Helper()
	w.update(func(tx *centraldb.Tx) error {
		b := record.Body{Type: record.CommandDone, Gen: 1, Command: n, OK: ok, Note: said}
		return w.errands.Ended(context.Background(), tx, kiosk, w.now().UnixNano(), b)
	})
}

// somethingTold has a kiosk that was told something of every kind of ending.
func (w *world) somethingTold(kiosk string) {
	w.t.Helper()
	for _, verb := range commands.Verbs() {
		if _, err := w.errands.Ask(w.t.Context(), email, commands.Order{Kiosk: kiosk, Verb: verb}); err != nil {
			w.t.Fatal(err)
		}
	}
	w.ended(kiosk, 1, true, "All is sent and fetched.")
	w.ended(kiosk, 2, false, "The list of people has not come yet; it comes with a later round.")
}

func TestKioskFromAfar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolled("front-door", "Front door", time.Minute, 0)
	w.kiosk("bare", "Bare")
	c := w.loggedIn()
	_, body := w.get(c, "/kiosks/bare/commands")
	if !strings.Contains(body, "No machine is set up here") || strings.Contains(body, `value="sync"`) {
		t.Error("a kiosk without a machine can be told something")
	}
	_, body = w.done(c, "/kiosks/front-door/commands", url.Values{"verb": {wire.VerbSync}})
	holds(t, body, "“Send and fetch now” is on its way to the kiosk.", "waits for the kiosk", "Look again", email)
	w.done(c, "/kiosks/front-door/commands", url.Values{"verb": {wire.VerbRestart}})
	_, body = w.done(c, "/kiosks/front-door/commands/2/cancel", nil)
	holds(t, body, "It was taken back.", "taken back")
	w.ended("front-door", 1, false, "The server <b>does not</b> answer.")
	_, body = w.get(c, "/kiosks/front-door/commands")
	holds(t, body, "The server &lt;b&gt;does not&lt;/b&gt; answer.", `<span class="tag warn">failed</span>`)
	if strings.Contains(body, "Look again") || strings.Contains(body, "Take back") {
		t.Error("what is over can be taken back")
	}
	_, body = w.get(c, "/kiosks/front-door")
	holds(t, body, "Last told: <b>Restart the kiosk’s program</b>")
	for path, want := range map[string]int{
		"/kiosks/front-door/commands/2/cancel": http.StatusConflict, "/kiosks/front-door/commands/x/cancel": http.StatusNotFound,
		"/kiosks/front-door/commands/9/cancel": http.StatusNotFound, "/kiosks/none/commands": http.StatusNotFound,
	} {
		if res, _ := w.post(c, path, url.Values{"verb": {wire.VerbSync}}); res.StatusCode != want {
			t.Errorf("POST %s: %s", path, res.Status)
		}
	}
	if res, _ := w.post(c, "/kiosks/front-door/commands", url.Values{"verb": {"dance"}}); res.StatusCode != http.StatusBadRequest {
		t.Error(res.Status)
	}
}

func holds(t *testing.T, body string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
