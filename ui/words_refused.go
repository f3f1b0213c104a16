package ui

import "github.com/timepost/timepost/internal/problem"

// refusalWords is what the screen says when something did not work. The service's
// own sentences are for logs: they are in one language.
type refusalWords struct {
	WrongPIN, PressAgain            string
	TriesLeft                       counted
	Locked, LockedHint, LockedUntil string
	Occupied, OccupiedHint          string
	NoPIN, NoPINHint                string
	Unlisted, UnlistedHint          string
	NotAllowed                      string
	NotNow, NotNowHint              string
	NotTaken, NotTakenHint          string
	NotCertain, NotCertainHint      string
	SessionOver, GoOn               string
	CardUnknown, CardUnknownHint    string
	CardOff, CardOffHint            string
	CardUnread, CardUnreadHint      string
	CardLater                       string
	Broken, BrokenHint              string
	Leaving, LeavingHint            string
	Waking, WakingHint              string
	Silent, SilentHint              string
}

type enrolWords struct {
	Setup, Server, Code, Connect                      string
	StepKeys, StepServer, StepCertificate, StepRoster string
	CodeWrong, CodeWrongHint                          string
	CodeUnknown, CodeUnknownHint                      string
	CodeUsed, CodeUsedHint                            string
	CodeExpired, CodeExpiredHint                      string
	ServerStrange, ServerStrangeHint                  string
	ServerSilent, ServerSilentHint                    string
	EnrolLimited, EnrolLimitedHint                    string
	EnrolBusy, EnrolBusyHint                          string
	EnrolFailed, EnrolFailedHint                      string
	CodeOrAsk, LetIn, LetInHint, AskIn                string
	TurnedAway, TurnedAwayHint                        string
	ServerNone, ServerNoneHint                        string
	ClockWrong, ClockWrongHint                        string
	ByFile                                            string
}

// refused gives what went wrong, and what to do, by the problem's code.
func (w *words) refused(c problem.Code) (title, hint string) {
	switch c {
	case problem.Unauthenticated:
		return w.WrongPIN, w.PressAgain
	case problem.Limited:
		return w.Occupied, w.OccupiedHint
	case problem.Locked:
		return w.Locked, w.LockedHint
	case problem.Expired:
		return w.SessionOver, w.GoOn
	case problem.NotFound:
		return w.Unlisted, w.UnlistedHint
	case problem.Forbidden:
		return w.NotAllowed, w.UnlistedHint
	case problem.Conflict, problem.Used:
		return w.NotNow, w.NotNowHint
	case problem.OutOfOrder, problem.Damaged:
		return w.Broken, w.BrokenHint
	case problem.Unavailable:
		return w.Silent, w.SilentHint
	}
	return w.NotTaken, w.NotTakenHint
}

// enrolStep names a step of enrolling.
func (w *words) enrolStep(name string) string {
	switch name {
	case "keys":
		return w.StepKeys
	case "find_server":
		return w.StepServer
	case "ask_certificate":
		return w.StepCertificate
	}
	return w.StepRoster
}

// notEnrolled gives why this machine became no kiosk, and what to do. finding says that
// the server was still looked for.
func (w *words) notEnrolled(e *problem.Error, finding bool) (title, hint string) {
	switch {
	case e.Detail["clock"] != nil:
		return w.ClockWrong, w.ClockWrongHint
	case finding && e.Code == problem.NotFound:
		return w.ServerNone, w.ServerNoneHint
	case finding && e.Code == problem.Untrusted: // no code was sent yet
		return w.ServerStrange, w.ServerNoneHint
	}
	switch e.Code {
	case problem.Invalid:
		return w.CodeWrong, w.CodeWrongHint
	case problem.NotFound, problem.Unauthenticated:
		return w.CodeUnknown, w.CodeUnknownHint
	case problem.Forbidden:
		return w.TurnedAway, w.TurnedAwayHint
	case problem.Used:
		return w.CodeUsed, w.CodeUsedHint
	case problem.Expired:
		return w.CodeExpired, w.CodeExpiredHint
	case problem.Untrusted:
		return w.ServerStrange, w.ServerStrangeHint
	case problem.Unavailable:
		return w.ServerSilent, w.ServerSilentHint
	case problem.Limited, problem.Locked:
		return w.EnrolLimited, w.EnrolLimitedHint
	case problem.Conflict:
		return w.EnrolBusy, w.EnrolBusyHint
	case problem.OutOfOrder, problem.Damaged:
		return w.Broken, w.EnrolFailedHint
	}
	return w.EnrolFailed, w.EnrolFailedHint
}
