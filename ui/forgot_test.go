package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

func TestForgotIsAskedForTwice(t *testing.T) {
	b := wide(t)
	b.toPIN(0)
	b.tap("digit_4", "forgot")
	b.on("forgot")
	b.says(b.k.say.ForgotTitle)
	if n := b.s.count("forgot"); n != 0 {
		t.Fatal("one tap has told the supervisors")
	}
	b.tap("start_over") // "Back"
	b.on("pin")
	if len(b.k.pin.typed) != 0 || b.k.pin.person.ID != "pa0" {
		t.Errorf("back at %q with %d digits", b.k.pin.person.ID, len(b.k.pin.typed))
	}
	var who string
	b.s.forgot = func(person string) (local.Asked, error) {
		who = person
		return local.Asked{Person: "Aaliyah Okafor", At: b.now.UnixMilli()}, nil
	}
	b.held = true
	b.tap("forgot", "again")
	if all := strings.Join(b.labels(), " "); strings.Contains(all, b.k.say.ForgotTold) {
		t.Fatalf("said before it is on disk: %s", all)
	}
	b.jab("again")
	b.held = false
	b.run()
	b.on("told")
	b.says(b.k.say.ForgotNow)
	if n := b.s.count("forgot"); n != 1 || who != "pa0" {
		t.Errorf("asked %d times, for %q", n, who)
	}
	b.tap("start_over")
	b.on("idle")
}

func TestForgotSaysWhatBecomesOfIt(t *testing.T) {
	b := wide(t)
	s := ready()
	s.Connected = false
	b.toTold(s, 0)
	b.says(b.k.say.ForgotLater)

	b = wide(t)
	b.toTold(ready(), 10*time.Minute)
	b.says("You asked already, today at\u00a007:52.")

	b = wide(t)
	b.now = b.now.Add(-8 * time.Hour) // shortly after midnight
	b.toTold(ready(), 30*time.Minute)
	b.says("You asked already, on 11 May at\u00a023:32.")
}

func TestForgotThatCouldNotBeRecordedIsNotSaidToBe(t *testing.T) {
	for _, c := range []struct {
		code problem.Code
		says func(*words) string
	}{
		{problem.Limited, func(w *words) string { return w.ForgotMany }},
		{problem.OutOfOrder, func(w *words) string { return w.Broken }},
		{problem.Unavailable, func(w *words) string { return w.Silent }},
	} {
		b := wide(t)
		b.toPIN(0)
		b.s.forgot = func(string) (local.Asked, error) { return local.Asked{}, problem.New(c.code, "No.", "") }
		b.tap("forgot", "again")
		b.on("refused")
		b.says(c.says(b.k.say))
	}
}
