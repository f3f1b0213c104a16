package ui

import (
	"context"
	"time"

	"github.com/timepost/timepost/device/local"
)

// messageLimit is how long a message stands. One that was not closed by a touch
// has not been read, and comes again.
const messageLimit = 30 * time.Second

// messageScreen shows one text from central.
type messageScreen struct {
	page
	band  *plate
	disc  *plate
	mark  *picture
	title *label
	text  *label
	ok    *key
	size  panel
}

func newMessage(k *Kiosk) *messageScreen {
	s := &messageScreen{
		page: page{name: "message", limit: messageLimit, settle: 2 * settle},
		band: newPlate(accentGround, 0), disc: newDisc(lit), mark: newPicture(glyphNote, accentGround),
		title: newLabel(style{size: capTitle, bold: true, ink: lit, lines: 2, drop: 0.5}),
		text:  newLabel(style{size: capTitle, least: 3, ink: ink, lines: 14, drop: 0}),
	}
	s.ok = newKey(k.gate, "ok", "", glyphNone, capTitle, accentTint(), nil)
	s.build(newBackdrop(k.gate, paper), s.lay, s.band.r, s.disc.r, s.mark.img, s.title.box, s.text.box, s.ok)
	return s
}

// speak satisfies screen.
func (s *messageScreen) speak(w *words) { s.ok.say(w.OK) }

func (s *messageScreen) clear() { s.text.set("") }

func (s *messageScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	all := p.whole()
	band := all.top(mm(p.pick(30, 19)))
	band.put(s.band.r)
	in := band.insetXY(mm(p.pick(14, 8)), mm(p.pick(6, 4)))
	disc := in.left(in.h)
	disc.put(s.disc.r)
	disc.centre(disc.w*0.6, disc.h*0.6).put(s.mark.img)
	in.left(mm(p.pick(6, 4)))
	s.title.sized(p.pick(capName, capTitle)).put(in)
	r := all.insetXY(mm(p.pick(14, 8)), mm(bezel))
	r.bottom(mm(p.pick(22, 15))).put(s.ok)
	r.bottom(mm(p.pick(8, 4)))
	r.top(mm(p.pick(8, 4)))
	s.text.sized(p.pick(capName, capTitle)).put(r)
}

// tell shows a text under title; then is what comes after it was read. ticket is
// what the service knows the reader by.
func (k *Kiosk) tell(title, text, id, ticket string, then func()) {
	k.message.title.set(title)
	k.message.text.set(text)
	k.message.ok.act = func() {
		k.read(ticket, id)
		then()
	}
	k.message.lay(k.message.size)
	k.current = k.unlessShown(k.message)
	k.show(k.message)
	k.changed()
}

// unlessShown makes the same screen come as a new one: its time begins anew, and
// the touch that closed the last message does not close the next.
func (k *Kiosk) unlessShown(s screen) screen {
	if k.current != s {
		return k.current
	}
	s.head().box.Hide()
	return nil
}

// read notes that a message was seen. If that fails, it is shown once more some
// day: nothing to trouble the reader with.
func (k *Kiosk) read(ticket, id string) {
	k.cfg.Background(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, requestLimit)
		defer cancel()
		if err := k.cfg.Afterwards.Read(ctx, ticket, id); err != nil {
			k.cfg.Logger.Warn("message_not_noted", "error", err)
		}
	})
}

// tellAll shows messages one after the other, and then goes home.
func (k *Kiosk) tellAll(ticket string, all []local.Message) {
	if len(all) == 0 {
		k.home()
		return
	}
	k.tell(k.say.Message, all[0].Text, all[0].ID, ticket, func() { k.tellAll(ticket, all[1:]) })
}
