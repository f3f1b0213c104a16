package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
)

// noticeScenes is what somebody far away wants to be seen.
func noticeScenes() []scene {
	return []scene{
		{"91-notice", func(b *bench) { b.noticed(noticeTexts()[0]) }},
		{"92-notice-long", func(b *bench) { b.noticed(noticeTexts()[1]) }},
		{"93-here", func(b *bench) { b.looked("1.1") }},
	}
}

// noticeTexts are a short one and the longest.
func noticeTexts() []string {
	return []string{
		"The side door is closed today. Please come in through the yard.",
		strings.TrimSpace(strings.Repeat("Überstunden bitte absprechen. ", 7))[:200],
	}
}

func (b *bench) noticed(text string) {
	s := ready()
	s.Notice = text
	b.k.Update(s)
}

func (b *bench) looked(wish string) {
	s := ready()
	s.Identify = wish
	b.k.Update(s)
}

// A text stands where Idle is: people clock in from it, and it is there for the next
// one, until it is over; it wakes a kiosk that sleeps once.
func TestNotice(t *testing.T) {
	b := wide(t)
	b.k.Update(ready())
	b.on("idle")
	b.noticed("Fire drill at ten.")
	b.on("notice")
	b.says("Fire drill at ten.")
	b.tap("start")
	b.on("people")
	b.noticed("Fire drill at eleven.") // nobody is taken away from what they do
	b.on("people")
	b.tap("back")
	b.on("notice")
	b.says("Fire drill at eleven.")
	b.pass(idleLimit)
	b.on("asleep")
	b.noticed("Fire drill at eleven.")
	b.on("asleep")
	b.noticed("The drill is over.")
	b.on("notice")
	b.says("The drill is over.")
	b.k.Update(ready())
	b.on("idle")
}

func TestNoticeLeadsToMaintenance(t *testing.T) {
	b := wide(t)
	b.noticed("Fire drill at ten.")
	b.press("maintenance")
	b.pass(holdFor + time.Second)
	b.on("keepers")
}

// A kiosk that is looked for stands out, however silent it is, until somebody has
// found it; then that wish is over, and another one is not.
func TestHere(t *testing.T) {
	b := wide(t)
	r := &ears{}
	b.k.cfg.Room = r
	b.toReceipt(0, attendance.In)
	b.looked("1.1")
	b.on("receipt")
	b.pass(receiptLimit + time.Second)
	b.on("here")
	b.says(ready().KioskName)
	b.pass(7 * time.Second)
	if r.played < 3 {
		t.Errorf("heard %d times", r.played)
	}
	b.tap("close")
	b.on("idle")
	b.looked("1.1")
	b.on("idle")
	b.pass(idleLimit)
	b.on("asleep")
	b.looked("1.2")
	b.on("here")
	b.k.Update(ready())
	b.on("idle")
}

// ears count what is heard.
type ears struct{ played int }

func (e *ears) Play(Sound)         { e.played++ }
func (e *ears) Say(string, string) {}
func (e *ears) Light(int) bool     { return true }
