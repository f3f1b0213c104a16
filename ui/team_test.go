package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

func TestATeamFromOnePINToOneReceipt(t *testing.T) {
	b := wide(t)
	b.toTeam(attendance.In, false)
	var got []local.TeamPunch
	b.s.crew = func(r local.TeamPunch) (local.TeamReceipt, error) {
		got = append(got, r)
		return local.TeamReceipt{Action: r.Action, At: b.now.UnixMilli(), Done: r.People}, nil
	}
	if _, ok := b.find("confirm"); !ok.off {
		t.Error("nobody can be clocked in")
	}
	if _, in := b.find("person_pa1"); !in.off {
		t.Error("who is in can be clocked in again")
	}
	b.tap("person_pa0", "person_pa2", "person_pa0", "person_pa3") // pa0 was a mistake
	b.says("Clock in: 2 people")
	b.tap("next", "next") // the ticks stay when the page is turned
	last := b.k.team.cards[slices.IndexFunc(b.k.team.cards, func(c *card) bool { return !c.off })].person.ID
	b.tap("person_"+last, "previous", "previous")
	b.says("Clock in: 3 people")
	b.held = true
	b.tap("confirm")
	b.jab("confirm")
	b.on("team")
	b.held = false
	b.run()
	b.on("receipt")
	b.says("3 people")
	b.says("08:02")
	want := []local.TeamPunch{{Session: "t1", Action: attendance.In, People: []string{"pa2", "pa3", last}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	b.pass(receiptLimit + tickEvery)
	b.on("idle")
	b.toTeam(attendance.Out, false)
	if n := len(b.k.team.picks.people); n != 0 {
		t.Errorf("the next team begins with %d people", n)
	}
	if _, out := b.find("person_pa0"); !out.off {
		t.Error("who is out can be clocked out")
	}
}

func TestATeamIsFoundBySearch(t *testing.T) {
	b := wide(t)
	b.toTeam(attendance.In, false)
	b.tap("person_pa0", "search", "key_y", "key_u", "person_pd9", "search")
	b.says("Clock in: 2 people")
	b.tap("search", "key_z", "back") // the search only
	b.on("team")
	b.says("Clock in: 2 people")
	b.tap("back") // to what they do
	b.on("team_action")
	b.tap("cancel")
	b.on("idle")
	if n := b.s.count("end"); n != 1 {
		t.Errorf("the session was ended %d times, want once", n)
	}
}

func TestATeamsReason(t *testing.T) {
	b := wide(t)
	b.toTeam(attendance.In, true)
	var got local.TeamPunch
	b.s.crew = func(r local.TeamPunch) (local.TeamReceipt, error) {
		got = r
		return local.TeamReceipt{Action: r.Action, At: b.now.UnixMilli(), Done: []string{"Aaliyah Okafor"}}, nil
	}
	b.tap("person_pa0", "confirm")
	b.on("reason")
	b.says("1 person")
	b.tap("reason_2")
	b.on("receipt")
	b.says("Aaliyah")
	if got.Note != "No PINs yet" || len(got.People) != 1 {
		t.Errorf("sent %+v", got)
	}
}

func TestAReceiptNamesWhoWasLeftOut(t *testing.T) {
	b := wide(t)
	b.toTeamReceipt(9)
	for _, want := range []string{"Left out", "in since 07:42", "needs their own PIN", "6 more"} {
		if all := strings.Join(strings.Fields(strings.Join(b.labels(), " ")), " "); !strings.Contains(all, want) {
			t.Errorf("the receipt does not say %q: %s", want, all)
		}
	}
	b.pass(leftLimit - tickEvery)
	b.on("receipt")
	b.pass(2 * tickEvery)
	b.on("idle")
	b.toReceipt(0, attendance.In)
	b.pass(receiptLimit + tickEvery)
	b.on("idle")
}

func TestATeamsWrongPIN(t *testing.T) {
	b := wide(t)
	b.toPeople()
	b.s.team = func(pin.PIN) (local.Team, error) {
		return local.Team{}, problem.New(problem.Unauthenticated, "That PIN is not right.", "")
	}
	b.tap("team", "digit_9", "digit_5", "digit_8", "digit_0")
	b.on("refused")
	b.says(b.k.say.WrongPIN)
	b.tap("again")
	b.on("team_pin")
	b.s.team = func(pin.PIN) (local.Team, error) {
		return local.Team{}, problem.New(problem.Unavailable, "No answer.", "")
	}
	b.tap("digit_9", "digit_5", "digit_8", "digit_0")
	b.says(b.k.say.Silent)
	for _, bad := range []string{"9580", "digit_9"} {
		if strings.Contains(b.log.String(), bad) {
			t.Errorf("the log says %q", bad)
		}
	}
}

// Only where there is a Universal PIN to type.
func TestNoTeamWithoutAUniversalPIN(t *testing.T) {
	for _, g := range glasses() {
		for length, want := range map[int]bool{0: false, 4: true} {
			b := newBench(t, g)
			s := ready()
			s.UniversalLen = length
			b.k.Update(s)
			b.tap("start")
			b.pass(2 * settle)
			got := slices.ContainsFunc(b.k.Targets(1), func(x Target) bool { return x.Name == "team" })
			if got != want {
				t.Errorf("%s, %d digits: the key to a team is there: %v", g.name, length, got)
			}
		}
	}
}

// The ticks of a service that answers late are nobody else's.
func TestATeamWithoutAnAnswer(t *testing.T) {
	b := wide(t)
	b.toTeam(attendance.In, false)
	b.s.crew = func(local.TeamPunch) (local.TeamReceipt, error) {
		return local.TeamReceipt{}, problem.New(problem.Unavailable, "No answer.", "").Because(fmt.Errorf("gone"))
	}
	b.tap("person_pa0", "confirm")
	b.on("refused")
	b.says(b.k.say.NotCertain)
}
