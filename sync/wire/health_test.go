package wire_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

func fullHealth() wire.Health {
	heat := 51_250
	return wire.Health{
		Software: "kioskd 1", TZData: "2026a", At: 1, Started: 2, Uptime: 3, Queue: 4, Oldest: 5, Offset: -6, Synced: true,
		Gen: 7, Roster: 8, Fetched: 9, DiskFree: 10, DiskSize: 11, Memory: 12, Heat: &heat, Cert: 13, KeyTier: "file",
		BcryptMS: 14, Readers: 2, Attached: 1, Screens: 1, Refused: 15,
		Unfollowed: []wire.Unfollowed{{Setting: "schedule", Value: "@never"}},
	}
}

// The names on the wire never change.
func TestHealthOnTheWire(t *testing.T) {
	t.Parallel()
	const frozen = `{"software":"kioskd 1","tzdata":"2026a","at":1,"started":2,"uptime":3,"queue":4,"oldest":5,"offset":-6,"synced":true,` +
		`"gen":7,"roster":8,"fetched":9,"disk_free":10,"disk_size":11,"memory":12,"heat":51250,"certificate":13,"key_tier":"file",` +
		`"bcrypt_ms":14,"readers":2,"attached":1,"screens":1,"refused":15,"unfollowed":[{"setting":"schedule","value":"@never"}]}`
	b, err := json.Marshal(fullHealth())
	if err != nil || string(b) != frozen {
		t.Fatalf("%s, %v", b, err)
	}
	var back wire.Health
	if err := json.Unmarshal([]byte(frozen), &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(fullHealth(), back); d != "" {
		t.Error(d)
	}
	if err := back.Validate(); err != nil {
		t.Error(err)
	}
}

func TestHealthRefusesNonsense(t *testing.T) {
	t.Parallel()
	hot := 1_000_000
	for name, spoil := range map[string]func(*wire.Health){
		"queue":    func(h *wire.Health) { h.Queue = -1 },
		"disk":     func(h *wire.Health) { h.DiskFree = -1 },
		"software": func(h *wire.Health) { h.Software = strings.Repeat("x", 201) },
		"heat":     func(h *wire.Health) { h.Heat = &hot },
		"offset":   func(h *wire.Health) { h.Offset = math.MinInt64 },
		"roster":   func(h *wire.Health) { h.Roster = math.MaxUint64 },
		"cert":     func(h *wire.Health) { h.Cert = -5 },
		"settings": func(h *wire.Health) { h.Unfollowed = make([]wire.Unfollowed, 21) },
		"nameless": func(h *wire.Health) { h.Unfollowed = []wire.Unfollowed{{Value: "x"}} },
		"long":     func(h *wire.Health) { h.Unfollowed[0].Value = strings.Repeat("x", 361) },
	} {
		h := fullHealth()
		spoil(&h)
		if err := h.Validate(); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzHealth(f *testing.F) {
	f.Add([]byte(`{"software":"kioskd 1","heat":51250,"queue":4}`))
	f.Add([]byte(`{"heat":null,"offset":-9223372036854775808}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var h wire.Health
		if json.Unmarshal(b, &h) != nil || h.Validate() != nil {
			return
		}
		if h.Queue < 0 || h.DiskFree < 0 || len(h.Software) > 200 {
			t.Fatalf("%+v was let through", h)
		}
	})
}
