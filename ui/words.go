package ui

import (
	"fmt"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// words is every text of the screens in one language. Another language is
// another value.
type words struct {
	weekdays [7]string
	months   [12]string

	start, startSub                                   string
	stored, clockDoubt                                string
	back, cancel, again, startOver                    string
	who, search, nobody, noRoster                     string
	enterPIN, checking, forgot, clear, ok             string
	forgotTitle, forgotHint, forgotYes                string
	forgotTold, forgotNow, forgotLater, forgotKnown   string
	forgotMany, forgotManyHint                        string
	team, enterUniversal, teamTitle, teamReason       string
	teamNext                                          string
	teamReasons                                       [3]string
	whoIn, whoOut, whoBreak, whoBack, nobodyRegular   string
	reasonTitle, reasonField, reasonOther             string
	reasons                                           [3]string
	clockIn, clockOut, breakStart, breakEnd           string
	clockInSub, breakStartSub, breakEndSub            string
	wasIn, wasOut, wasBreak, wasBack                  string
	stateIn, stateBreak, onBreak, stateOut            string
	recorded, touchToClose                            string
	wrongPIN, lastTry, locked, lockedHint, pressAgain string
	notCertain, notCertainHint, sessionOver, goOn     string
	broken, brokenHint, waking, wakingHint            string
	silent, silentHint                                string
	setup, server, code, connect                      string
	serverHint, codeHint                              string
	steps                                             map[string]string
}

func english() words {
	return words{
		weekdays: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		months: [12]string{
			"January", "February", "March", "April", "May", "June", "July", "August",
			"September", "October", "November", "December",
		},
		start: "Clock in or\u00a0out", startSub: "Touch to begin",
		stored: "All stored", clockDoubt: "Clock not verified",
		back: "Back", cancel: "Cancel", again: "Try again", startOver: "Start over",
		who: "Who are you?", search: "Search", nobody: "Nobody by that name is listed here.",
		noRoster: "Nobody is listed on this time clock yet.",
		enterPIN: "Enter your PIN", checking: "Checking\u2026", forgot: "Forgot your PIN?", clear: "Clear", ok: "OK",
		forgotTitle: "Ask for a new PIN?", forgotYes: "Yes, ask",
		forgotHint: "Your supervisors get a message. You can clock in again when they have given you a new PIN.",
		forgotTold: "Your supervisors will\u00a0be\u00a0told.", forgotNow: "They will give you a new PIN. It works here at once.",
		forgotLater: "The message goes out as soon as this time clock is connected again.",
		forgotKnown: "Your supervisors will give you a new PIN. It works here at once.",
		forgotMany:  "Too many people have asked for a new PIN here.", forgotManyHint: "Please ask your supervisor in person.",
		team: "Clock in a team", enterUniversal: "Enter the Universal PIN", teamTitle: "What does the team do?", teamNext: "Next you choose the people.",
		teamReason:  "Why not their own PINs?",
		teamReasons: [3]string{"They forgot their PINs", "No PINs yet", "PINs are locked"},
		whoIn:       "Who clocks in?", whoOut: "Who clocks out?", whoBreak: "Who starts a break?", whoBack: "Who ends a break?",
		nobodyRegular: "Nobody is listed here whom the Universal PIN could clock in.",
		reasonTitle:   "Why not your own PIN?", reasonField: "Type the reason", reasonOther: "Other\u2026",
		reasons: [3]string{"Forgot my PIN", "No PIN yet", "PIN is locked"},
		clockIn: "Clock in", clockOut: "Clock out", breakStart: "Start break", breakEnd: "End break",
		clockInSub: "Start working", breakStartSub: "Pause your working time", breakEndSub: "Carry on working",
		wasIn: "Clocked in", wasOut: "Clocked out", wasBreak: "Break started", wasBack: "Break ended",
		stateIn: "In", stateBreak: "Break", onBreak: "On break", stateOut: "Out",
		recorded: "Recorded", touchToClose: "Touch to close",
		wrongPIN: "That PIN is not right.", lastTry: "1 try left.", locked: "Too many wrong PINs.",
		lockedHint: "Ask your supervisor to unlock your PIN.", pressAgain: "Check the digits and try again.",
		notCertain:     "We could not confirm that this was recorded.",
		notCertainHint: "Open your name again: it shows whether you are in or out.",
		sessionOver:    "That took too long.", goOn: "Choose your name again.",
		broken: "Out of order", brokenHint: "Please use another time clock, and tell your supervisor.",
		waking: "Starting", wakingHint: "This time clock will be ready in a moment.",
		silent: "Not answering", silentHint: "Please use another time clock. This one keeps trying by itself.",
		setup: "Set up this time clock", server: "Server address", code: "Code",
		connect:    "Connect",
		serverHint: "clock.example.com", codeHint: "K7Q2M-4XT9D",
		steps: map[string]string{
			"keys": "Make keys", "find_server": "Find the server",
			"ask_certificate": "Ask for a certificate", "first_roster": "Fetch the people",
		},
	}
}

// clock is a time of day.
func (w words) clock(t time.Time) string { return t.Format("15:04") }

func (w words) weekday(t time.Time) string { return w.weekdays[t.Weekday()] }

func (w words) day(t time.Time) string {
	return fmt.Sprintf("%d %s", t.Day(), w.months[t.Month()-1])
}

// length is a stretch of time as a person says it: no seconds.
func (w words) length(d time.Duration) string {
	m := int(d / time.Minute)
	if m < 60 {
		return fmt.Sprintf("%d\u00a0min", m)
	}
	return fmt.Sprintf("%d\u00a0h\u00a0%02d\u00a0min", m/60, m%60)
}

func (w words) worked(d time.Duration) string { return "You have worked " + w.length(d) + " today" }

func (w words) total(d time.Duration) string { return "Total today " + w.length(d) }

// state says where a person stands; since may be zero.
func (w words) state(s attendance.State, since time.Time) string {
	word := w.stateOut
	switch s {
	case attendance.StateIn:
		word = w.stateIn
	case attendance.StateBreak:
		word = w.stateBreak
	default:
		return word
	}
	if since.IsZero() {
		if s == attendance.StateBreak {
			return w.onBreak
		}
		return word
	}
	return word + " since " + w.clock(since)
}

func (w words) queued(n int) string {
	return fmt.Sprintf("%d saved here, will be sent later", n)
}

func (w words) triesLeft(n int64) string {
	if n == 1 {
		return w.lastTry
	}
	return fmt.Sprintf("%d tries left.", n)
}

func (w words) lockedUntil(t time.Time) string { return "Locked until " + w.clock(t) + "." }

func (w words) closing(seconds int) string { return fmt.Sprintf("Closing in %d", seconds) }

func (w words) page(n, of int) string { return fmt.Sprintf("%d of %d", n, of) }

// forgotAsked says when a person asked for a new PIN before.
func (w words) forgotAsked(at, now time.Time) string {
	y, m, d := at.Date()
	if ny, nm, nd := now.Date(); y == ny && m == nm && d == nd {
		return "You asked already, today at\u00a0" + w.clock(at) + "."
	}
	return "You asked already, on " + w.day(at) + " at\u00a0" + w.clock(at) + "."
}

// people counts people.
func (w words) people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// whoDoes asks who takes part in an action.
func (w words) whoDoes(a attendance.Action) string {
	switch a {
	case attendance.In:
		return w.whoIn
	case attendance.Out:
		return w.whoOut
	case attendance.BreakStart:
		return w.whoBreak
	default:
		return w.whoBack
	}
}

// doTeam is what the key says that records an action for n people.
func (w words) doTeam(a attendance.Action, n int) string {
	title, _ := w.action(a, 0)
	if n == 0 {
		return title
	}
	return title + ": " + w.people(n)
}

// leftOut says for whom nothing was recorded, and why.
func (w words) leftOut(left []local.LeftOut, at func(int64) time.Time) string {
	const most = 3 // a receipt is read in seconds
	var parts []string
	for _, l := range left[:min(len(left), most)] {
		why := "not listed any more"
		switch l.Why {
		case problem.Conflict:
			why = strings.ToLower(w.state(l.State, at(l.Since)))
		case problem.Forbidden:
			why = "needs their own PIN"
		}
		parts = append(parts, strings.TrimSpace(l.Name+" ("+why+")"))
	}
	if more := len(left) - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	return "Left out: " + strings.Join(parts, ", ") + "."
}

// action gives what a button says: its title and what that means.
func (w words) action(a attendance.Action, worked time.Duration) (title, sub string) {
	switch a {
	case attendance.In:
		if worked > 0 {
			return w.clockIn, w.worked(worked)
		}
		return w.clockIn, w.clockInSub
	case attendance.Out:
		return w.clockOut, w.worked(worked)
	case attendance.BreakStart:
		return w.breakStart, w.breakStartSub
	default:
		return w.breakEnd, w.breakEndSub
	}
}

// did gives what a receipt says was recorded.
func (w words) did(a attendance.Action) string {
	switch a {
	case attendance.In:
		return w.wasIn
	case attendance.Out:
		return w.wasOut
	case attendance.BreakStart:
		return w.wasBreak
	default:
		return w.wasBack
	}
}
