package linktest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/timepost/timepost/sync/wire"
)

// flood is more messages than any link may hold for a reader that sleeps.
const flood = 5000

// A reader that does not read costs the newest messages, never the connection
// and never the other direction.
func sleepingReader(t *testing.T, h Harness) {
	l := h.dial(t, "kiosk-a")
	for i := range flood {
		publish(t, h.Central, h.message("kiosk-a", wire.DownPush, fmt.Sprint(i)))
		if i%500 == 0 {
			m := h.message("kiosk-a", wire.UpReq, fmt.Sprintf("awake %d", i))
			publish(t, l, m)
			expect(t, h.Central.Receive(), m)
		}
	}
	if l.Err() != nil {
		t.Fatalf("the link went down: %v", l.Err())
	}
	// Whatever was held is read, and then the link works as before.
	last, got := h.message("kiosk-a", wire.DownPush, "last"), 0
	for deadline := time.After(patience); ; {
		publish(t, h.Central, last)
		drained, done := drain(t, l, string(last.Payload))
		got += drained
		if done {
			break
		}
		select {
		case <-deadline:
			t.Fatal("the link delivers nothing any more")
		default:
		}
	}
	if got == 0 || got >= flood {
		t.Fatalf("%d of %d messages were held: the channel is not bounded", got, flood)
	}
}

// drain reads what is there now, and a little longer, until it sees the payload.
func drain(t *testing.T, l wire.Link, until string) (n int, found bool) {
	t.Helper()
	for {
		select {
		case m, ok := <-l.Receive():
			if !ok {
				t.Fatalf("the link went down: %v", l.Err())
			}
			if string(m.Payload) == until {
				return n, true
			}
			n++
		case <-time.After(100 * time.Millisecond):
			return n, false
		}
	}
}

func closing(t *testing.T, h Harness) {
	l := h.dial(t, "kiosk-a")
	m := h.message("kiosk-a", wire.UpRecords, "x")
	publish(t, l, m)
	expect(t, h.Central.Receive(), m)
	closed := make(chan error, 2)
	for range 2 {
		go func() { closed <- l.Close() }()
	}
	for range 2 {
		if err := <-closed; err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if err := l.Close(); err != nil {
		t.Errorf("close again: %v", err)
	}
	expectDown(t, l)
	for _, c := range []wire.Channel{wire.UpRecords, wire.UpReq} {
		if err := l.Publish(t.Context(), h.message("kiosk-a", c, "y")); err == nil {
			t.Errorf("%s: a closed link still publishes", c)
		}
	}
}

func cutNoticed(t *testing.T, h Harness) {
	l, other := h.dial(t, "kiosk-a"), h.dial(t, "kiosk-b")
	h.Cut("kiosk-a")
	expectDown(t, l)
	if err := l.Publish(t.Context(), h.message("kiosk-a", wire.UpReq, "x")); err == nil {
		t.Error("a link that is down still publishes")
	}
	again := h.dial(t, "kiosk-a")
	m := h.message("kiosk-a", wire.DownRes, "welcome back")
	publish(t, h.Central, m)
	expect(t, again.Receive(), m)
	if other.Err() != nil {
		t.Errorf("another kiosk's link went down too: %v", other.Err())
	}
}

func contexts(t *testing.T, h Harness) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if l, err := h.Kiosk("kiosk-a").Dial(over); !errors.Is(err, context.Canceled) {
		t.Errorf("dial with a context that is over: %v %v", l, err)
	}
	l := h.dial(t, "kiosk-a")
	if err := l.Publish(over, h.message("kiosk-a", wire.UpReq, "x")); !errors.Is(err, context.Canceled) {
		t.Errorf("publish with a context that is over: %v", err)
	}
	m := h.message("kiosk-a", wire.UpReq, "y")
	publish(t, l, m)
	expect(t, h.Central.Receive(), m)
}

// A kiosk that dials while its old connection lingers takes over from it.
func oneLinkPerName(t *testing.T, h Harness) {
	old := h.dial(t, "kiosk-a")
	l := h.dial(t, "kiosk-a")
	expectDown(t, old)
	m := h.message("kiosk-a", wire.DownAck, "to the new one")
	publish(t, h.Central, m)
	expect(t, l.Receive(), m)
}
