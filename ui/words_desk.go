package ui

import (
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

// chooseWords are what stands beside the large actions.
type chooseWords struct {
	InOn, Switch, SwitchFrom, SwitchSub string
	OtherProject, OtherProjectSub       string
	WhichProject, WasSwitch             string
	NotConfirmed, BreakDue              string
	BreakShort, BreakShortHint          string
	BreakShortEnd, BreakShortStay       string
}

// doubtWords are asked before anything else: after a punch moments ago, and after
// a shift that somebody forgot to end.
type doubtWords struct {
	Double, DoubleHint, DoubleRight, DoubleUndo, DoubleMore string
	Undo, Undone, UndoneHint, UndoLate, UndoLateHint        string
	Forgotten, ForgottenAsk                                 string
	ForgottenYes, ForgottenYesSub                           string
	ForgottenNo, ForgottenNoSub                             string
}

type hoursWords struct {
	MyHours, Today, Week, LastPunches, NoPunches string
	EndUnknown, BySupervisor, Elsewhere          string
	WasUnresolved                                string
	DaysShort                                    [7]string
}

type missedWords struct {
	Missed, MissedTitle, MissedWhen, Yesterday string
	MissedReason                               string
	MissedReasons                              [3]string
	MissedFuture, MissedTold, MissedMany       string
	MissedNow, MissedLater, MissedManyHint     string
	MissedAgain                                string
}

type messageWords struct{ Message, Answer string }

// justNow says what was recorded moments ago.
func (w *words) justNow(d local.Double, at time.Time) string {
	return fill(w.Double, "what", w.did(d.Action), "time", w.clock(at))
}

// dayShort is the short name of a weekday.
func (w *words) dayShort(t time.Time) string { return w.DaysShort[t.Weekday()] }

// dayOf says which day t is, seen from now.
func (w *words) dayOf(t, now time.Time) string {
	y, m, d := t.Date()
	for back, word := range []string{w.Today, w.Yesterday} {
		ny, nm, nd := now.AddDate(0, 0, -back).Date()
		if y == ny && m == nm && d == nd {
			return word
		}
	}
	return w.dayShort(t) + " " + w.day(t)
}

// past says what one's own punch was.
func (w *words) past(p local.Past) string {
	if p.Action == attendance.Unresolved {
		return w.WasUnresolved
	}
	return w.did(p.Action)
}
