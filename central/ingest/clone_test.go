package ingest_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"testing"

	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/sync/wire"
)

// say sends a hello of the program run voice, which last took in the welcome heard,
// and gives the id of the answer.
func (c *centre) say(k *kiosk, in *ingest.Ingest, voice string, n int, heard string) string {
	c.t.Helper()
	h := k.hello()
	h.Heard = heard
	m, err := wire.NewSigner(k.key).Seal(k.topic(wire.UpReq), wire.TypeHello, fmt.Sprintf("%s-%d", voice, n), "", h)
	if err != nil {
		c.t.Fatal(err)
	}
	out := in.Handle(c.t.Context(), m)
	if len(out) != 1 {
		c.t.Fatalf("%d answers", len(out))
	}
	return c.open(out[0]).env.ID
}

// A kiosk that is started again and again is one machine. Two that take turns are
// told of, with the keys they use; new keys begin anew.
func TestACopyOfAKioskIsToldOf(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	told := 0
	cfg := c.config(c.log)
	cfg.Cloned = func(_ context.Context, kiosk string, key ed25519.PublicKey) error {
		if kiosk != "gate" || !key.Equal(k.key.Public()) {
			t.Errorf("told of %s", kiosk)
		}
		told++
		return nil
	}
	in := ingest.New(cfg)
	for i := range 5 {
		voice, heard := fmt.Sprint("run", i), ""
		for n := range 4 {
			heard = c.say(k, in, voice, n, heard)
		}
	}
	if told != 0 {
		t.Fatal("a restart looks like a copy")
	}
	a, b := "", ""
	for n := range 4 {
		a, b = c.say(k, in, "a", n, a), c.say(k, in, "b", n, b)
	}
	if told == 0 {
		t.Fatal("nobody is told of the copy")
	}
	in.Forget("gate")
	told = 0
	c.say(k, in, "a", 4, a)
	c.say(k, in, "b", 4, b)
	if told != 0 {
		t.Error("what was said under other keys counts on")
	}
}
