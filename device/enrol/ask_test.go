package enrol_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// asking asks at a web address without a code, and gives the check value that is shown.
func asking(ctx context.Context, f *fleet, dir string, told *steps, system ...*authority) (id *enrol.Identity, check string, err error) {
	d := deps(system...)
	d.AskEvery = time.Millisecond
	id, err = enrol.Enrol(ctx, dir, d, local.EnrolRequest{Server: f.site}, func(s local.EnrolStep) {
		if s.Check != "" {
			check = s.Check
		}
		told.add(s)
	})
	return id, check, err
}

// A machine that has no code and can't verify the server by its address asks, shows what
// is to be compared, and becomes a kiosk once somebody has let it in; a network that is
// gone for a moment does not matter.
func TestAskingToBeLetIn(t *testing.T) {
	t.Parallel()
	for name, verified := range map[string]bool{"verified": true, "not verified": false} {
		f, dir := newFleet(t), t.TempDir()
		var system []*authority
		if verified {
			system = append(system, f.web)
		}
		f.wait = 3
		var told steps
		id, check, err := asking(t.Context(), f, dir, &told, system...)
		if err != nil || !id.CA.Equal(f.ca.cert) || id.Kiosk != kiosk {
			t.Fatalf("%s: %v", name, err)
		}
		want := steps{"keys", "keys+", "find_server", "find_server+", "waiting", "waiting+", "ask_certificate", "ask_certificate+"}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("%s: steps: %s", name, diff)
		}
		if want, err := wire.CheckValue(f.ca.cert, f.asked[0]); err != nil || check != want || f.asked[0].Code != "" {
			t.Errorf("%s: shows %s, central %s, %v", name, check, want, err)
		}
		if _, err := enrol.Load(dir); err != nil {
			t.Error(err)
		}
	}
}

// Somebody in between, who names an authority of their own, has another value.
func TestSomebodyInBetween(t *testing.T) {
	t.Parallel()
	honest, between := newFleet(t), newFleet(t)
	_, check, err := asking(t.Context(), between, t.TempDir(), new(steps))
	if err != nil {
		t.Fatal(err)
	}
	if want, err := wire.CheckValue(honest.ca.cert, between.asked[0]); err != nil || check == want {
		t.Errorf("the same value %s, %v", check, err)
	}
}

// Whoever gives up and asks again, or loses power, has the same value.
func TestAskingAgain(t *testing.T) {
	t.Parallel()
	f, dir := newFleet(t), t.TempDir()
	f.wait = 1 << 30
	values := map[string]bool{}
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		d := deps()
		_, err := enrol.Enrol(ctx, dir, d, local.EnrolRequest{Server: f.site}, func(s local.EnrolStep) {
			if s.Check != "" {
				values[s.Check] = true
				cancel()
			}
		})
		cancel()
		if !problem.Is(err, problem.Unavailable) {
			t.Errorf("given up: %v", err)
		}
	}
	if len(values) != 1 {
		t.Errorf("%v", values)
	}
	f.mu.Lock()
	f.wait, f.refuse = 0, problem.New(problem.Forbidden, "This machine was not let in.", "")
	f.mu.Unlock()
	if _, _, err := asking(t.Context(), f, dir, new(steps)); !problem.Is(err, problem.Forbidden) {
		t.Errorf("turned away: %v", err)
	}
	if _, err := enrol.Load(dir); !problem.Is(err, problem.NotFound) {
		t.Errorf("it is a kiosk: %v", err)
	}
}

// A network that goes while it waits is waited for; one that never was is said at once.
func TestAskingWithoutNetwork(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.wait = 2
	lost := false
	d := deps()
	d.AskEvery = time.Millisecond
	_, err := enrol.Enrol(t.Context(), t.TempDir(), d, local.EnrolRequest{Server: f.site}, func(s local.EnrolStep) {
		if s.Name == enrol.StepWaiting && !s.Done {
			f.mu.Lock()
			f.lose, lost = true, true
			f.mu.Unlock()
		}
	})
	if err != nil || !lost {
		t.Errorf("lost %v, %v", lost, err)
	}
	if _, err := enrol.Enrol(t.Context(), t.TempDir(), d, local.EnrolRequest{Server: "127.0.0.1:1"}, func(local.EnrolStep) {}); !problem.Is(err, problem.Unavailable) {
		t.Errorf("no network: %v", err)
	}
	if _, err := enrol.Enrol(t.Context(), t.TempDir(), d, local.EnrolRequest{Server: " "}, func(local.EnrolStep) {}); !problem.Is(err, problem.Invalid) {
		t.Errorf("no server: %v", err)
	}
}

// Keys that another authority has seen are never shown to the next: with them somebody in
// between could search for an authority of the same check value.
func TestKeysAreForOneAuthority(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var seen []wire.EnrolRequest
	for range 2 {
		f := newFleet(t)
		f.refuse = problem.New(problem.Forbidden, "This machine was not let in.", "")
		for range 2 {
			if _, _, err := asking(t.Context(), f, dir, new(steps)); !problem.Is(err, problem.Forbidden) {
				t.Fatal(err)
			}
		}
		if len(f.asked) != 2 || !bytes.Equal(f.asked[0].RecordKey, f.asked[1].RecordKey) {
			t.Error("the same server is shown other keys")
		}
		seen = append(seen, f.asked[0])
	}
	if bytes.Equal(seen[0].RecordKey, seen[1].RecordKey) || bytes.Equal(seen[0].SealKey, seen[1].SealKey) || bytes.Equal(seen[0].CSR, seen[1].CSR) {
		t.Error("another authority is shown the same keys")
	}
}
