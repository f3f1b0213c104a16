package e2e

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/sync/linktest/mosquitto"
)

// TestProductOverMosquitto: everything that goes between a server and its kiosks
// goes over mosquitto too, with the configuration and the access list as they are
// shipped: rosters and PINs down, punches up, a PIN changed while kiosks are
// connected, and a broker that is killed while people clock in.
func TestProductOverMosquitto(t *testing.T) {
	t.Parallel()
	c := foundCentre(t)
	b := shippedBroker(t, c)
	c.up(t, "--broker", "tls://"+b.Addr)
	staff := importWithPINs(t, c, 2)
	door, hall := newClock(t, c, "Door", true), newClock(t, c, "Hall", true)
	for _, w := range []*clock{door, hall} {
		eventually(t, 30*time.Second, "the roster is at the kiosk", func() bool {
			_, err := w.punchWith(t, staff[0].ID, staff[0].PIN, w.id)
			return err == nil
		})
	}
	fresh := newPINInTime(t, c, door, staff[1].ID)
	hall.refuses(t, staff[1].ID, staff[1].PIN)

	b.Kill()
	for _, note := range []string{"while the broker is away", "and once more"} {
		if _, err := door.punchWith(t, staff[1].ID, fresh, note); err != nil {
			t.Fatal(err)
		}
	}
	b.Restart()
	clocks := []*clock{door, hall}
	awaitDrained(t, clocks)
	eventually(t, 20*time.Second, "central shows each punch", func() bool { return len(c.punches(t)) >= 5 })
	seen := map[string]int{}
	for _, p := range c.punches(t) {
		seen[p.Note]++
	}
	for _, note := range []string{door.id, hall.id, "new PIN", "while the broker is away", "and once more"} {
		if seen[note] != 1 {
			t.Errorf("punch %q is at central %d times", note, seen[note])
		}
	}
	compareLogs(t, c, clocks)
}

// shippedBroker is mosquitto with the files of packaging/mosquitto, unchanged.
func shippedBroker(t *testing.T, c *centre) *mosquitto.Broker {
	t.Helper()
	keys := c.keys(t)
	server, err := keys.IssueServer([]string{"127.0.0.1", "localhost"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return mosquitto.StartAs(t, mosquitto.Identity{
		CA: keys.CAPEM(), Server: server, Probe: clientCert(t, keys, "probe"), ACL: mosquitto.Shipped(t, "acl"),
	})
}

// TestBrokerWithAHole: central does not work with a broker on which kiosks may
// read everything; it ends, and says what is wrong.
func TestBrokerWithAHole(t *testing.T) {
	t.Parallel()
	c := foundCentre(t)
	b := outsideBroker(t, c, "pattern read #\n")
	c.proc = start(t, c.dir, "central", nil, append(c.args, "--broker", "tls://"+b.Addr)...)
	select {
	case <-c.proc.done:
	case <-time.After(30 * time.Second):
		t.Fatal("central goes on with a broker that has a hole")
	}
	text, err := os.ReadFile(c.proc.log)
	if err != nil || !strings.Contains(string(text), "a kiosk can read what is for others") {
		t.Errorf("the reason is missing in %s (%v)", text, err)
	}
}
