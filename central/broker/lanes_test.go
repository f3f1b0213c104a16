package broker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/sync/wire"
)

func from(kiosk string, n int) wire.Message {
	to := wire.Topic{Org: "acme", Kiosk: kiosk, Channel: wire.UpRecords}
	return wire.Message{Topic: to.String(), Payload: fmt.Append(nil, n)}
}

// A kiosk that floods central with messages that are dear to judge does not make
// the others wait: they are heard as if it were one kiosk like any other.
func TestAFloodKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const dear, flood, honest, each = 10 * time.Millisecond, 100_000, 16, 4
		var mu sync.Mutex
		heard := map[string][]time.Duration{}
		began := time.Now()
		l := newLanes(2, func(_ context.Context, m wire.Message) []wire.Message {
			time.Sleep(dear)
			to, err := wire.ParseTopic(m.Topic)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			heard[to.Kiosk] = append(heard[to.Kiosk], time.Since(began))
			return nil
		}, nil, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { l.run(ctx) })
		for i := range flood {
			l.offer(ctx, from("hostile", i))
		}
		for i := range each {
			for k := range honest {
				l.offer(ctx, from(fmt.Sprint("honest-", k), i))
			}
		}
		time.Sleep(time.Minute)
		stop()
		running.Wait()
		// With two workers and 17 kiosks in turns, the honest need this long at most.
		most := time.Duration(each*(honest+1)/2+1) * dear
		for k := range honest {
			at := heard[fmt.Sprint("honest-", k)]
			if len(at) != each {
				t.Fatalf("%d of %d messages of an honest kiosk were heard", len(at), each)
			}
			if last := at[each-1]; last > most {
				t.Errorf("the last was heard after %v, with %v of work before it", last, most)
			}
		}
		if n := len(heard["hostile"]); n != maxOfKiosk+1 && n != maxOfKiosk {
			t.Errorf("%d messages of the flood were handled; its lane holds %d", n, maxOfKiosk)
		}
	})
}

// Whatever waits is bounded, and who offers more waits until there is room.
func TestWhatWaitsIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		l := newLanes(1, func(context.Context, wire.Message) []wire.Message {
			<-hold
			return nil
		}, nil, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { l.run(ctx) })
		offered := 0
		running.Go(func() {
			for i := 0; l.offer(ctx, from(fmt.Sprint("kiosk-", i), 0)); i++ {
				offered++
			}
		})
		synctest.Wait()
		if len(l.room) != maxWaiting || offered != maxWaiting+1 {
			t.Errorf("%d wait, %d were offered", len(l.room), offered)
		}
		stop()
		close(hold)
		running.Wait()
	})
}
