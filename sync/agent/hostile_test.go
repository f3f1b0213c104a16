package agent_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/sync/linktest"
	"github.com/timepost/timepost/sync/wire"
)

// TestForgeriesAreNoContact: central is gone; whoever holds the broker writes
// acknowledgements, welcomes and pages of their own, and repeats old ones. The
// kiosk releases nothing, applies nothing, and says that it is not connected.
func TestForgeriesAreNoContact(t *testing.T) {
	inBubble(t, linktest.Weather{}, true, func(t *testing.T, w *world) {
		spy, err := w.net.Dialer("spy", wire.KioskFilter(org, kiosk)).Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = spy.Close() }()
		time.Sleep(time.Second)
		w.central.set(func() { w.central.silent = true })
		w.punch(10)
		h, last := w.head(), w.agent.Status().LastContact
		var old []wire.Message
		for len(spy.Receive()) > 0 {
			old = append(old, <-spy.Receive())
		}
		if len(old) == 0 {
			t.Fatal("the spy heard nothing to repeat")
		}
		thief := wire.NewSigner(key("thief"))
		for range 60 {
			w.central.set(func() {
				ack := wire.Ack{Gen: 1, Journal: h.Journal, Through: h.Seq, Hash: h.Hash, Credits: 100}
				w.central.sendBy(t.Context(), thief, wire.DownAck, wire.TypeAck, "", ack)
				w.central.sendBy(t.Context(), thief, wire.DownRes, wire.TypeWelcome, "", wire.Welcome{Gen: 9, Ack: ack, Roster: 99})
				w.central.sendBy(t.Context(), thief, wire.DownPush, wire.TypePage, "", wire.Page{Gen: 9, To: 99, Parts: 1, Rows: []wire.Row{person(66)}})
			})
			for _, m := range old {
				if err := w.central.link.Publish(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(10 * time.Second)
		}
		synctest.Wait()
		s := w.agent.Status()
		if s.Connected || !s.LastContact.Equal(last) || w.net.Stats().Dialled < 4 {
			t.Errorf("forgeries count as contact: %+v, dialled %d", s, w.net.Stats().Dialled)
		}
		if now := w.head(); now.Acked != h.Acked || now.Queue != 10 {
			t.Errorf("released through %d", now.Acked)
		}
		if gen, v, err := w.cache.Version(t.Context()); gen != 1 || v != 3 || err != nil {
			t.Errorf("roster %d.%d, %v", gen, v, err)
		}
		st := w.inbox.Stats()
		if st.UnknownKey < 100 || st.Repeated < 100 {
			t.Errorf("not counted: %+v", st)
		}
		w.central.set(func() { w.central.silent = false })
		time.Sleep(4 * time.Minute)
		w.arrived()
	})
}
