package linktest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// patience is how long the contract waits for what has to happen.
const patience = 20 * time.Second

// Central is central's end of the wire, as far as the contract needs it.
type Central interface {
	Publish(ctx context.Context, m wire.Message) error
	Receive() <-chan wire.Message
}

// Harness is a broker with its two kinds of ends, made for one test.
type Harness struct {
	Org string

	// Kiosk gives the dialer of a kiosk, subscribed to wire.KioskFilter.
	Kiosk func(kiosk string) wire.Dialer

	// Snoop gives the dialer of a kiosk that asks for another's messages instead
	// of its own. Nil where the ends guard nothing.
	Snoop func(kiosk, victim string) wire.Dialer

	// Central is connected and subscribed to wire.CentralFilter.
	Central Central

	// Cut breaks the connection of a kiosk without a goodbye.
	Cut func(kiosk string)
}

// Contract runs the contract of wire.Link and wire.Dialer. start makes a broker
// with a quiet network; what it starts ends with the test it is given.
func Contract(t *testing.T, start func(t *testing.T) Harness) {
	for name, test := range map[string]func(*testing.T, Harness){
		"both ways":            bothWays,
		"own messages only":    ownMessagesOnly,
		"foreign topics":       foreignTopics,
		"large payload":        largePayload,
		"too large":            tooLarge,
		"a reader that sleeps": sleepingReader,
		"close":                closing,
		"a cut is noticed":     cutNoticed,
		"contexts":             contexts,
		"one link per name":    oneLinkPerName,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, start(t))
		})
	}
}

func (h Harness) topic(kiosk string, c wire.Channel) wire.Topic {
	return wire.Topic{Org: h.Org, Kiosk: kiosk, Channel: c}
}

func (h Harness) message(kiosk string, c wire.Channel, payload string) wire.Message {
	topic := h.topic(kiosk, c)
	return wire.Message{Topic: topic.String(), Payload: []byte(payload), QoS: topic.QoS()}
}

