package ui

import (
	"testing"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

const (
	checkShown = "7K3Q-M0R2-T9XW"
	cardFile   = "/boot/firmware/timepost.toml"
)

// toAsking types a server without a code, and stays until somebody lets it in.
func (b *bench) toAsking() {
	b.t.Helper()
	b.k.Update(local.State{Zone: "UTC"})
	b.k.enrol.server.set("clock.alderfinch.example")
	b.k.enrol.ready()
	b.s.enrol = func(local.EnrolRequest, func(local.EnrolStep)) error { return nil }
	b.held = true
	b.tap("connect")
	b.k.enrol.step(local.EnrolStep{Name: "keys", Done: true})
	b.k.enrol.step(local.EnrolStep{Name: "find_server", Done: true})
	b.k.enrol.step(local.EnrolStep{Name: "waiting", Check: checkShown})
}

// toFault is an enrolment that ends with an error while step is under way.
func (b *bench) toFault(step string, err error) {
	b.t.Helper()
	b.k.Update(local.State{Zone: "UTC"})
	b.k.enrol.server.set("clock.alderfinch.example")
	b.k.enrol.ready()
	b.s.enrol = func(_ local.EnrolRequest, told func(local.EnrolStep)) error {
		told(local.EnrolStep{Name: "keys", Done: true})
		told(local.EnrolStep{Name: step})
		return err
	}
	b.tap("connect")
}

func strangeServer() error {
	return problem.New(problem.Untrusted, "This kiosk does not know who vouches for this server.", "")
}

func askScenes() []scene {
	return []scene{
		{"9d-enrol-waiting", func(b *bench) { b.toAsking() }},
		{"9e-enrol-strange", func(b *bench) { b.toFault("find_server", strangeServer()) }},
		{"9f-enrol-turned-away", func(b *bench) {
			b.toFault("waiting", problem.New(problem.Forbidden, "This machine was not let in.", ""))
		}},
		{"9g-enrol-file", func(b *bench) {
			b.k.Update(local.State{Zone: "UTC", Provisioning: &local.Provisioning{File: cardFile, Code: "expired"}})
		}},
	}
}

// Each reason why a machine became no kiosk has words of its own.
func TestWhyEnrollingFailed(t *testing.T) {
	seen := map[string]string{}
	for name, c := range map[string]struct {
		step string
		err  error
		want func(w *words) string
	}{
		"used":         {"ask_certificate", problem.New(problem.Used, "", ""), func(w *words) string { return w.CodeUsed }},
		"expired":      {"ask_certificate", problem.New(problem.Expired, "", ""), func(w *words) string { return w.CodeExpired }},
		"unknown":      {"ask_certificate", problem.New(problem.NotFound, "", ""), func(w *words) string { return w.CodeUnknown }},
		"no Timepost":  {"find_server", problem.New(problem.NotFound, "", ""), func(w *words) string { return w.ServerNone }},
		"wrong CA":     {"find_server", strangeServer(), func(w *words) string { return w.ServerStrange }},
		"no network":   {"find_server", problem.New(problem.Unavailable, "", ""), func(w *words) string { return w.ServerSilent }},
		"clock wrong":  {"find_server", problem.New(problem.Untrusted, "", "").With("clock", "2099-01-01"), func(w *words) string { return w.ClockWrong }},
		"too many":     {"ask_certificate", problem.New(problem.Limited, "", ""), func(w *words) string { return w.EnrolLimited }},
		"turned away":  {"waiting", problem.New(problem.Forbidden, "", ""), func(w *words) string { return w.TurnedAway }},
		"not a code":   {"keys", problem.New(problem.Invalid, "", ""), func(w *words) string { return w.CodeWrong }},
		"own disk":     {"keys", problem.New(problem.OutOfOrder, "", ""), func(w *words) string { return w.Broken }},
		"at it so far": {"keys", problem.New(problem.Conflict, "", ""), func(w *words) string { return w.EnrolBusy }},
	} {
		b := wide(t)
		b.toFault(c.step, c.err)
		b.says(c.want(b.k.say))
		if other := seen[c.want(b.k.say)]; other != "" {
			t.Errorf("%s and %s say the same", name, other)
		}
		seen[c.want(b.k.say)] = name
		if o, _, _ := b.look("ask"); (o != nil) != (name == "wrong CA") {
			t.Errorf("%s: asking to be let in is offered: %v", name, o != nil)
		}
	}
}

// Without a code the machine asks, shows the value, and goes on once it was let in.
func TestWaitingToBeLetIn(t *testing.T) {
	b := wide(t)
	b.toAsking()
	b.says(checkShown)
	b.says(b.k.say.LetIn)
	b.k.enrol.step(local.EnrolStep{Name: "waiting", Check: checkShown, Done: true})
	b.k.enrol.step(local.EnrolStep{Name: "ask_certificate", Done: true})
	b.held = false
	b.run()
	b.k.Update(ready())
	b.on("idle")
}

// Who gives up is back where they typed, with what they typed.
func TestGivingUpToBeLetIn(t *testing.T) {
	b := wide(t)
	b.toAsking()
	b.tap("cancel")
	b.held = false
	b.run()
	if b.k.enrol.stage != enrolTyping || b.k.enrol.server.text != "clock.alderfinch.example" || b.k.busy {
		t.Errorf("stage %d, server %q, busy %v", b.k.enrol.stage, b.k.enrol.server.text, b.k.busy)
	}
}

// A server that nobody vouches for can be asked with one more touch.
func TestAskingAStrangeServer(t *testing.T) {
	b := wide(t)
	b.k.enrol.code.set("K7Q2M4XT9D")
	b.toFault("find_server", strangeServer())
	var asked local.EnrolRequest
	b.s.enrol = func(r local.EnrolRequest, _ func(local.EnrolStep)) error {
		asked = r
		return strangeServer()
	}
	b.tap("ask")
	if asked.Code != "" || asked.Server != "clock.alderfinch.example" {
		t.Errorf("%+v", asked)
	}
}

// A provisioning file that does not work is said, with its name, until somebody types.
func TestAFileThatDidNotWork(t *testing.T) {
	b := wide(t)
	s := local.State{Zone: "UTC", Provisioning: &local.Provisioning{File: cardFile, Code: "used"}}
	b.k.Update(s)
	b.says(cardFile)
	b.tap("again")
	b.k.Update(s)
	if b.k.enrol.stage != enrolTyping {
		t.Error("it is said again and again")
	}
}
