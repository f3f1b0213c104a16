package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/sync/linktest/mosquitto"
)

// TestTheAuthorityIsReplacedAtMosquitto: with a broker that refuses revoked kiosks, and so
// wants a list of each authority, as OPERATIONS.md says: its files anew after each step.
func TestTheAuthorityIsReplacedAtMosquitto(t *testing.T) {
	t.Parallel()
	c := foundCentre(t)
	dir := filepath.Join(c.dir, "broker")
	files := func() mosquitto.Identity {
		run(t, nil, bin(t, "central"), "broker", "files", "--data", c.data, "--host", "127.0.0.1", "--out", dir)
		return brokerFiles(t, c, dir)
	}
	b := mosquitto.StartAs(t, files())
	c.up(t, "--broker", "tls://"+b.Addr)
	ann := hire(t, c, "Ann Able")
	w := newClock(t, c, "Front Door", false)
	tap(t, w, ann, "1")
	awaitDrained(t, []*clock{w})
	first := w.identity(t)

	c.keysChange(t, "authority", "announce")
	b.Become(files())
	eventually(t, 60*time.Second, "the kiosk knows the next authority", func() bool {
		return strings.Contains(run(t, nil, bin(t, "central"), "keys", "authority", "--data", c.data), "known to every kiosk (1)")
	})
	tap(t, w, ann, "2")
	c.keysChange(t, "authority", "succeed")
	b.Become(files())
	tap(t, w, ann, "3")
	eventually(t, 90*time.Second, "the kiosk has a certificate of the new authority", func() bool {
		id := w.identity(t)
		return !id.CA.Equal(first.CA) && !id.Stale
	})
	awaitDrained(t, []*clock{w})
	b.Restart() // so that the new certificate is shown
	tap(t, w, ann, "4")
	awaitDrained(t, []*clock{w})
	eventually(t, 20*time.Second, "every punch counts", func() bool { return len(c.punches(t)) == 4 })
}
