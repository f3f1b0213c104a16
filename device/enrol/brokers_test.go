package enrol_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

func TestKeepBrokers(t *testing.T) {
	t.Parallel()
	f, dir := newFleet(t), t.TempDir()
	first, err := enrol.Enrol(t.Context(), dir, deps(), local.EnrolRequest{Server: f.url(code)}, new(steps).add)
	if err != nil {
		t.Fatal(err)
	}
	list, reserve := []string{"tls://b:8883", "tls://c:8883"}, []string{"tls://a:8883"}
	if err := enrol.KeepBrokers(dir, list, reserve); err != nil {
		t.Fatal(err)
	}
	long := "tls://" + strings.Repeat("a", 400) + ":1"
	for _, bad := range [][]string{nil, {"mqtt://b:1883"}, {"tls://b"}, {"tls://b:1", "x"}, {long}, make([]string, 17)} {
		if err := enrol.KeepBrokers(dir, bad, nil); !problem.Is(err, problem.Invalid) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	id, err := enrol.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([][]string{list, reserve}, [][]string{id.Brokers, id.Reserve}); d != "" || id.Device != first.Device {
		t.Errorf("device listener %q, was %q; %s", id.Device, first.Device, d)
	}
}
