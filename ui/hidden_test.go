package ui

import (
	"testing"

	"github.com/timepost/timepost/attendance"
)

// hiddenScenes is the list of people where a kiosk shows less of them.
func hiddenScenes() []scene {
	return []scene{
		{"80-hidden-roster", func(b *bench) { b.toHidden() }},
		{"81-hidden-found", func(b *bench) { b.toHidden(); b.write("ann") }},
		{"82-hidden-status", func(b *bench) {
			b.hideStatus()
			b.toPeople()
		}},
	}
}

// toHidden touches Idle of a kiosk that shows no list.
func (b *bench) toHidden() {
	b.t.Helper()
	s := ready()
	s.Habits.HideRoster = true
	b.k.Update(s)
	b.tap("start")
	b.on("people")
}

func (b *bench) hideStatus() {
	for i := range b.s.people {
		b.s.people[i].State, b.s.people[i].Since = "", 0
	}
}

// Where the list is hidden nobody's name is seen before it is typed, and the
// service, which would refuse to list everybody, is not asked to.
func TestAHiddenRosterIsSearched(t *testing.T) {
	for _, g := range glasses() {
		b := newBench(t, g)
		b.toHidden()
		b.says(b.k.say.TypeName)
		if b.s.count("people") != 0 || b.k.people.got != 0 {
			t.Fatalf("%s: asked %v, %d cards", g.name, b.s.calls, b.k.people.got)
		}
		b.tap("search") // closes the search
		b.says(b.k.say.TypeName)
		b.tap("search")
		b.write("ann")
		b.tap("person_" + slug(4))
		b.on("pin")
		b.tap("back")
		b.on("people")
		b.find("person_" + slug(4))
		b.tap("back")
		b.on("idle")
		if b.s.count("people") == 0 {
			t.Errorf("%s: nobody was searched for", g.name)
		}
	}
}

// Where the state is hidden, nobody is said to be out.
func TestAHiddenStatusIsNotOut(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.hideStatus()
	b.toPeople()
	w := b.k.say
	for _, text := range b.labels() {
		if text == w.StateOut || text == w.StateIn || text == w.OnBreak {
			t.Errorf("a card says %q", text)
		}
	}
	if got := w.state(attendance.StateOut, b.now); got != w.StateOut {
		t.Errorf("out is said as %q", got)
	}
}
