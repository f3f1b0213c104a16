package ingest_test

import (
	"slices"
	"testing"

	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/sync/wire"
)

// A kiosk's health goes where it belongs under the id that the signature proves,
// and nothing is answered.
func TestHealthIsPassedOn(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	if out := c.send(k.seal(t, wire.UpHealth, wire.TypeHealth, wire.Health{Software: "kioskd 9"})); len(out) != 0 {
		t.Fatalf("answered: %+v", out)
	}
	c.silence(k.seal(t, wire.UpHealth, wire.TypeHealth, wire.Health{Cert: -1}), ingest.Malformed)
	if !slices.Equal(c.healths, []string{"gate kioskd 9"}) || c.counts.Of(ingest.Healths) != 1 {
		t.Errorf("%q, %d counted", c.healths, c.counts.Of(ingest.Healths))
	}
}
