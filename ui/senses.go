package ui

import (
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

// Sound is one of the few sounds of a time clock; each is told from the others
// without looking.
type Sound string

// The sounds.
const (
	SoundIn      Sound = "in"      // somebody is in, or back from a break
	SoundOut     Sound = "out"     // somebody is out, or on a break
	SoundRefused Sound = "refused" // something was not done
	SoundBadge   Sound = "badge"   // a card was read
)

// Room is what the screen does besides being looked at. Nothing here waits or
// fails: a kiosk without a loudspeaker or a backlight is a kiosk.
type Room interface {
	Play(s Sound)
	Say(lang, text string)  // reads a text out; lang is BCP 47
	Light(percent int) bool // false: there is no backlight to turn down
}

// play makes a sound where the kiosk has sounds.
func (k *Kiosk) play(s Sound) {
	if k.cfg.Room != nil && k.look().Sounds {
		k.cfg.Room.Play(s)
	}
}

// heard makes what was recorded heard.
func (k *Kiosk) heard(r local.Receipt) {
	sound := SoundIn
	if r.Action == attendance.Out || r.Action == attendance.BreakStart {
		sound = SoundOut
	}
	k.play(sound)
	k.readOut(r)
}

// readOut reads out what was recorded where that is wanted.
func (k *Kiosk) readOut(r local.Receipt) {
	if k.cfg.Room == nil || !k.look().Spoken {
		return
	}
	w := k.say
	k.cfg.Room.Say(w.tag.String(), r.Person+". "+w.did(r.Action)+". "+w.clock(k.at(r.At)))
}

// How bright the panel is, in percent: awake, after a minute without a touch, and
// asleep; by day and by night.
const (
	dimAfter   = time.Minute
	lightFull  = 100
	lightDim   = 45
	lightSleep = 15
	lightNight = 60 // of the others
	leastPaint = 40 // what is painted never becomes darker than this
)

// light gives how bright the panel is to be now.
func (k *Kiosk) light(now time.Time) int {
	percent := lightFull
	switch {
	case k.current == k.asleep:
		percent = lightSleep
	case (k.current == k.idle || k.current == k.notice) && now.Sub(k.touched) >= dimAfter:
		percent = lightDim
	}
	l := k.look()
	if isNight(l.NightFrom, l.NightTo, now.In(k.zone)) {
		percent = percent * lightNight / 100
	}
	return percent
}

// isNight says whether the time of day lies between two times HH:MM; the night may
// go over midnight.
func isNight(from, to string, now time.Time) bool {
	if from == "" || to == "" || from == to {
		return false
	}
	at := now.Format("15:04")
	if from < to {
		return from <= at && at < to
	}
	return from <= at || at < to
}

// shine turns the backlight, or where there is none paints darker.
func (k *Kiosk) shine(now time.Time) {
	if k.cfg.Room == nil {
		return
	}
	percent := k.light(now)
	if percent == k.percent {
		return
	}
	k.percent, k.paint = percent, lightFull
	if !k.cfg.Room.Light(percent) {
		k.paint = max(leastPaint, percent)
	}
	k.dress()
}
