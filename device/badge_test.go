package device_test

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// Cards of the test's people, as their readers type them.
const (
	annCard     = "0010693503"
	bobCard     = "0010693504"
	olgaCard    = "0010693505"
	unknownCard = "0099999999"
)

// carded gives a world whose people have cards, under a policy.
func carded(t *testing.T, policy wire.BadgePolicy) *world {
	t.Helper()
	w := newWorld(t)
	w.policy(true, policy)
	w.apply(w.holder("ann", attendance.Regular, annPIN, annCard), w.holder("bob", attendance.Regular, bobPIN, bobCard),
		w.holder("olga", attendance.Owner, ownerPIN, olgaCard), row(t, wire.KindProject, "p1", wire.ProjectRow{ID: "p1", Name: "Hall"}))
	return w
}

func (w *world) policy(requiresPIN bool, p wire.BadgePolicy) {
	w.t.Helper()
	w.apply(row(w.t, wire.KindSettings, devicedb.SettingsID, wire.SettingsRow{
		OrgName: "Acme", KioskName: "Front door", Zone: "Europe/Berlin", RequiresPIN: requiresPIN, Project: "p1", Habits: wire.Habits{Badges: p},
	}))
}

func (w *world) holder(id string, role attendance.Role, digits, card string) wire.Row {
	w.t.Helper()
	c, err := badge.Parse(card, badge.Transform{})
	must(w.t, err)
	s := w.sealed(pin.Personal, id, string(role), digits, 1)
	return row(w.t, wire.KindPerson, id, wire.PersonRow{
		Person: attendance.Person{ID: id, Name: id, Role: role, Active: true}, Listed: true, PIN: &s, Badges: []string{string(c)},
	})
}

func (w *world) hold(card string) local.BadgeRead {
	w.t.Helper()
	return w.terminal.Badge(w.t.Context(), card, badge.Transform{})
}

// recorded fails unless the card makes a punch.
func (w *world) recorded(card, person string, a attendance.Action) local.Receipt {
	w.t.Helper()
	b := w.hold(card)
	if b.Receipt == nil || b.Receipt.ID != person || b.Receipt.Action != a || b.Receipt.Auth != attendance.AuthBadge {
		w.t.Fatalf("%s: %+v, want %s %s", card, b, person, a)
	}
	return *b.Receipt
}

func (w *world) turnedAway(card string, code problem.Code) problem.Details {
	w.t.Helper()
	b := w.hold(card)
	if b.Refused == nil || b.Refused.Code != code || b.Receipt != nil || b.Person != nil || b.Code != "" {
		w.t.Fatalf("%s: %+v, want refused with %s", card, b, code)
	}
	return *b.Refused
}

func TestACardPunchesWhatIsLikeliest(t *testing.T) {
	t.Parallel()
	w := carded(t, wire.BadgeOnly)
	w.recorded(annCard, "ann", attendance.In)
	w.m.pass(2 * time.Minute)
	w.recorded(annCard, "ann", attendance.Out)
	w.m.pass(2 * time.Minute)
	w.recorded(annCard, "ann", attendance.In)
	w.m.pass(time.Minute)
	w.punch(w.in("ann", annPIN), attendance.BreakStart)
	w.m.pass(20 * time.Minute)
	w.recorded(annCard, "ann", attendance.BreakEnd)
	first := w.bodies(0, record.Punched)[0]
	if first.Project != "p1" || first.Auth != attendance.AuthBadge {
		t.Errorf("recorded %+v", first)
	}
}

func TestACardTwiceIsOnePunch(t *testing.T) {
	t.Parallel()
	w := carded(t, wire.BadgeOnly)
	r := w.recorded(annCard, "ann", attendance.In)
	for range 10 { // it goes on lying on the reader
		w.m.pass(time.Second)
		if again := w.hold(annCard); again.Receipt == nil || again.Receipt.Seq != r.Seq {
			t.Fatalf("held on: %+v", again)
		}
	}
	w.m.pass(10 * time.Second)
	d := w.turnedAway(annCard, problem.Conflict)
	if d.Detail["action"] != "in" || d.Detail["at_ms"] != r.At || d.Detail["person"] != "ann" {
		t.Errorf("refused with %+v", d)
	}
	ticket, _ := d.Detail["ticket"].(string)
	if _, err := w.terminal.Undo(t.Context(), ticket); err != nil {
		t.Error("undo:", err)
	}
	if n := len(w.bodies(0, record.Punched)); n != 1 {
		t.Errorf("%d punches", n)
	}
}

func TestACardWithAPINIsBoth(t *testing.T) {
	t.Parallel()
	w := carded(t, wire.BadgeAndPIN)
	asks := func(card, person string) {
		t.Helper()
		w.m.pass(5 * time.Second)
		if b := w.hold(card); b.Person == nil || b.Person.ID != person {
			t.Fatalf("%+v", b)
		}
	}
	is := func(s local.Session, want attendance.Auth) {
		t.Helper()
		if s.Auth != want {
			t.Errorf("identified by %s, want %s", s.Auth, want)
		}
		must(t, w.terminal.End(t.Context(), s.ID))
	}
	asks(annCard, "ann")
	w.m.pass(19 * time.Second)
	is(w.in("ann", annPIN), attendance.AuthBadgePIN)
	is(w.in("ann", annPIN), attendance.AuthPersonal) // one card, one time
	asks(annCard, "ann")
	is(w.in("bob", bobPIN), attendance.AuthPersonal) // somebody else's card
	w.m.pass(20 * time.Second)
	is(w.in("ann", annPIN), attendance.AuthPersonal) // too late
	asks(annCard, "ann")
	is(w.in("ann", universalPIN), attendance.AuthUniversal)
	asks(annCard, "ann")
	w.refused("ann", wrongPIN, problem.Unauthenticated)
	s := w.in("ann", annPIN)
	w.punch(s, attendance.In)
	if b := w.bodies(0, record.Punched)[0]; b.Auth != attendance.AuthBadgePIN {
		t.Errorf("recorded as %s", b.Auth)
	}
}

