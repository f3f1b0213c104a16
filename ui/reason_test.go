package ui

import (
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

// punchAfterReason gives the request that a reason leads to.
func punchAfterReason(t *testing.T, keys ...string) local.PunchRequest {
	t.Helper()
	b := wide(t)
	b.toReason(0)
	b.tap(keys...)
	b.on("choose")
	var got local.PunchRequest
	b.s.punch = func(r local.PunchRequest) (local.Receipt, error) {
		got = r
		return local.Receipt{Person: "Aaliyah Okafor", Action: r.Action, At: b.now.UnixMilli()}, nil
	}
	b.tap("in")
	b.on("receipt")
	if b.k.note != "" {
		t.Error("the next person finds the last one's reason")
	}
	return got
}

func TestAReasonIsAskedForAndSent(t *testing.T) {
	if r := punchAfterReason(t, "reason_1"); r.Note != "Forgot my PIN" || r.Action != attendance.In || r.Session != "s1" {
		t.Errorf("sent %+v", r)
	}
	if r := punchAfterReason(t, "reason_other", "key_t", "key_e", "key_a", "key_m", "key_erase", "key_space", "key_b", "ok"); r.Note != "Tea b" {
		t.Errorf("sent %+v", r)
	}
	// Going back from typing forgets what was typed.
	if r := punchAfterReason(t, "reason_other", "key_t", "back", "reason_3"); r.Note != "PIN is locked" {
		t.Errorf("sent %+v", r)
	}
}

func TestAnEmptyReasonIsNone(t *testing.T) {
	b := wide(t)
	b.toReason(0)
	b.tap("reason_other")
	if _, ok := b.find("ok"); !ok.off {
		t.Error("OK can be pressed before anything is typed")
	}
	b.tap("key_space")
	if _, ok := b.find("ok"); !ok.off {
		t.Error("blanks are taken for a reason")
	}
	b.tap("back", "cancel")
	b.on("idle")
	if n := b.s.count("end"); n != 1 {
		t.Errorf("the session was ended %d times, want once", n)
	}
}

// A kiosk that wants no reason shows nothing of it.
func TestNoReasonWhereNoneIsWanted(t *testing.T) {
	b := wide(t)
	b.toPIN(0)
	b.s.identify = func(local.Attempt) (local.Session, error) {
		s := session(b.s.people[0], 0)
		s.Auth = attendance.AuthUniversal
		return s, nil
	}
	b.tap("digit_2", "digit_5", "digit_8", "digit_0")
	b.on("choose")
}
