package main

import (
	"path/filepath"
	"testing"
)

// The real program changes its look when the kiosk's state comes: large text makes
// the window's scale follow, and everything can still be tapped.
func TestTheScreenInAnotherLook(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	s := newDisplay(t, build(t), socket, "1280x800", 217)
	s.event(1, "first_frame", "")
	s.event(1, "screen_shown", "starting")
	d := newDaemon()
	d.look.Theme, d.look.LargeText, d.look.Accent = "dark", true, "#5b1a7a"
	defer d.serve(t, socket)()
	s.event(1, "screen_shown", "idle")
	s.shot("20-look-idle")
	s.tap("idle", "start")
	s.event(1, "screen_shown", "people")
	s.shot("21-look-people")
	s.tap("people", "person_p00")
	s.shot("22-look-pin")
	s.tap("pin", "digit_4", "digit_1", "digit_9", "digit_0")
	s.event(1, "screen_shown", "choose")
	s.shot("23-look-choose")
	s.tap("choose", "in")
	s.event(1, "screen_shown", "receipt")
	if x, _ := s.target("receipt", "close"); x < 600 || x > 680 { // the whole of 1280 pixels
		t.Errorf("the receipt's middle is at %d", x)
	}
	s.shot("24-look-receipt")
}
