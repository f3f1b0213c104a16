package ui

import (
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

type idleWords struct {
	Start, StartSub, Stored, ClockDoubt string
	Dismissed, Cramped                  string
	HoldCard, NoCard                    string
	Queued                              counted
}

type peopleWords struct {
	TypeName                         string
	Who, Search, Nobody, NoRoster    string
	StateIn, StateOut                string
	OnBreak, InSince, BreakSince     string
	WhoIn, WhoOut, WhoBreak, WhoBack string
	NobodyRegular                    string
	Everybody, WhichTeam             string
	NotListed, NobodyNew             string
	NewcomerHint, NewcomerTold       string
}

type pinWords struct {
	EnterPIN, Checking                              string
	Forgot, ForgotTitle, ForgotHint, ForgotYes      string
	ForgotTold, ForgotNow, ForgotLater, ForgotKnown string
	AskedToday, AskedOn                             string
	ForgotMany, ForgotManyHint                      string
}

type reasonWords struct {
	ReasonTitle, ReasonOther, ReasonField string
	Reasons                               [3]string
}

type actionWords struct {
	ClockIn, ClockOut, BreakStart, BreakEnd string
	ClockInSub, BreakStartSub, BreakEndSub  string
	Worked                                  string
}

type receiptWords struct {
	WasIn, WasOut, WasBreak, WasBack                    string
	Recorded, RecordedTotal, RecordedLeft, TouchToClose string
}

type teamWords struct {
	Team, EnterUniversal, TeamTitle, TeamNext string
	TeamReason                                string
	TeamReasons                               [3]string
	DoTeam, LeftOne                           string
	LeftMore                                  counted
	LeftIn, LeftInSince                       string
	LeftBreak, LeftBreakSince                 string
	LeftOut, LeftGone, LeftPIN                string
}

// state says where a person stands; since may be zero. Where that is not to be
// seen, it says nothing.
func (w *words) state(s attendance.State, since time.Time) string {
	if s == "" {
		return ""
	}
	return w.stands(s, since, [5]string{w.StateOut, w.StateIn, w.InSince, w.OnBreak, w.BreakSince})
}

// stands picks out, in, in since, on a break, on a break since.
func (w *words) stands(s attendance.State, since time.Time, of [5]string) string {
	form := of[0]
	switch {
	case s == attendance.StateIn && since.IsZero():
		form = of[1]
	case s == attendance.StateIn:
		form = of[2]
	case s == attendance.StateBreak && since.IsZero():
		form = of[3]
	case s == attendance.StateBreak:
		form = of[4]
	}
	return fill(form, "time", w.clock(since))
}

// askedBefore says when a person asked for a new PIN before.
func (w *words) askedBefore(at, now time.Time) string {
	y, m, d := at.Date()
	if ny, nm, nd := now.Date(); y == ny && m == nm && d == nd {
		return fill(w.AskedToday, "time", w.clock(at))
	}
	return fill(w.AskedOn, "date", w.day(at), "time", w.clock(at))
}

// whoDoes asks who takes part in an action.
func (w *words) whoDoes(a attendance.Action) string {
	switch a {
	case attendance.In:
		return w.WhoIn
	case attendance.Out:
		return w.WhoOut
	case attendance.BreakStart:
		return w.WhoBreak
	default:
		return w.WhoBack
	}
}

// doTeam is what the key says that records an action for n people.
func (w *words) doTeam(a attendance.Action, n int) string {
	title, _ := w.action(a, 0)
	if n == 0 {
		return title
	}
	return fill(w.DoTeam, "action", title, "people", w.people(n))
}

// recordedLeft says for whom nothing was recorded, and why.
func (w *words) recordedLeft(left []local.LeftOut, at func(int64) time.Time) string {
	const most = 3 // a receipt is read in seconds
	var parts []string
	for _, l := range left[:min(len(left), most)] {
		why := w.LeftGone
		switch l.Why {
		case problem.Conflict:
			why = w.stands(l.State, at(l.Since), [5]string{w.LeftOut, w.LeftIn, w.LeftInSince, w.LeftBreak, w.LeftBreakSince})
		case problem.Forbidden:
			why = w.LeftPIN
		}
		parts = append(parts, strings.TrimSpace(fill(w.LeftOne, "name", l.Name, "why", why)))
	}
	if more := len(left) - len(parts); more > 0 {
		parts = append(parts, w.count(w.LeftMore, int64(more)))
	}
	return fill(w.RecordedLeft, "names", strings.Join(parts, ", "))
}

// action gives what a button says: its title and what that means.
func (w *words) action(a attendance.Action, worked time.Duration) (title, sub string) {
	sofar := fill(w.Worked, "length", w.length(worked))
	switch a {
	case attendance.In:
		if worked > 0 {
			return w.ClockIn, sofar
		}
		return w.ClockIn, w.ClockInSub
	case attendance.Out:
		return w.ClockOut, sofar
	case attendance.BreakStart:
		return w.BreakStart, w.BreakStartSub
	case attendance.Switch:
		return w.Switch, w.SwitchSub
	default:
		return w.BreakEnd, w.BreakEndSub
	}
}

// did gives what a receipt says was recorded.
func (w *words) did(a attendance.Action) string {
	switch a {
	case attendance.In:
		return w.WasIn
	case attendance.Out:
		return w.WasOut
	case attendance.BreakStart:
		return w.WasBreak
	case attendance.Switch:
		return w.WasSwitch
	default:
		return w.WasBack
	}
}
