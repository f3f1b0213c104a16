package device_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// stroke is a key going down and up, as the kernel tells it, of a digit or, for
// '\n', Enter.
func stroke(c byte) []byte {
	code := uint16(28)
	if c != '\n' {
		code = 2 + uint16(c-'1'+10)%10 // 1 to 9, and 0 after them
	}
	var out []byte
	for _, down := range []uint32{1, 0} {
		out = append(out, make([]byte, 16)...)
		out = binary.NativeEndian.AppendUint16(out, 1)
		out = binary.NativeEndian.AppendUint16(out, code)
		out = binary.NativeEndian.AppendUint32(out, down)
	}
	return out
}

// A card every two seconds for ten minutes, from the keys of the reader to the
// journal on disk: none is lost, doubled or swapped.
func TestAQueueWithCardsIsRecordedCardByCard(t *testing.T) {
	t.Parallel()
	const people, cards = 100, 300
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.quiet = true
		w.crash()
		w.policy(true, wire.BadgeOnly)
		rows := make([]wire.Row, people)
		for i := range rows {
			rows[i] = w.holder(fmt.Sprintf("p%03d", i), attendance.Regular, annPIN, cardOf(i))
		}
		w.apply(rows...)
		keys, plug := io.Pipe()
		go func() {
			for i := range cards {
				time.Sleep(2 * time.Second)
				for _, c := range []byte(cardOf(i%people) + "\n") {
					time.Sleep(3 * time.Millisecond)
					_, _ = plug.Write(stroke(c))
				}
			}
			_ = plug.Close()
		}()
		began := time.Now()
		at := began
		err := hw.Typed(t.Context(), keys, func(text string) {
			w.m.pass(time.Since(at))
			at = time.Now()
			if b := w.terminal.Badge(t.Context(), text, badge.Transform{}); b.Receipt == nil {
				t.Errorf("%s: %+v", text, b)
			}
		})
		must(t, err)
		punches := w.bodies(0, record.Punched)
		if len(punches) != cards {
			t.Fatalf("%d punches of %d cards", len(punches), cards)
		}
		start := w.m.clocks("").Time().Add(-at.Sub(began))
		for i, p := range punches {
			action := []attendance.Action{attendance.In, attendance.Out}[i/people%2]
			after := p.Stamp.Time().Sub(start)
			if due := time.Duration(i+1) * (2*time.Second + 33*time.Millisecond); p.Person != fmt.Sprintf("p%03d", i%people) || p.Action != action || after != due {
				t.Fatalf("punch %d: %s %s after %v, want p%03d %s after %v", i, p.Person, p.Action, after, i%people, action, due)
			}
		}
	})
}

func cardOf(i int) string { return fmt.Sprintf("%010d", 10693000+i*257) }
