package attendance

import (
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// State is where a person stands now.
type State string

// The states.
const (
	StateOut   State = "out"
	StateIn    State = "in"
	StateBreak State = "break"
)

// Presence is the present state of a person and since when.
type Presence struct {
	Person  string    `json:"person"`
	State   State     `json:"state"`
	Since   time.Time `json:"since"` // UTC; zero when the person has never punched
	Project string    `json:"project,omitempty"`
	Kiosk   string    `json:"kiosk,omitempty"` // where the last punch was made
}

// Actions gives what is valid in state s, the likeliest first. Switch is valid
// only where there are projects to switch between.
func (s State) Actions(projects bool) []Action {
	switch s {
	case StateIn:
		if projects {
			return []Action{Out, BreakStart, Switch}
		}
		return []Action{Out, BreakStart}
	case StateBreak:
		return []Action{BreakEnd, Out}
	default:
		return []Action{In}
	}
}

// Allows says whether action a is valid in state s.
func (s State) Allows(a Action) bool {
	for _, v := range s.Actions(true) {
		if v == a {
			return true
		}
	}
	return false
}

// After gives the presence that punch u leaves, whatever the state was: a
// record that exists is a fact, also when another kiosk's record arrived late.
// A break keeps the project, so its end resumes the same one.
func (p Presence) After(u Punch) Presence {
	next := Presence{Person: u.Person, Since: u.At, Project: p.Project, Kiosk: u.Kiosk}
	switch u.Action {
	case In, Switch:
		next.State, next.Project = StateIn, u.Project
		if u.Action == Switch && p.State == StateIn {
			next.Since = p.Since
		}
	case BreakEnd:
		next.State = StateIn
	case BreakStart:
		next.State = StateBreak
	case Out, Unresolved:
		next.State, next.Project = StateOut, ""
	default: // an action of a later version says nothing about where the person is
		return p
	}
	return next
}

// Check refuses an action that is not valid in p's state.
func (p Presence) Check(a Action) error {
	if !a.Valid() {
		return problem.New(problem.Invalid, "This is not something a time clock can record.", "")
	}
	if p.State.Allows(a) {
		return nil
	}
	var message string
	switch p.State {
	case StateIn:
		message = "You are already clocked in."
	case StateBreak:
		message = "You are on a break."
	default:
		message = "You are not clocked in."
	}
	return problem.New(problem.Conflict, message, "Look at the buttons again: they show what you can do now.")
}

// Merge puts a person's own later punches on top of what central last sent:
// remote counts every punch of this kiosk up to some sequence, later holds those
// after it in order. A punch made before remote.Since is older news than the
// remote state and changes nothing. From the first punch that counts, all do:
// a kiosk's own order is by sequence, and its clock may step back.
func Merge(remote Presence, later []Punch) Presence {
	p := remote
	if p.State == "" {
		p.State = StateOut
	}
	applied := false
	for _, u := range later {
		if !applied && u.At.Before(remote.Since) {
			continue
		}
		p, applied = p.After(u), true
	}
	return p
}
