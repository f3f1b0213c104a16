package mqttlink_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/timepost/timepost/sync/mqttlink"
	"github.com/timepost/timepost/sync/wire"
)

// raw is what a broker writes that keeps to no limit.
type raw struct {
	packets.ControlPacket
	bytes []byte
	end   bool // it hangs up after it
}

// Write writes.
func (r raw) Write(w io.Writer) error {
	_, err := w.Write(r.bytes)
	if r.end && err == nil {
		err = io.EOF
	}
	return err
}

func publish(t *testing.T, topic string, payload []byte) []byte {
	t.Helper()
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Payload = topic, payload
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// answering is polite, and writes this after the first publication that it hears.
func answering(r raw) func(packets.ControlPacket) packets.ControlPacket {
	return func(p packets.ControlPacket) packets.ControlPacket {
		if _, ok := p.(*packets.PublishPacket); ok {
			return r
		}
		return polite(p)
	}
}

// said dials a broker, has it say what it says, and gives the link.
func said(t *testing.T, r raw) wire.Link {
	t.Helper()
	f := startFake(t, answering(r))
	d, err := mqttlink.New(mqttlink.Config{
		Brokers: []string{"mqtt://" + f.addr}, ClientID: "kiosk-a", Filters: []string{"a/+"}, Ordered: true, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := d.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	_ = l.Publish(t.Context(), wire.Message{Topic: "a/up", Payload: []byte("go on")}) // the link may end before it is answered
	return l
}

// What is larger than any message is passed over; what follows is heard, also where it
// comes in pieces.
func TestALargePacketIsPassedOver(t *testing.T) {
	t.Parallel()
	most := bytes.Repeat([]byte("m"), wire.MaxPayload)
	var all []byte
	for _, payload := range [][]byte{[]byte("before"), bytes.Repeat([]byte("x"), 3<<20), most, bytes.Repeat([]byte("y"), 1<<20), []byte("after"), {}} {
		all = append(all, publish(t, "a/down", payload)...)
	}
	l := said(t, raw{bytes: all})
	for _, want := range []string{"before", string(most), "after", ""} {
		select {
		case m, ok := <-l.Receive():
			if !ok || string(m.Payload) != want {
				t.Fatalf("%d bytes, want %d", len(m.Payload), len(want))
			}
		case <-t.Context().Done():
			t.Fatal("nothing comes")
		}
	}
}

// A length that a broker only claims takes no memory.
func TestAClaimedLengthTakesNoMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	l := said(t, raw{bytes: []byte{0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 'a', 'x'}, end: true})
	<-l.Done()
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
		t.Errorf("%d MiB for a packet that never came", took>>20)
	}
}

// A length that is none ends the connection.
func TestALengthThatIsNone(t *testing.T) {
	t.Parallel()
	l := said(t, raw{bytes: []byte{0x30, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 1, 'a', 'x'}})
	<-l.Done()
	if why := fmt.Sprint(errors.Unwrap(l.Err())); !strings.Contains(why, "a length of") {
		t.Errorf("it ended because of %s", why)
	}
}
