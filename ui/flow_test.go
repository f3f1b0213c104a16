package ui

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

func wide(t *testing.T) *bench { t.Helper(); return newBench(t, glasses()[0]) }

func TestAPunchFromIdleToReceiptAndBack(t *testing.T) {
	b := wide(t)
	b.on("starting")
	b.toReceipt(0, attendance.In)
	b.says("Clocked in")
	b.says("Aaliyah")
	b.says("Recorded")
	b.pass(3900 * time.Millisecond)
	b.on("receipt")
	b.pass(200 * time.Millisecond)
	b.on("idle")
	if n := b.s.count("end"); n != 1 {
		t.Errorf("the session was ended %d times, want once", n)
	}
}

func TestRecordedIsSaidWithAReceiptOnly(t *testing.T) {
	b := wide(t)
	b.toChoose(0, 0)
	b.held = true
	b.tap("in")
	b.on("choose")
	if all := strings.Join(b.labels(), " "); strings.Contains(all, b.k.say.Recorded) || strings.Contains(all, b.k.say.WasIn) {
		t.Fatalf("said before the receipt: %s", all)
	}
	for _, code := range []problem.Code{problem.Unavailable, problem.Internal} {
		b := wide(t)
		b.toChoose(0, 0)
		b.s.punch = func(local.PunchRequest) (local.Receipt, error) {
			return local.Receipt{}, problem.New(code, "No answer.", "")
		}
		b.tap("in")
		b.on("refused")
		b.says(b.k.say.NotCertain)
	}
}

func TestADoubleTapMakesOneRequest(t *testing.T) {
	b := wide(t)
	b.toChoose(0, 0)
	b.held = true
	b.tap("in")
	b.jab("in")
	b.held = false
	b.s.punch = func(r local.PunchRequest) (local.Receipt, error) {
		return local.Receipt{Person: "Aaliyah Okafor", Action: r.Action, At: b.now.UnixMilli()}, nil
	}
	b.run()
	b.on("receipt")
	if n := b.s.count("punch"); n != 1 {
		t.Errorf("%d punches, want 1", n)
	}
	b.jab("close") // the tap that was too fast must not close what it has not read
	b.on("receipt")
	b.tap("close")
	b.on("idle")
}

func TestANewScreenIgnoresTheSecondHalfOfADoubleTap(t *testing.T) {
	b := wide(t)
	b.k.Update(ready())
	b.tap("start")
	b.on("people")
	b.jab("person_pa0")
	b.on("people")
	b.tap("person_pa0")
	b.on("pin")
}

func TestDigitsActOnPressAndActionsOnRelease(t *testing.T) {
	b := wide(t)
	b.toPIN(0)
	b.pass(time.Second)
	down := func(name string) fyne.CanvasObject {
		o, _ := b.find(name)
		o.(desktop.Mouseable).MouseDown(&desktop.MouseEvent{})
		return o
	}
	down("digit_4")
	if len(b.k.pin.typed) != 1 {
		t.Fatal("a digit did not act on press")
	}
	o := down("back")
	b.on("pin")
	o.(desktop.Mouseable).MouseUp(&desktop.MouseEvent{})
	o.(fyne.Tappable).Tapped(&fyne.PointEvent{})
	b.on("people")
}

func TestAPressThatSlidesAwayDoesNothingAndLetsGo(t *testing.T) {
	b := wide(t)
	b.toPIN(0)
	b.pass(time.Second)
	o, key := b.find("back")
	o.(desktop.Mouseable).MouseDown(&desktop.MouseEvent{})
	if !key.pressed() {
		t.Fatal("the key does not look pressed")
	}
	other, _ := b.find("forgot") // where the finger leaves
	other.(desktop.Mouseable).MouseUp(&desktop.MouseEvent{})
	if key.pressed() {
		t.Error("the key still looks pressed")
	}
	b.on("pin")
}

func TestWrongPINSaysHowManyTriesAreLeft(t *testing.T) {
	for left, want := range map[int]string{4: "4 tries left.", 1: "1 try left."} {
		b := wide(t)
		b.toPIN(0)
		b.s.identify = func(local.Attempt) (local.Session, error) { return local.Session{}, wrongPIN(left) }
		b.tap("digit_4", "digit_1", "digit_9", "digit_1")
		b.on("refused")
		b.says(want)
		b.tap("again")
		b.on("pin")
		if len(b.k.pin.typed) != 0 {
			t.Error("the wrong digits are still there")
		}
	}
}