func TestWhoElseNeedsTheirPIN(t *testing.T) {
	t.Parallel()
	w := carded(t, wire.BadgeOnly)
	if b := w.hold(olgaCard); b.Person == nil || b.Person.ID != "olga" {
		t.Errorf("an owner's card alone: %+v", b)
	}
	w.recorded(annCard, "ann", attendance.In)
	w.m.pass(30 * time.Hour)
	if b := w.hold(annCard); b.Person == nil || b.Person.ID != "ann" {
		t.Errorf("a forgotten clock-out: %+v", b)
	}
	if s := w.in("ann", annPIN); s.Forgotten == 0 || s.Auth != attendance.AuthBadgePIN {
		t.Errorf("it is not asked about: %+v", s)
	}
}

func TestWhereNoPINIsNeededACardIsEnough(t *testing.T) {
	t.Parallel()
	w := carded(t, wire.BadgeAndPIN)
	w.policy(false, wire.BadgeAndPIN)
	w.recorded(annCard, "ann", attendance.In)
	w.recorded(olgaCard, "olga", attendance.In)
}

func TestCardsCanBeOff(t *testing.T) {
	t.Parallel()
	w := carded(t, wire.BadgeOff)
	w.turnedAway(annCard, problem.Forbidden)
	w.turnedAway("", problem.Invalid)
	if b := w.hold(unknownCard); b.Code == "" {
		t.Errorf("a card can't be learnt before cards are on: %+v", b)
	}
}

func TestACardEndsWhatIsOpen(t *testing.T) {
	t.Parallel()
	w := carded(t, wire.BadgeOnly)
	s := w.in("ann", annPIN)
	w.hold(unknownCard)
	w.recorded(bobCard, "bob", attendance.In)
	_, err := w.terminal.Punch(t.Context(), local.PunchRequest{Session: s.ID, Action: attendance.In})
	if !problem.Is(err, problem.Expired) {
		t.Error("ann's session:", err)
	}
}

func TestTheStateShowsACardForAWhile(t *testing.T) {
	t.Parallel()
	w := carded(t, wire.BadgeOnly)
	state := func() local.State {
		t.Helper()
		s, err := w.terminal.State(t.Context())
		must(t, err)
		return s
	}
	if b := state().Badge; b != nil {
		t.Errorf("before any card: %+v", b)
	}
	r := w.recorded(annCard, "ann", attendance.In)
	first := state().Badge
	if first == nil || first.Receipt == nil || first.Receipt.Seq != r.Seq {
		t.Fatalf("%+v", first)
	}
	w.m.pass(9 * time.Second)
	w.recorded(bobCard, "bob", attendance.In)
	if b := state().Badge; b == nil || b.Serial != first.Serial+1 || b.Receipt.ID != "bob" {
		t.Errorf("%+v", b)
	}
	w.m.pass(10 * time.Second)
	if b := state().Badge; b != nil {
		t.Errorf("still %+v", b)
	}
	w.crash()
	if b := w.hold(olgaCard); b.Serial <= first.Serial+1 {
		t.Errorf("serial %d after %d", b.Serial, first.Serial+1)
	}
}

func TestAnUnknownCardGetsACode(t *testing.T) {
	t.Parallel()
	w := carded(t, wire.BadgeAndPIN)
	code := w.hold(unknownCard).Code
	if !regexp.MustCompile(`^[A-Z]-[1-9][0-9]$`).MatchString(code) {
		t.Fatalf("code %q", code)
	}
	w.m.pass(time.Hour)
	w.crash()
	if again := w.hold(unknownCard).Code; again != code {
		t.Errorf("the same card is %s and %s", code, again)
	}
	if other := w.hold("text:EMP-7").Code; other == code || other == "" {
		t.Errorf("another card is %q", other)
	}
	recs := w.bodies(0, record.BadgeUnknown)
	if len(recs) != 2 || recs[0].Badge != "05-F5-E0-FF" || recs[0].Code != code || recs[1].Badge != "text:EMP-7" {
		t.Errorf("recorded %+v", recs)
	}
	w.m.pass(25 * time.Hour)
	w.hold(unknownCard)
	if n := len(w.bodies(0, record.BadgeUnknown)); n != 3 {
		t.Errorf("%d records a day later", n)
	}
	w.turnedAway("08A32B7F", problem.Invalid)
}

func TestUnknownCardsMakeNoFlood(t *testing.T) {
	t.Parallel()
	w := carded(t, wire.BadgeOnly)
	var seen []string
	for i := range 20 {
		code := w.hold("text:" + string(rune('A'+i))).Code
		if code == "" || slices.Contains(seen, code) {
			t.Fatalf("card %d is %q after %v", i, code, seen)
		}
		seen = append(seen, code)
	}
	d := w.turnedAway("text:one more", problem.Limited)
	if ms, _ := d.Detail["wait_ms"].(int64); ms <= 0 || ms > time.Hour.Milliseconds() {
		t.Errorf("refused with %+v", d)
	}
	if again := w.hold("text:A").Code; again != seen[0] {
		t.Errorf("a known card is %q, was %q", again, seen[0])
	}
	w.recorded(annCard, "ann", attendance.In)
	w.m.pass(61 * time.Minute)
	w.tick()
	if b := w.hold("text:one more"); b.Code == "" {
		t.Errorf("an hour later: %+v", b)
	}
}
