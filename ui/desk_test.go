package ui

import (
	"context"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// desk is what the service in memory answers besides punches, and what it heard.
type desk struct {
	hours  func(string) (local.Hours, error)
	open   func(string) (local.Session, error)
	undo   func(string) (local.Undone, error)
	missed []local.Missed
	read   []string
}

func (s *service) Hours(_ context.Context, session string) (local.Hours, error) {
	s.calls = append(s.calls, "hours")
	return s.desk.hours(session)
}

func (s *service) Missed(_ context.Context, m local.Missed) (local.Asked, error) {
	s.calls = append(s.calls, "missed")
	s.desk.missed = append(s.desk.missed, m)
	return local.Asked{At: m.At}, nil
}

func (s *service) Unresolved(_ context.Context, session string) (local.Session, error) {
	s.calls = append(s.calls, "unresolved")
	return s.desk.open(session)
}

func (s *service) Undo(_ context.Context, ticket string) (local.Undone, error) {
	s.calls = append(s.calls, "undo "+ticket)
	return s.desk.undo(ticket)
}

func (s *service) Read(_ context.Context, ticket, message string) error {
	s.desk.read = append(s.desk.read, ticket+"/"+message)
	return nil
}

func projects() []local.Project {
	names := []string{
		"Assembly", "Line 2", "Maintenance", "Training", "Warehouse", "Order 2026-118 Blue Harbour pumps and valves",
		"Office", "Cleaning", "Packing", "Quality", "Loading bay", "Night watch", "Inventory", "Returns",
	}
	var out []local.Project
	for i, n := range names {
		out = append(out, local.Project{ID: slug(i), Name: n})
	}
	return out
}

// toSession identifies the i-th person with a session that change has altered.
func (b *bench) toSession(i int, change func(*local.Session)) {
	b.t.Helper()
	b.toPIN(i)
	b.s.identify = func(local.Attempt) (local.Session, error) {
		s := session(b.s.people[i], 3*time.Hour+12*time.Minute)
		s.Auth = attendance.AuthPersonal
		change(&s)
		return s, nil
	}
	b.tap("digit_4", "digit_1", "digit_9", "digit_0")
}

func withProjects(s *local.Session) {
	s.Projects, s.Default, s.Project = projects(), "pa0", "Assembly"
	s.Actions = s.Person.State.Actions(true)
}

func someHours(now time.Time) local.Hours {
	h := local.Hours{Today: (3*time.Hour + 12*time.Minute).Milliseconds(), Week: (11*time.Hour + 40*time.Minute).Milliseconds(), Through: now.Add(-9 * time.Minute).UnixMilli()}
	for i, d := range []string{"2026-05-11", "2026-05-12"} {
		h.Days = append(h.Days, local.Day{Date: d, Worked: int64(8-4*i) * 3_600_000, Doubt: i == 0})
	}
	for i := range 10 {
		p := local.Past{Action: attendance.In, At: now.Add(-time.Duration(i*5) * time.Hour).UnixMilli()}
		switch i % 4 {
		case 1:
			p.Action, p.Project = attendance.Out, "Assembly"
		case 2:
			p.Action, p.Kiosk = attendance.BreakStart, "Back door"
		case 3:
			p.Action, p.Fixed = attendance.Unresolved, true
		}
		h.Last = append(h.Last, p)
	}
	return h
}

// deskScenes is what there is to see around a punch.
func deskScenes() []scene {
	return []scene{
		{"40-choose-projects", func(b *bench) { b.toSession(1, withProjects) }},
		{"41-choose-in-project", func(b *bench) { b.toSession(0, withProjects) }},
		{"42-projects", func(b *bench) { b.toSession(1, withProjects); b.tap("switch") }},
		{"43-choose-notes", func(b *bench) {
			b.toSession(1, func(s *local.Session) { s.Unconfirmed, s.BreakDue = true, true })
		}},
		{"44-break-short", func(b *bench) {
			b.toSession(5, func(s *local.Session) { s.BreakShort = (17 * time.Minute).Milliseconds() })
			b.tap("break_end")
		}},
		{"45-double", func(b *bench) { b.toDouble() }},
		{"46-undone", func(b *bench) { b.toDouble(); b.tap("undo") }},
		{"47-forgotten", func(b *bench) { b.toForgotten() }},
		{"48-hours", func(b *bench) { b.toHours() }},
		{"49-hours-list", func(b *bench) {
			b.toHours()
			if b.k.hours.turnKey.Visible() {
				b.tap("turn")
			}
		}},
		{"50-missed", func(b *bench) { b.toSession(0, func(*local.Session) {}); b.tap("missed") }},
		{"51-missed-when", func(b *bench) { b.toWhen() }},
		{"52-missed-why", func(b *bench) { b.toWhen(); b.tap("ok") }},
		{"53-missed-told", func(b *bench) { b.toWhen(); b.tap("ok", "reason_1") }},
		{"54-answer", func(b *bench) {
			b.toSession(0, func(s *local.Session) {
				s.Answers = []local.Answer{{Message: "answer-7", Text: "Your clock-out on 11 May at 17:30 was added."}}
			})
		}},
		{"55-receipt-undo", func(b *bench) { b.toTicket(nil) }},
		{"56-message", func(b *bench) { b.toTicket(bulletins()); b.pass(receiptLimit + tickEvery) }},
	}
}

func bulletins() []local.Message {
	return []local.Message{
		{ID: "m1", Text: "The car park behind hall 3 is closed on Friday. Please use the one at the harbour; the gate opens at 5:30."},
		{ID: "m2", Text: "Happy birthday!"},
	}
}

func (b *bench) toDouble() {
	b.t.Helper()
	b.s.desk.undo = func(string) (local.Undone, error) {
		return local.Undone{Action: attendance.In, At: b.now.Add(-20 * time.Second).UnixMilli()}, nil
	}
	b.toSession(1, func(s *local.Session) {
		s.Double = &local.Double{Action: attendance.In, At: b.now.Add(-20 * time.Second).UnixMilli(), Ticket: "t9"}
	})
	b.on("doubt")
}

func (b *bench) toForgotten() {
	b.t.Helper()
	since := b.now.Add(-23 * time.Hour).UnixMilli()
	b.s.desk.open = func(string) (local.Session, error) {
		p := b.s.people[1]
		p.State, p.Since = attendance.StateOut, 0
		s := session(p, 0)
		s.Auth = attendance.AuthPersonal
		return s, nil
	}
	b.toSession(1, func(s *local.Session) { s.Forgotten = since })
	b.on("doubt")
}

func (b *bench) toHours() {
	b.t.Helper()
	b.s.desk.hours = func(string) (local.Hours, error) { return someHours(b.now), nil }
	b.toSession(1, func(*local.Session) {})
	b.tap("hours")
	b.on("hours")
}

func (b *bench) toWhen() {
	b.t.Helper()
	b.toSession(0, func(*local.Session) {})
	b.tap("missed", "missed_out", "day_before", "digit_1", "digit_7", "digit_3", "digit_0")
	b.on("when")
}

// toTicket clocks somebody in with a receipt that can be taken back.
func (b *bench) toTicket(all []local.Message) {
	b.t.Helper()
	b.toSession(0, withProjects)
	b.s.punch = func(r local.PunchRequest) (local.Receipt, error) {
		return local.Receipt{
			Person: b.s.people[0].Name, Action: r.Action, At: b.now.UnixMilli(), Project: "Assembly", Ticket: "t1", Messages: all,
		}, nil
	}
	b.tap("in")
	b.on("receipt")
}

// A second touch of moments ago records nothing by itself.
func TestADoubleTouchIsAskedAbout(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.toDouble()
	b.tap("right")
	b.on("idle")
	b.toDouble()
	b.tap("undo")
	b.says(b.k.say.Undone)
	b.tap("start_over")
	b.toDouble()
	b.tap("more")
	b.on("choose")
	if b.s.count("punch") != 0 || b.s.count("undo t9") != 1 {
		t.Error(b.s.calls)
	}
}

func TestUndoThatComesTooLate(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.toTicket(nil)
	b.s.desk.undo = func(string) (local.Undone, error) { return local.Undone{}, problem.New(problem.Expired, "", "") }
	b.tap("undo")
	b.on("refused")
	b.says(b.k.say.UndoLate)
}

func TestAForgottenClockOut(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.toForgotten()
	b.tap("forgotten_no")
	b.on("choose")
	b.find("out")
	b.tap("cancel")
	b.toForgotten()
	b.tap("forgotten_yes")
	b.on("choose")
	b.find("in")
	if b.s.count("unresolved") != 1 || b.s.count("punch") != 0 {
		t.Error(b.s.calls)
	}
}

// A break that is too short is asked about once, and ends if that is meant.
func TestAShortBreak(t *testing.T) {
	b := newBench(t, glasses()[0])
	short := func(s *local.Session) { s.BreakShort = 1 }
	b.toSession(5, short)
	b.tap("break_end", "break_stay")
	b.on("idle")
	b.toSession(5, short)
	b.s.punch = func(r local.PunchRequest) (local.Receipt, error) { return local.Receipt{Action: r.Action}, nil }
	b.tap("break_end", "break_short")
	b.on("receipt")
}

func TestProjectsAreChosenFromPages(t *testing.T) {
	for _, g := range glasses() {
		b := newBench(t, g)
		var sent []local.PunchRequest
		record := func(r local.PunchRequest) (local.Receipt, error) {
			sent = append(sent, r)
			return local.Receipt{Action: r.Action}, nil
		}
		b.toSession(0, withProjects)
		b.s.punch = record
		b.tap("in")
		b.pass(receiptLimit + tickEvery)
		b.toSession(0, withProjects)
		b.tap("in_project")
		for !hasVisible(b, "project_"+slug(13)) {
			b.tap("next")
		}
		b.tap("project_" + slug(13))
		if len(sent) != 2 || sent[0].Project != "" || sent[1].Project != slug(13) || sent[1].Action != attendance.In {
			t.Errorf("%s: sent %+v", g.name, sent)
		}
	}
}

func hasVisible(b *bench, id string) bool {
	for _, one := range b.k.project.keys {
		if one.Visible() && one.id == id {
			return true
		}
	}
	return false
}

// Nobody sees hours who has not proved who they are.
func TestHoursNeedAnOwnPIN(t *testing.T) {
	b := newBench(t, glasses()[0])
	for _, a := range []attendance.Auth{attendance.AuthUniversal, attendance.AuthNone, attendance.AuthBadge} {
		b.toSession(0, func(s *local.Session) { s.Auth = a })
		if b.k.choose.hours.Visible() || b.k.choose.missed.Visible() {
			t.Errorf("auth %s is offered hours", a)
		}
		b.tap("cancel")
	}
}

// A second after the screen was left, nothing of the hours is kept in it.
func TestHoursAreForgotten(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.toHours()
	b.says("Today")
	b.pass(profileLimit + tickEvery)
	b.on("idle")
	if b.k.hours.sums[0].value.text != "" || b.k.hours.past[0].what.text != "" || len(b.k.hours.v.Last) > 0 {
		t.Error("hours of somebody who left are still there")
	}
}

func TestAMissedPunchIsAskedFor(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.toWhen()
	b.tap("ok", "reason_1")
	b.on("told")
	want := time.Date(2026, 5, 11, 15, 30, 0, 0, time.UTC).UnixMilli() // 17:30 in Berlin
	if len(b.s.desk.missed) != 1 {
		t.Fatal(b.s.calls)
	}
	if m := b.s.desk.missed[0]; m.Action != attendance.Out || m.At != want || m.Reason != "Forgot" {
		t.Errorf("sent %+v", m)
	}
}

// A time of day that is still to come, and digits that make none, can't be sent.
func TestWhenTakesOnlyTimesThatWere(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.toSession(0, func(*local.Session) {})
	b.tap("missed", "missed_in", "digit_2", "digit_9", "digit_3", "digit_8", "digit_5")
	if b.k.when.typed != "235" || !b.k.when.ok.off {
		t.Errorf("typed %q, ok off %v", b.k.when.typed, b.k.when.ok.off)
	}
	b.tap("clear", "digit_7", "digit_0", "digit_5")
	if b.k.when.typed != "0705" || b.k.when.ok.off {
		t.Errorf("typed %q, ok off %v", b.k.when.typed, b.k.when.ok.off)
	}
}

// Messages come after the receipt, one by one; what was not closed by a touch has
// not been read.
func TestMessagesFollowTheReceipt(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.toTicket(bulletins())
	b.tap("close")
	b.on("message")
	b.jab("ok") // the second half of a double tap
	b.tap("ok")
	b.on("message")
	b.says("Happy birthday!")
	b.pass(messageLimit + tickEvery)
	b.on("idle")
	if len(b.s.desk.read) != 1 || b.s.desk.read[0] != "t1/m1" {
		t.Error(b.s.desk.read)
	}
}

func TestAnAnswerComesFirst(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.toSession(0, func(s *local.Session) {
		s.ID, s.Answers = "s7", []local.Answer{{Message: "answer-7", Text: "Added."}}
	})
	b.on("message")
	b.tap("ok")
	b.on("choose")
	if len(b.s.desk.read) != 1 || b.s.desk.read[0] != "s7/answer-7" {
		t.Error(b.s.desk.read)
	}
}
