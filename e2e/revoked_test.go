package e2e

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/linktest/mosquitto"
	"github.com/timepost/timepost/sync/wire"
)

// TestRevokedAtMosquitto: a broker that can't ask central who may come gets a list. A
// kiosk that is revoked is pushed off at once, is refused as soon as the broker has read
// the list, and hands in what it still holds; others do not notice.
func TestRevokedAtMosquitto(t *testing.T) {
	t.Parallel()
	c := foundCentre(t)
	files := filepath.Join(c.dir, "broker")
	run(t, nil, bin(t, "central"), "broker", "files", "--data", c.data, "--host", "127.0.0.1", "--out", files)
	list := filepath.Join(files, "crl.pem")
	b := mosquitto.StartAs(t, brokerFiles(t, c, files))
	c.up(t, "--broker", "tls://"+b.Addr, "--broker-crl", list)
	people := importPeople(t, c, 2)
	stolen, lost, door := newClock(t, c, "Stolen", false), newClock(t, c, "Lost", false), newClock(t, c, "Door", false)
	clocks := []*clock{stolen, lost, door}
	for _, w := range clocks {
		tap(t, w, people[0], w.id)
	}
	awaitDrained(t, clocks)
	thief := stolen.identity(t)
	stolen.proc.kill9()
	dial := func() (wire.Link, error) {
		return mqtt(t, c.keys(t), b.Addr, stolen.id, thief.Cert, wire.KioskFilter(organisation, stolen.id)).Dial(t.Context())
	}
	began := time.Now()
	pushedOff(t, dial, func() {
		for _, w := range []*clock{stolen, lost} {
			if _, err := c.api.RevokeKiosk(t.Context(), w.id); err != nil {
				t.Fatal(err)
			}
		}
	})
	tap(t, lost, people[1], "held back")
	eventually(t, 5*time.Second, "the list names both, beside the one by which central tries the broker", func() bool {
		text, err := os.ReadFile(list)
		return err == nil && len(fleet.Listed(text)) == 3
	})
	eventually(t, 5*time.Second, "the broker, which knows nothing of it, lets it in", func() bool {
		link, err := dial()
		if err == nil {
			_ = link.Close() // nil by its contract
		}
		return err == nil // but for moments when it is pushed off
	})
	b.Reload()
	eventually(t, 5*time.Second, "the broker refuses it", func() bool {
		link, err := dial()
		if err == nil {
			_ = link.Close() // nil by its contract
		}
		return problem.Is(err, problem.Forbidden)
	})
	t.Logf("refused %v after the revocation", time.Since(began).Round(time.Millisecond))
	if items := awaitReviews(t, c, 1); len(items) != 1 || items["held back"].Kiosk != lost.id {
		t.Errorf("under review: %+v", items)
	}
	tap(t, door, people[1], "after")
	awaitDrained(t, []*clock{door})
}

// pushedOff makes sure that a connection does not outlive the revocation.
func pushedOff(t *testing.T, dial func() (wire.Link, error), revoke func()) {
	t.Helper()
	held, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	revoke()
	select {
	case <-held.Done():
		t.Logf("pushed off %v after the revocation", time.Since(began).Round(time.Millisecond))
	case <-time.After(10 * time.Second):
		t.Error("a revoked kiosk stays connected")
	}
	_ = held.Close() // nil by its contract
}

// brokerFiles is mosquitto with what central broker files has made.
func brokerFiles(t *testing.T, c *centre, dir string) mosquitto.Identity {
	t.Helper()
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	server, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return mosquitto.Identity{
		CA: ca, Server: server, Probe: clientCert(t, c.keys(t), "probe"), ACL: mosquitto.Shipped(t, "acl"),
		CRL: filepath.Join(dir, "crl.pem"),
	}
}
