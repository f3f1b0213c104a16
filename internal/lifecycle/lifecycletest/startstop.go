package lifecycletest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/internal/lifecycle"
)

const (
	rounds    = 40
	longest   = 8 * time.Millisecond // of a random life
	stopBound = 10 * time.Second     // generous: the test machines are small and busy
	leakBound = 5 * time.Second
	label     = "lifecycletest"
)

// StartStop runs the services that make gives, one after the other, and fails t
// when one of them does not stop cleanly. Everything make itself opens (a store,
// a listener) stays its own business: close it with t.Cleanup.
func StartStop(t testing.TB, makeService func() lifecycle.Service) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2)) // the same lives in every run
	for n := range rounds {
		name := fmt.Sprintf("%s/%d", t.Name(), n)
		life := time.Duration(random.Int64N(int64(longest)))
		if n == 0 {
			life = 0 // cancelled before it starts
		}
		if err := round(name, life, makeService(), stopBound, leakBound); err != nil {
			t.Fatalf("round %d, cancelled after %v: %v", n, life, err)
		}
	}
}

// round runs s, cancels it after life, and says what is wrong with its end.
func round(name string, life time.Duration, s lifecycle.Service, stop, leak time.Duration) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if life == 0 {
		cancel()
	}
	ended := make(chan error, 1)
	go pprof.Do(ctx, pprof.Labels(label, name), func(ctx context.Context) {
		ended <- s.Run(ctx)
	})
	select {
	case err := <-ended:
		return judge(name, err, life > 0 && ctx.Err() == nil, leak)
	case <-time.After(life):
	}
	cancel()
	select {
	case err := <-ended:
		return judge(name, err, false, leak)
	case <-time.After(stop):
		return fmt.Errorf("the service did not return within %v of its cancellation\n%s", stop, running(name))
	}
}

// judge looks at what Run returned and at what it left behind.
func judge(name string, err error, early bool, leak time.Duration) error {
	if err != nil && (early || !lifecycle.IsCancellation(err)) {
		return fmt.Errorf("run service: %w", err)
	}
	// Run's own goroutine, and those that only have their return left, need a
	// moment to be gone.
	deadline := time.Now().Add(leak)
	for pause := time.Microsecond; ; pause *= 2 {
		left := running(name)
		if left == "" {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("goroutines outlive Run:\n%s", left)
		}
		<-time.After(pause)
	}
}

// running gives the stacks of the goroutines that carry the label, "" for none.
func running(name string) string {
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		return fmt.Sprintf("read goroutine profile: %v", err)
	}
	var found []string
	mark := fmt.Sprintf("%q:%q", label, name)
	for _, stack := range strings.Split(all.String(), "\n\n") {
		if strings.Contains(stack, mark) {
			found = append(found, stack)
		}
	}
	return strings.Join(found, "\n\n")
}
