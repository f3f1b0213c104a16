package ui

import (
	"strings"
	"testing"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// cardInCare holds a card to the reader while Maintenance is open.
func (b *bench) cardInCare(r local.BadgeRead) {
	b.t.Helper()
	s := b.k.state
	s.Badge = &r
	b.k.Update(s)
}

// A card is taken as ever while somebody looks after the clock: what it did is said
// there, and nobody's Maintenance is closed by it.
func TestACardDoesNotEndMaintenance(t *testing.T) {
	p := staff()[0]
	for _, g := range glasses() {
		b := newBench(t, g)
		b.toCare(well())
		b.cardInCare(cardReceipt(7, "Ben Carter"))
		b.on("maintenance")
		b.says("Ben Carter \u00b7 Clocked in \u00b7 08:02")
		b.cardInCare(local.BadgeRead{Serial: 8, Person: &p})
		b.says("Hold the card again after Maintenance.")
		b.cardInCare(local.BadgeRead{Serial: 9, Code: "K-17"})
		b.says("Card not known. K\u201117")
		b.cardInCare(cardTwice(10))
		b.says("Aaliyah Okafor")
		b.tap("roll_call")
		b.on("roll_call")
		r := refusedCard(problem.Forbidden)
		r.Serial = 11
		b.cardInCare(r)
		b.on("roll_call")
		b.tap("back")
		b.on("maintenance")
		b.says(b.k.say.CardOff)
		if b.k.session == "" {
			t.Errorf("%s: the session is over: %v", g.name, b.s.calls)
		}
		b.tap("back")
		b.on("idle")
		b.cardInCare(cardReceipt(12, "Mia Larsen"))
		b.on("receipt")
	}
}

// Who looks after the clock reads their own language, until they leave.
func TestMaintenanceSpeaksItsKeepersLanguage(t *testing.T) {
	b := newBench(t, glasses()[0])
	c := well()
	c.Speaks = "de"
	b.toCare(c)
	b.says("Wartung")
	b.tap("back")
	b.on("idle")
	for _, text := range b.labels() {
		if strings.Contains(text, "Kommen") {
			t.Error("the next one reads German")
		}
	}
}
