package ui

import (
	"slices"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// scene is one picture: how to get there.
type scene struct {
	name string
	set  func(b *bench)
}

// scenes is every screen in the states that differ to the eye.
func scenes() []scene {
	return append([]scene{
		{"01-starting", func(b *bench) {}},
		{"02-enrol", enrolScene(0)},
		{"03-enrol-steps", enrolScene(1)},
		{"04-enrol-problem", enrolScene(2)},
		{"05-idle", func(b *bench) { b.k.Update(ready()) }},
		{"06-idle-offline", idleScene(func(s *local.State) { s.Connected, s.Queue = false, 12 })},
		{"06-idle-dismissed", idleScene(func(s *local.State) { s.Connected, s.Queue, s.Dismissed = false, 12, true })},
		{"06-idle-cramped", idleScene(func(s *local.State) { s.Cramped = true })},
		{"07-people", func(b *bench) { b.toPeople() }},
		{"08-people-search", func(b *bench) { b.toPeople(); b.tap("search"); b.write("an") }},
		{"09-pin", func(b *bench) { b.toPIN(0); b.tap("digit_4", "digit_1") }},
		{"10-pin-ok", func(b *bench) {
			b.k.state.PINLengths = nil
			b.toPIN(0)
			b.k.state.PINLengths = []int{4, 6}
			b.k.pin.open(b.s.people[0])
			b.tap("digit_4", "digit_1", "digit_4", "digit_1", "digit_9")
		}},
		{"11-choose-out", func(b *bench) { b.toChoose(0, 0) }},
		{"12-choose-in", func(b *bench) { b.toChoose(1, 3*time.Hour+12*time.Minute) }},
		{"13-choose-break", func(b *bench) { b.toChoose(5, 3*time.Hour+12*time.Minute); b.pass(16 * time.Second) }},
		{"14-receipt-in", func(b *bench) { b.toReceipt(0, attendance.In) }},
		{"15-receipt-out", func(b *bench) { b.toReceipt(1, attendance.Out); b.pass(time.Second) }},
		{"16-receipt-break", func(b *bench) { b.toReceipt(1, attendance.BreakStart) }},
		{"17-refused-pin", func(b *bench) {
			b.toPIN(0)
			b.s.identify = func(local.Attempt) (local.Session, error) { return local.Session{}, wrongPIN(4) }
			b.tap("digit_4", "digit_1", "digit_9", "digit_0")
		}},
		{"18-refused-locked", func(b *bench) {
			b.toPIN(0)
			b.s.identify = func(local.Attempt) (local.Session, error) {
				return local.Session{}, problem.New(problem.Limited, "", "").With("wait_ms", float64(32*60_000))
			}
			b.tap("digit_4", "digit_1", "digit_9", "digit_0")
		}},
		{"19-forgot", func(b *bench) { b.toPIN(0); b.tap("forgot") }},
		{"20-out-of-order", func(b *bench) {
			s := ready()
			s.Fault = "out_of_order"
			b.k.Update(s)
		}},
		{"20-being-cleared", func(b *bench) {
			s := ready()
			s.Leaving = true
			b.k.Update(s)
		}},
		{"22-asleep", func(b *bench) { b.k.Update(ready()); b.now = b.now.Add(idleLimit); b.k.Tick() }},
		{"21-not-answering", func(b *bench) { b.k.Update(ready()); b.k.Lost() }},
	}, slices.Concat(pinScenes(), deskScenes(), careScenes(), hiddenScenes(), lookScenes(), cardScenes(), modeScenes(), noticeScenes(), wifiScenes(), askScenes())...)
}

// pinScenes is what there is to see where somebody has no PIN of their own.
func pinScenes() []scene {
	return []scene{
		{"23-forgot-told", func(b *bench) { b.toTold(ready(), 0) }},
		{"24-forgot-offline", func(b *bench) {
			s := ready()
			s.Connected, s.Queue = false, 12
			b.toTold(s, 0)
		}},
		{"25-forgot-again", func(b *bench) { b.toTold(ready(), 10*time.Minute) }},
		{"26-reason", func(b *bench) { b.toReason(9); b.pass(16 * time.Second) }},
		{"27-reason-typed", func(b *bench) { b.toReason(9); b.tap("reason_other"); b.write("bad") }},
		{"28-team-pin", func(b *bench) { b.toPeople(); b.tap("team", "digit_2", "digit_5") }},
		{"29-team-action", func(b *bench) { b.toTeamAction(false) }},
		{"30-team-nobody-yet", func(b *bench) { b.toTeam(attendance.Out, false) }},
		{"31-team-ticked", func(b *bench) {
			b.toTeam(attendance.In, false)
			b.pick(0, 2, 3)
		}},
		{"37-team-search", func(b *bench) {
			b.toTeam(attendance.In, false)
			b.tap("person_pa0", "search")
			b.write("a")
		}},
		{"32-team-reason", func(b *bench) { b.toTeam(attendance.In, true); b.pick(0, 2); b.tap("confirm") }},
		{"33-team-receipt", func(b *bench) { b.toTeamReceipt(0) }},
		{"34-team-left-out", func(b *bench) { b.toTeamReceipt(2) }},
		{"35-team-left-many", func(b *bench) { b.toTeamReceipt(9) }},
		{"36-people-no-team", func(b *bench) {
			s := ready()
			s.UniversalLen = 0
			b.k.Update(s)
			b.tap("start")
		}},
	}
}

// toReason identifies somebody by a Universal PIN that wants a reason.
func (b *bench) toReason(i int) {
	b.t.Helper()
	b.toPIN(i)
	b.s.identify = func(local.Attempt) (local.Session, error) {
		s := session(b.s.people[i], 0)
		s.Auth, s.NeedNote = attendance.AuthUniversal, true
		return s, nil
	}
	b.tap("digit_2", "digit_5", "digit_8", "digit_0")
	b.on("reason")
}

func (b *bench) toTeamAction(reason bool) {
	b.t.Helper()
	b.toPeople()
	b.s.team = func(pin.PIN) (local.Team, error) { return local.Team{ID: "t1", NeedNote: reason}, nil }
	b.tap("team", "digit_2", "digit_5", "digit_8", "digit_0")
	b.on("team_action")
}

func (b *bench) toTeam(a attendance.Action, reason bool) {
	b.t.Helper()
	b.toTeamAction(reason)
	b.tap(string(a))
	b.on("team")
}

// pick ticks people of a team, on whatever page they are.
func (b *bench) pick(people ...int) {
	b.t.Helper()
	for _, i := range people {
		for i >= b.k.team.query.Offset+b.k.team.got {
			b.tap("next")
		}
		b.tap("person_" + b.s.people[i].ID)
	}
}

// toTeamReceipt clocks three people in and leaves some out.
func (b *bench) toTeamReceipt(left int) {
	b.t.Helper()
	b.toTeam(attendance.In, false)
	b.s.crew = func(r local.TeamPunch) (local.TeamReceipt, error) {
		out := local.TeamReceipt{Action: r.Action, At: b.now.UnixMilli(), Zone: "Europe/Berlin", Done: r.People}
		for i := range left {
			l := local.LeftOut{PersonCard: b.s.people[3*i+1], Why: problem.Conflict}
			if i == 1 {
				l = local.LeftOut{PersonCard: local.PersonCard{Name: b.s.people[9].Name}, Why: problem.Forbidden}
			}
			out.Left = append(out.Left, l)
		}
		return out, nil
	}
	b.pick(0, 2, 3)
	b.tap("confirm")
	b.on("receipt")
}

// toTold asks for a new PIN in the first person's name; ago is how long ago that
// was asked before, 0: never.
func (b *bench) toTold(s local.State, ago time.Duration) {
	b.t.Helper()
	b.toPIN(0)
	b.k.Update(s)
	b.s.forgot = func(string) (local.Asked, error) {
		return local.Asked{Person: b.s.people[0].Name, At: b.now.Add(-ago).UnixMilli(), Repeated: ago > 0}, nil
	}
	b.tap("forgot", "again")
	b.on("told")
}

func enrolScene(stage int) func(*bench) {
	return func(b *bench) {
		b.k.Update(local.State{Zone: "UTC"})
		b.k.enrol.server.set("clock.alderfinch.example")
		b.k.enrol.ready()
		if stage == 0 {
			return
		}
		b.s.enrol = func(_ local.EnrolRequest, step func(local.EnrolStep)) error {
			step(local.EnrolStep{Name: "keys", Done: true})
			step(local.EnrolStep{Name: "find_server", Done: true})
			if stage == 2 {
				return problem.New(problem.Used, "This code has been used already.", "Make a new code on the web page of this kiosk; each works once.")
			}
			b.held = true
			return nil
		}
		if stage == 1 {
			b.s.enrol = func(_ local.EnrolRequest, step func(local.EnrolStep)) error { return nil }
			b.held = true
			b.tap("connect")
			b.k.enrol.step(local.EnrolStep{Name: "keys", Done: true})
			b.k.enrol.step(local.EnrolStep{Name: "find_server", Done: true})
			return
		}
		b.tap("connect")
	}
}

func (b *bench) toPeople() {
	b.t.Helper()
	b.k.Update(ready())
	b.tap("start")
	b.on("people")
}

func (b *bench) toPIN(i int) {
	b.t.Helper()
	b.toPeople()
	for i >= b.k.people.query.Offset+b.k.people.got {
		b.tap("next")
	}
	b.tap("person_" + b.s.people[i].ID)
	b.on("pin")
}

func (b *bench) toChoose(i int, worked time.Duration) {
	b.t.Helper()
	b.toPIN(i)
	b.s.identify = func(local.Attempt) (local.Session, error) { return session(b.s.people[i], worked), nil }
	b.tap("digit_4", "digit_1", "digit_9", "digit_0")
	b.on("choose")
}

func (b *bench) toReceipt(i int, a attendance.Action) {
	b.t.Helper()
	b.toChoose(i, 3*time.Hour+12*time.Minute)
	b.s.punch = func(r local.PunchRequest) (local.Receipt, error) {
		worked := int64(0)
		if r.Action != attendance.In {
			worked = (3*time.Hour + 12*time.Minute).Milliseconds()
		}
		return local.Receipt{
			Person: b.s.people[i].Name, Action: r.Action, At: b.now.UnixMilli(),
			Zone: "Europe/Berlin", Worked: worked, Seq: 7, Queue: 1,
		}, nil
	}
	b.tap(string(a))
	b.on("receipt")
}

// idleScene is the idle screen of a kiosk that is otherwise than usual.
func idleScene(other func(*local.State)) func(*bench) {
	return func(b *bench) {
		s := ready()
		other(&s)
		b.k.Update(s)
	}
}