func TestLockedSaysUntilWhen(t *testing.T) {
	for _, wait := range []any{int64(32 * 60_000), float64(32 * 60_000)} {
		b := wide(t)
		b.toPIN(0)
		b.s.identify = func(local.Attempt) (local.Session, error) {
			return local.Session{}, problem.New(problem.Limited, "", "").With("wait_ms", wait)
		}
		b.tap("digit_4", "digit_1", "digit_9", "digit_1")
		b.says("Locked until 08:35.") // 08:02:30 here, and never too early
	}
}

func TestNobodyIsLeftOnTheScreen(t *testing.T) {
	for _, c := range []struct {
		screen string
		set    func(*bench)
		after  time.Duration
	}{
		{"pin", func(b *bench) { b.toPIN(1) }, pinLimit},
		{"choose", func(b *bench) { b.toChoose(1, time.Hour) }, profileLimit},
		{"people", func(b *bench) { b.toPeople() }, peopleLimit},
		{"receipt", func(b *bench) { b.toReceipt(1, attendance.Out) }, receiptLimit},
		{"forgot", func(b *bench) { b.toPIN(1); b.tap("digit_4", "forgot") }, pinLimit},
		{"team_pin", func(b *bench) { b.toPeople(); b.tap("team", "digit_4") }, pinLimit},
		{"team_action", func(b *bench) { b.toTeamAction(false) }, profileLimit},
		{"team", func(b *bench) { b.toTeam(attendance.In, false); b.tap("person_pa0") }, peopleLimit},
		{"reason", func(b *bench) { b.toReason(1); b.tap("reason_other", "key_x") }, profileLimit},
		{"told", func(b *bench) { b.toTold(ready(), 0) }, refusedLimit},
	} {
		t.Run(c.screen, func(t *testing.T) {
			b := wide(t)
			c.set(b)
			b.pass(c.after - tickEvery)
			b.on(c.screen)
			b.pass(2 * tickEvery)
			b.on("idle")
			if all := strings.Join(b.labels(), " "); strings.Contains(all, "Agnieszka") {
				t.Errorf("a name is still there: %s", all)
			}
			if got := string(b.k.pin.typed) + string(b.k.teamPIN.typed); got != "" || len(b.k.team.picks.people) > 0 {
				t.Error("digits are still kept")
			}
		})
	}
}

func TestTheProfileCountsItsLastFiveSecondsDown(t *testing.T) {
	b := wide(t)
	b.toChoose(1, time.Hour)
	b.pass(profileLimit - warnFrom - tickEvery)
	if all := strings.Join(b.labels(), " "); strings.Contains(all, "Closing") {
		t.Fatalf("too early: %s", all)
	}
	b.pass(2 * tickEvery)
	b.says("Closing in 5")
	b.pass(4 * time.Second)
	b.says("Closing in 1")
}

func TestATimeoutDoesNotEndARequest(t *testing.T) {
	b := wide(t)
	b.toChoose(0, 0)
	b.s.punch = func(r local.PunchRequest) (local.Receipt, error) {
		return local.Receipt{Person: "Aaliyah Okafor", Action: r.Action, At: b.now.UnixMilli()}, nil
	}
	b.held = true
	b.tap("in")
	b.pass(profileLimit)
	b.on("choose")
	b.held = false
	b.run()
	b.on("receipt")
}

func TestPINLengths(t *testing.T) {
	b := wide(t)
	s := ready()
	s.PINLengths = []int{4, 6}
	b.k.Update(s)
	var sent int
	b.s.identify = func(a local.Attempt) (local.Session, error) {
		sent = a.PIN.Len()
		return session(b.s.people[0], 0), nil
	}
	b.tap("start", "person_pa0")
	b.tap("digit_4", "digit_1", "digit_9")
	if _, ok := b.find("ok"); !ok.off {
		t.Error("OK can be pressed after three digits")
	}
	b.tap("digit_0", "digit_2", "clear", "digit_4", "digit_1", "digit_9", "digit_0", "digit_1", "digit_2", "digit_3", "ok")
	if sent != 6 {
		t.Errorf("%d digits were sent, want the 6 that fit", sent)
	}
	b.on("choose")
}

