package e2e

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/device/enrol"
)

// TestTheAuthorityIsReplaced: the next authority is announced and put in force. A kiosk
// that ran all the time, and one that was off while it changed, come over by themselves,
// with new certificates; the message key is replaced, too. No punch is lost, none ends
// under review.
func TestTheAuthorityIsReplaced(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	ann := hire(t, c, "Ann Able")
	ben := hire(t, c, "Ben Ober")
	on, off := newClock(t, c, "Front Door", false), newClock(t, c, "Side Door", false)
	both := []*clock{on, off}
	tap(t, on, ann, "1")
	tap(t, off, ben, "2")
	awaitDrained(t, both)
	first := on.identity(t)
	off.proc.kill9()
	c.keysChange(t, "authority", "announce")
	c.proc.stop(syscall.SIGTERM, 20*time.Second)
	out, err := exec.CommandContext(t.Context(), bin(t, "central"), "keys", "authority", "succeed", "--data", c.data).CombinedOutput()
	if err == nil || !strings.Contains(string(out), " of 2 kiosks do not know") {
		t.Errorf("a kiosk would have been left behind: %v, %s", err, out)
	}
	c.up(t)
	off.up(t)
	eventually(t, 30*time.Second, "both kiosks know the next authority", func() bool {
		return strings.Contains(run(t, nil, bin(t, "central"), "keys", "authority", "--data", c.data), "known to every kiosk (2)")
	})
	tap(t, off, ben, "3")
	off.proc.kill9()
	c.keysChange(t, "authority", "succeed")
	tap(t, on, ann, "4")
	eventually(t, 60*time.Second, "the kiosk that runs has a certificate of the new authority", func() bool {
		id, err := enrol.Load(on.data())
		return err == nil && !id.CA.Equal(first.CA) && !id.Stale
	})
	awaitDrained(t, []*clock{on})
	off.up(t)
	tap(t, off, ben, "5")
	awaitDrained(t, both)
	c.keysChange(t, "message")
	tap(t, on, ann, "6")
	awaitDrained(t, both)
	eventually(t, 60*time.Second, "the other one has one, too", func() bool {
		id, err := enrol.Load(off.data())
		return err == nil && !id.CA.Equal(first.CA) && !id.Stale
	})
	eventually(t, 20*time.Second, "every punch counts", func() bool { return len(c.punches(t)) == 6 })
	if r := awaitReviews(t, c, 0); len(r) != 0 {
		t.Errorf("under review: %v", r)
	}
}

// keysChange stops the server, changes its keys and starts it again.
func (c *centre) keysChange(t *testing.T, verb ...string) {
	t.Helper()
	c.proc.stop(syscall.SIGTERM, 20*time.Second)
	run(t, nil, append(append([]string{bin(t, "central"), "keys"}, verb...), "--data", c.data)...)
	api, err := client.New(client.Config{Server: "https://" + c.web, Token: c.token, CAFile: c.ca()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(api.Close)
	c.api = api
	c.up(t)
}
