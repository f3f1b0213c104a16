package ui

import (
	"strings"
	"testing"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// modeScenes are the ways a kiosk can be set to lead people to their names.
func modeScenes() []scene {
	return []scene{
		{"83-teams", func(b *bench) { b.toTeamed(); b.tap("of_team") }},
		{"84-people-of-team", func(b *bench) { b.toTeamed(); b.tap("of_team", "team_1") }},
		{"85-not-listed", func(b *bench) { b.toNewcomers(); b.tap("search"); b.write("zoe") }},
		{"86-newcomer", func(b *bench) { b.toNewcomer() }},
		{"87-newcomer-receipt", func(b *bench) { b.toNewcomer(); b.tap("in") }},
		{"88-not-listed-last-page", func(b *bench) {
			b.s.people = b.s.people[:5]
			b.toNewcomers()
		}},
		{"77-maintenance-card", func(b *bench) {
			b.toCare(well())
			b.cardInCare(local.BadgeRead{Serial: 8, Person: &b.s.people[2]})
		}},
		{"89-card-first", func(b *bench) {
			s := ready()
			s.Habits.BadgeFirst = true
			b.k.Update(s)
		}},
	}
}

func modeTeams() []string { return []string{"Bakery", "Delivery", "Shop and café on the harbour"} }

// toTeamed touches Idle of a kiosk that shows names by team.
func (b *bench) toTeamed() {
	b.t.Helper()
	s := ready()
	s.Habits.TeamFilter, s.Teams = true, modeTeams()
	for i := range b.s.people {
		b.s.people[i].Team = s.Teams[i%3]
	}
	b.k.Update(s)
	b.tap("start")
	b.on("people")
}

func (b *bench) toNewcomers() {
	b.t.Helper()
	s := ready()
	s.Habits.NotListed = true
	b.k.Update(s)
	b.tap("start")
	b.on("people")
}

func (b *bench) toNewcomer() {
	b.t.Helper()
	b.toNewcomers()
	b.tap("search")
	b.write("zoe")
	b.tap("not_listed")
	b.on("newcomer")
}

// Names beyond the first page are two touches away: the range of their letter. The
// ranges are those that the names have, and one screenful is not cut by them.
func TestLettersLeadToNames(t *testing.T) {
	for _, g := range glasses() {
		b := newBench(t, g)
		b.toPeople()
		var ranges []string
		for _, k := range b.k.people.finder.ranges {
			if k.Visible() {
				ranges = append(ranges, k.id)
			}
		}
		if b.k.people.got == len(b.s.people) {
			if len(ranges) > 0 {
				t.Errorf("%s: all names are shown, and ranges too: %v", g.name, ranges)
			}
			continue
		}
		if len(ranges) < 4 {
			t.Fatalf("%s: ranges %v", g.name, ranges)
		}
		last := ranges[len(ranges)-1]
		b.tap(last)
		first := strings.ToUpper(b.k.people.cards[0].person.Name[:1])
		if want := strings.TrimPrefix(last, "letter_"); first != want {
			t.Errorf("%s: %s leads to %s", g.name, last, b.k.people.cards[0].person.Name)
		}
		seen := map[string]bool{}
		for !b.k.people.prev.off {
			b.tap("previous")
		}
		for {
			for _, c := range b.k.people.cards[:b.k.people.got] {
				seen[c.person.ID] = true
			}
			if b.k.people.next.off {
				break
			}
			b.tap("next")
		}
		if len(seen) != len(b.s.people) {
			t.Errorf("%s: page by page %d of %d are shown", g.name, len(seen), len(b.s.people))
		}
	}
}

// One team's names are shown until the next person comes.
func TestNamesByTeam(t *testing.T) {
	for _, g := range glasses() {
		b := newBench(t, g)
		b.toTeamed()
		b.tap("of_team", "team_0")
		b.on("people")
		b.says("Bakery")
		for _, c := range b.k.people.cards[:b.k.people.got] {
			if c.person.Team != "Bakery" {
				t.Fatalf("%s: %+v is shown", g.name, c.person)
			}
		}
		if got, want := b.k.people.total, (len(b.s.people)+2)/3; got != want {
			t.Errorf("%s: %d of %d", g.name, got, want)
		}
		b.tap("of_team", "everybody")
		if b.k.people.total != len(b.s.people) {
			t.Errorf("%s: everybody is %d", g.name, b.k.people.total)
		}
		b.tap("of_team", "team_1", "back", "start")
		if b.k.people.total != len(b.s.people) {
			t.Errorf("%s: the next person sees the team of the last", g.name)
		}
	}
}

// Who is not on the list types a name that nobody has, and is recorded under it.
func TestWhoIsNotListedClocksIn(t *testing.T) {
	for _, g := range glasses() {
		b := newBench(t, g)
		b.toNewcomer()
		b.says("Zoe")
		b.tap("in")
		b.on("receipt")
		b.says(b.k.say.NewcomerTold)
		if b.s.count("not listed") != 1 {
			t.Errorf("%s: asked %v", g.name, b.s.calls)
		}
		b.tap("close")
		b.on("idle")
		b.s.newcomers = problem.New(problem.Limited, "too many", "").With("wait_ms", float64(60_000))
		b.toNewcomer()
		b.tap("out")
		b.on("refused")
	}
	b := newBench(t, glasses()[0])
	b.toNewcomers()
	b.tap("search")
	b.write("anna")
	if o, _, _ := b.look("not_listed"); o == nil || b.k.people.got != 1 {
		t.Error("nobody new may have the name of somebody on the list")
	}
	b = newBench(t, glasses()[0])
	b.toPeople()
	b.tap("search")
	b.write("zoe")
	if o, _, _ := b.look("not_listed"); o != nil {
		t.Error("offered where the kiosk does not take newcomers")
	}
}

// Prevents: a letter that is typed while a search is under way and gets lost, and
// an older answer that replaces a newer one.
func TestTypingIsFasterThanTheSearch(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.toPeople()
	b.tap("search")
	b.held = true
	b.tap("key_a", "key_n", "key_n")
	if got := b.k.people.field.text; got != "ann" {
		t.Fatalf("typed %q", got)
	}
	for len(b.waiting) > 0 {
		b.run()
	}
	if q := b.k.people.query; q.Search != "ann" || b.k.people.got != 1 {
		t.Errorf("shown are %d for %q", b.k.people.got, q.Search)
	}
	b.tap("key_x")
	b.held = false
	b.tap("search") // closed before the answer
	b.run()
	if b.k.people.query.Search != "" || b.k.people.got < 5 {
		t.Errorf("the answer came after all: %q", b.k.people.query.Search)
	}
}
