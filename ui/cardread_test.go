package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// withCard is a state that tells of a card.
func withCard(r local.BadgeRead) local.State {
	s := ready()
	s.Badge = &r
	return s
}

func cardReceipt(serial uint64, name string) local.BadgeRead {
	return local.BadgeRead{Serial: serial, Receipt: &local.Receipt{
		ID: "r" + name, Ticket: "t" + name, Person: name, Action: attendance.In, At: noon().UnixMilli(),
	}}
}

func cardTwice(serial uint64) local.BadgeRead {
	d := problem.DetailsOf(problem.New(problem.Conflict, "", "").With("person", "Aaliyah Okafor").
		With("action", "in").With("at_ms", float64(noon().UnixMilli())).With("ticket", "t9"))
	return local.BadgeRead{Serial: serial, Refused: &d}
}

func refusedCard(c problem.Code) local.BadgeRead {
	d := problem.DetailsOf(problem.New(c, "", ""))
	return local.BadgeRead{Serial: 7, Refused: &d}
}

// cardScenes is what there is to see of cards.
func cardScenes() []scene {
	held := func(r local.BadgeRead) func(*bench) {
		return func(b *bench) { b.k.Update(ready()); b.k.Update(withCard(r)) }
	}
	return []scene{
		{"95-card-unknown", held(local.BadgeRead{Serial: 7, Code: "K-17"})},
		{"96-card-twice", held(cardTwice(7))},
		{"97-card-off", held(refusedCard(problem.Forbidden))},
		{"98-card-unread", held(refusedCard(problem.Invalid))},
	}
}

func TestCardGivesReceiptWithoutATap(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.k.Update(ready())
	b.pass(idleLimit + tickEvery)
	b.on("asleep")
	b.k.Update(withCard(cardReceipt(7, "Ben Carter")))
	b.on("receipt")
	b.says("Ben Carter")
	b.pass(receiptLimit + tickEvery)
	b.on("idle")
	b.k.Update(withCard(cardReceipt(7, "Ben Carter"))) // the same card, still in the state
	b.on("idle")
}

func TestCardFromBeforeTheStartIsNotShown(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.k.Update(withCard(cardReceipt(7, "Ben Carter")))
	b.on("idle")
	b.k.Update(withCard(cardReceipt(8, "Mia Larsen")))
	b.on("receipt")
}

func TestNewCardInterruptsAReceipt(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.k.Update(ready())
	b.k.Update(withCard(cardReceipt(7, "Ben Carter")))
	b.pass(time.Second)
	b.k.Update(withCard(cardReceipt(8, "Mia Larsen"))) // two within 250 ms look the same
	b.says("Mia Larsen")
	b.jab("undo") // was meant for Ben's
	b.on("receipt")
	if strings.Contains(strings.Join(b.labels(), " "), "Ben") {
		t.Error(b.labels())
	}
	b.pass(receiptLimit - tickEvery)
	b.on("receipt")
	b.pass(2 * tickEvery)
	b.on("idle")
}

func TestCardEndsWhatSomebodyElseWasDoing(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.toPIN(0)
	b.tap("digit_4", "digit_1")
	b.k.Update(withCard(cardReceipt(7, "Ben Carter")))
	b.on("receipt")
	if len(b.k.pin.typed) != 0 || b.k.pin.person.ID != "" {
		t.Error("the PIN screen remembers somebody")
	}
	b.pass(receiptLimit + tickEvery)
	b.toChoose(1, time.Hour)
	b.k.Update(withCard(cardReceipt(8, "Mia Larsen")))
	b.on("receipt")
	if b.s.count("end") != 1 || b.k.session != "" {
		t.Error("the session is still open", b.s.calls)
	}
}

// A card that comes while a request is under way waits for its answer.
func TestCardWaitsForTheRequestInFlight(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.toChoose(0, 0)
	b.s.punch = func(local.PunchRequest) (local.Receipt, error) {
		return local.Receipt{Person: "Aaliyah Okafor", Action: attendance.In, At: b.now.UnixMilli()}, nil
	}
	b.held = true
	b.tap("in")
	b.k.Update(withCard(cardReceipt(7, "Ben Carter")))
	b.on("choose")
	b.run()
	b.on("receipt")
	b.says("Ben Carter")
	if b.s.count("punch") != 1 {
		t.Error(b.s.calls)
	}
}

func TestCardWithPIN(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.k.Update(ready())
	p := b.s.people[5]
	b.k.Update(withCard(local.BadgeRead{Serial: 7, Person: &p}))
	b.on("pin")
	b.says(p.Name)
	var asked []string
	b.s.identify = func(a local.Attempt) (local.Session, error) {
		asked = append(asked, a.Person)
		return session(p, 0), nil
	}
	b.tap("digit_4", "digit_1", "digit_9", "digit_0")
	b.on("choose")
	if !slices.Equal(asked, []string{p.ID}) {
		t.Error(asked)
	}
}

func TestCardThatRecordsNothingSaysWhatToDo(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.k.Update(ready())
	b.k.Update(withCard(local.BadgeRead{Serial: 6, Code: "K-17"}))
	b.on("refused")
	b.says("Card not known.")
	b.says("Code\u00a0K\u201117.") // on one line
	b.k.Update(withCard(refusedCard(problem.Forbidden)))
	b.says("Touch your name instead.")
	b.k.Update(withCard(cardTwice(8)))
	b.on("doubt")
	b.says("Aaliyah Okafor")
	b.s.desk.undo = func(ticket string) (local.Undone, error) {
		if ticket != "t9" {
			t.Error(ticket)
		}
		return local.Undone{Person: "Aaliyah Okafor", Action: attendance.In, At: b.now.UnixMilli()}, nil
	}
	b.tap("undo")
	b.on("told")
}

// Where the kiosk is out of order or not enrolled, that stays on the screen.
func TestCardDoesNotHideAFault(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.k.Update(ready())
	s := withCard(cardReceipt(7, "Ben Carter"))
	s.Fault = "out_of_order"
	b.k.Update(s)
	b.on("out_of_order")
}