func (h Harness) dial(t *testing.T, kiosk string) wire.Link {
	t.Helper()
	l, err := h.Kiosk(kiosk).Dial(t.Context())
	if err != nil {
		t.Fatalf("dial as %s: %v", kiosk, err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func publish(t *testing.T, by interface {
	Publish(context.Context, wire.Message) error
}, m wire.Message,
) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := by.Publish(ctx, m); err != nil {
		t.Fatalf("publish to %s: %v", m.Topic, err)
	}
}

// expect waits for exactly m as the next message.
func expect(t *testing.T, in <-chan wire.Message, m wire.Message) {
	t.Helper()
	got := next(t, in)
	if got.Topic != m.Topic || !bytes.Equal(got.Payload, m.Payload) {
		t.Fatalf("got %.60q on %s, want %.60q on %s", got.Payload, got.Topic, m.Payload, m.Topic)
	}
}

func next(t *testing.T, in <-chan wire.Message) wire.Message {
	t.Helper()
	select {
	case m, ok := <-in:
		if !ok {
			t.Fatal("the link went down")
		}
		return m
	case <-time.After(patience):
		t.Fatal("no message came")
	}
	return wire.Message{}
}

func expectDown(t *testing.T, l wire.Link) {
	t.Helper()
	select {
	case <-l.Done():
	case <-time.After(patience):
		t.Fatal("the link did not go down")
	}
	if l.Err() == nil {
		t.Error("the link is down and does not say why")
	}
	for {
		select {
		case _, ok := <-l.Receive():
			if !ok {
				return
			}
		case <-time.After(patience):
			t.Fatal("the channel of a link that is down is not closed")
		}
	}
}

func bothWays(t *testing.T, h Harness) {
	l := h.dial(t, "kiosk-a")
	if l.Err() != nil {
		t.Errorf("a live link has the error %v", l.Err())
	}
	for i := range 3 {
		for _, c := range []wire.Channel{wire.UpRecords, wire.UpReq} {
			m := h.message("kiosk-a", c, fmt.Sprintf("up %d", i))
			publish(t, l, m)
			expect(t, h.Central.Receive(), m)
		}
		for _, c := range []wire.Channel{wire.DownAck, wire.DownRes, wire.DownPush} {
			m := h.message("kiosk-a", c, fmt.Sprintf("down %d", i))
			publish(t, h.Central, m)
			expect(t, l.Receive(), m)
		}
	}
}

func ownMessagesOnly(t *testing.T, h Harness) {
	a, b := h.dial(t, "kiosk-a"), h.dial(t, "kiosk-b")
	for _, c := range []wire.Channel{wire.DownAck, wire.DownRes, wire.DownPush} {
		publish(t, h.Central, h.message("kiosk-a", c, "for a"))
		m := h.message("kiosk-b", c, "for b")
		publish(t, h.Central, m)
		expect(t, b.Receive(), m)
		expect(t, a.Receive(), h.message("kiosk-a", c, "for a"))
	}
	// What kiosks send up reaches no kiosk.
	publish(t, a, h.message("kiosk-a", wire.UpReq, "up"))
	expect(t, h.Central.Receive(), h.message("kiosk-a", wire.UpReq, "up"))
	last := h.message("kiosk-b", wire.DownAck, "last")
	publish(t, h.Central, last)
	expect(t, b.Receive(), last)
}

// A kiosk can neither speak as another nor listen to it. A broker may refuse the
// subscription or stay silent; it may drop the message or the connection.
func foreignTopics(t *testing.T, h Harness) {
	if h.Snoop == nil {
		t.Skip("these ends guard nothing")
	}
	victim := h.dial(t, "kiosk-a")
	thief, err := h.Snoop("kiosk-b", "kiosk-a").Dial(t.Context())
	if err != nil && !problem.Is(err, problem.Forbidden) {
		t.Fatalf("a refused subscription is Forbidden, not %v", err)
	}
	if err == nil {
		defer thief.Close()
		publish(t, h.Central, h.message("kiosk-a", wire.DownAck, "secret"))
		expect(t, victim.Receive(), h.message("kiosk-a", wire.DownAck, "secret"))
		// The thief's own request comes back only after the secret has passed.
		publish(t, thief, h.message("kiosk-b", wire.UpReq, "mark"))
		expect(t, h.Central.Receive(), h.message("kiosk-b", wire.UpReq, "mark"))
		select {
		case m := <-thief.Receive():
			t.Fatalf("a kiosk has heard %q, which was for another", m.Payload)
		default:
		}
		_ = thief.Close()
	}
	liar := h.dial(t, "kiosk-b")
	publish(t, liar, h.message("kiosk-a", wire.UpRecords, "forged"))
	publish(t, liar, h.message("kiosk-a", wire.DownAck, "forged"))
	publish(t, victim, h.message("kiosk-a", wire.UpRecords, "genuine"))
	expect(t, h.Central.Receive(), h.message("kiosk-a", wire.UpRecords, "genuine"))
	publish(t, h.Central, h.message("kiosk-a", wire.DownAck, "genuine"))
	expect(t, victim.Receive(), h.message("kiosk-a", wire.DownAck, "genuine"))
}

func largePayload(t *testing.T, h Harness) {
	l := h.dial(t, "kiosk-a")
	random := rand.NewChaCha8([32]byte{1})
	for i := range 4 {
		payload := make([]byte, wire.MaxPayload)
		_, _ = random.Read(payload) // never fails
		up, down := h.message("kiosk-a", wire.UpRecords, string(payload)), h.message("kiosk-a", wire.DownRes, string(payload))
		publish(t, l, up)
		expect(t, h.Central.Receive(), up)
		publish(t, h.Central, down)
		expect(t, l.Receive(), down)
		if i == 0 && l.Err() != nil {
			t.Fatal(l.Err())
		}
	}
}

func tooLarge(t *testing.T, h Harness) {
	l := h.dial(t, "kiosk-a")
	big := string(make([]byte, wire.MaxPayload+1))
	for _, c := range []wire.Channel{wire.UpRecords, wire.UpReq} {
		if err := l.Publish(t.Context(), h.message("kiosk-a", c, big)); !wire.IsTooLarge(err) {
			t.Errorf("%s: %v", c, err)
		}
	}
	m := h.message("kiosk-a", wire.UpReq, "still alive")
	publish(t, l, m)
	expect(t, h.Central.Receive(), m)
}