func TestAKioskWithoutPINs(t *testing.T) {
	b := wide(t)
	s := ready()
	s.RequiresPIN, s.PINLengths, s.UniversalLen = false, nil, 0
	b.k.Update(s)
	silent := func() {
		t.Helper()
		if all := strings.Join(b.labels(), " "); strings.Contains(all, "PIN") {
			t.Errorf("%s speaks of PINs: %s", b.k.Screen(), all)
		}
	}
	silent()
	b.s.punch = func(r local.PunchRequest) (local.Receipt, error) {
		return local.Receipt{Person: "Agnieszka Wiśniewska", Action: r.Action, At: b.now.UnixMilli(), Auth: attendance.AuthNone}, nil
	}
	b.s.identify = func(a local.Attempt) (local.Session, error) {
		if a.Person == "pa0" && a.PIN.IsZero() { // an owner
			return local.Session{}, problem.New(problem.Unauthenticated, "A PIN is needed.", "")
		}
		return session(b.s.people[1], 0), nil
	}
	b.tap("start")
	silent()
	b.tap("person_pa1")
	b.on("choose")
	silent()
	b.tap("out")
	b.on("receipt")
	silent()
	b.tap("close", "start", "person_pa0")
	b.on("pin")
}

func TestStateMovesTheScreen(t *testing.T) {
	b := wide(t)
	b.k.Update(local.State{Zone: "UTC"})
	b.on("enrol")
	b.k.Update(ready())
	b.on("idle")
	broken := ready()
	broken.Fault = string(problem.OutOfOrder)
	b.k.Update(broken)
	b.on("out_of_order")
	b.k.Update(ready())
	leaving := ready()
	leaving.Leaving = true
	b.k.Update(leaving)
	b.on("being_cleared")
	b.k.Update(ready())
	b.on("idle")
	b.k.Lost()
	b.on("not_answering")
	b.k.Update(ready())
	b.on("idle")
	b.says("08:02")
}

func TestStartingTurnsIntoNotAnswering(t *testing.T) {
	b := wide(t)
	b.pass(slowStart)
	b.on("starting")
	b.pass(2 * tickEvery)
	b.on("not_answering")
}

func TestTheTouchThatWakesIsNoTap(t *testing.T) {
	b := wide(t)
	b.k.Update(ready())
	b.pass(idleLimit + tickEvery)
	b.on("asleep")
	b.says("08:12")
	b.tap("wake")
	b.on("idle")
	if len(b.s.calls) != 0 {
		t.Errorf("waking asked the service for %v", b.s.calls)
	}
	b.pass(idleLimit + tickEvery)
	b.k.Lost()
	b.on("not_answering")
}

func TestAReceiptSurvivesLosingTheService(t *testing.T) {
	b := wide(t)
	b.toReceipt(0, attendance.In)
	b.k.Lost()
	b.on("receipt")
	b.pass(receiptLimit)
	b.on("not_answering")
}

func TestTheLogNeverTellsAPIN(t *testing.T) {
	b := wide(t)
	b.toChoose(0, 0)
	for _, bad := range []string{"digit_4", "digit_1", "digit_9", "4190", "pa0"} {
		if strings.Contains(b.log.String(), bad) {
			t.Errorf("the log says %q:\n%s", bad, b.log)
		}
	}
	if !strings.Contains(b.log.String(), "key=digit") {
		t.Error("the log does not say that digits were pressed")
	}
}

// The service answers, and says that it does not know the PIN yet: the screen does
// not take that for a service that is gone.
func TestAPINThatHasNotArrived(t *testing.T) {
	b := wide(t)
	b.toPIN(0)
	b.s.identify = func(local.Attempt) (local.Session, error) {
		return local.Session{}, problem.New(problem.Unavailable, "", "").With("field", "pin")
	}
	b.tap("digit_4", "digit_1", "digit_9", "digit_1")
	b.says(b.k.say.NoPIN)
	b.says(b.k.say.NoPINHint)
}

// Every code has words of the screen's own: what the service writes is for logs.
func TestNoSentenceOfTheServiceIsShown(t *testing.T) {
	for _, code := range []problem.Code{
		problem.Invalid, problem.Unauthenticated, problem.Forbidden, problem.NotFound, problem.Conflict,
		problem.Limited, problem.Locked, problem.Expired, problem.Used, problem.Unavailable, problem.Untrusted,
		problem.Damaged, problem.OutOfOrder, problem.Internal, "unheard_of",
	} {
		b := wide(t)
		err := problem.New(code, "Kioskd says.", "Kioskd hints.")
		for _, r := range []refusal{refusalOf(b.k, err, nil), punchRefusal(b.k, err), forgotRefusal(b.k, err)} {
			if r.title == "" || r.hint == "" || strings.Contains(r.title+r.hint, "Kioskd") {
				t.Errorf("%s: %q, %q", code, r.title, r.hint)
			}
		}
		for _, finding := range []bool{true, false} {
			if title, hint := b.k.say.notEnrolled(err, finding); title == "" || hint == "" || strings.Contains(title+hint, "Kioskd") {
				t.Errorf("%s: enrolling says %q, %q", code, title, hint)
			}
		}
	}
}
