package ui

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// house is a service that answers by chance, marks everything personal with whose
// it is, and watches what it is asked: faults are what must never be asked.
type house struct {
	*service
	r       *rand.Rand
	now     func() time.Time
	serial  int
	chosen  string            // whose card was touched last
	owner   string            // who was identified last, until the Idle screen
	crew    bool              // a team's names may be shown
	open    map[string]string // sessions that were not ended, and whose
	tickets map[string]string
	given   int // receipts
	faults  []string
}

func newHouse(s *service, r *rand.Rand, now func() time.Time) *house {
	return &house{service: s, r: r, now: now, open: map[string]string{}, tickets: map[string]string{}}
}

func (h *house) fault(form string, args ...any) {
	h.faults = append(h.faults, fmt.Sprintf(form, args...))
}

// one says yes once in n times.
func (h *house) one(n int) bool { return h.r.IntN(n) == 0 }

func (h *house) next(kind string) string {
	h.serial++
	return fmt.Sprintf("%s-%d", kind, h.serial)
}

// mark is in every text that only this person may see.
func markOf(person string) string { return "#" + person }

func (h *house) card(person string) local.PersonCard {
	i := slices.IndexFunc(h.people, func(p local.PersonCard) bool { return p.ID == person })
	if i < 0 {
		h.fault("there is nobody %q", person)
		return local.PersonCard{}
	}
	return h.people[i]
}

// mine gives whose session it is; only the one who stands here may be meant.
func (h *house) mine(call, session string) (person string, err error) {
	person, ok := h.open[session]
	switch {
	case !ok:
		h.fault("%s in session %q, which is not open", call, session)
	case person != h.owner:
		h.fault("%s for %s while %s stands here", call, person, h.owner)
	case h.one(15):
		return person, problem.New(problem.Expired, "The session is over.", "")
	case h.one(30):
		return person, problem.New(problem.OutOfOrder, "The disk is full.", "Use another kiosk.")
	}
	return person, nil
}

func (h *house) refuses() error {
	switch h.r.IntN(20) {
	case 0, 1, 2:
		return wrongPIN(h.r.IntN(5))
	case 3:
		return problem.New(problem.Limited, "", "").With("wait_ms", float64(h.r.IntN(3_000_000)))
	case 4:
		return problem.New(problem.Unavailable, "No answer.", "")
	}
	return nil
}

func (h *house) NotListed(_ context.Context, n local.Newcomer) (local.Receipt, error) {
	if strings.TrimSpace(n.Name) == "" {
		h.fault("somebody without a name is recorded")
	}
	if err := h.refuses(); err != nil {
		return local.Receipt{}, err
	}
	h.given++
	return local.Receipt{Person: n.Name, Action: n.Action, At: h.now().UnixMilli(), Auth: attendance.AuthNone}, nil
}

func (h *house) Identify(_ context.Context, a local.Attempt) (local.Session, error) {
	if a.Person != h.chosen {
		h.fault("%s is identified though %s was touched", a.Person, h.chosen)
	}
	if err := h.refuses(); err != nil {
		return local.Session{}, err
	}
	return h.session(a.Person, true), nil
}

// session opens one with everything that can be in it, by chance.
func (h *house) session(person string, asks bool) local.Session {
	p, m := h.card(person), markOf(person)
	s := session(p, time.Duration(h.r.IntN(9))*time.Hour)
	s.ID, s.Auth = h.next("session"), attendance.AuthPersonal
	s.Lang = []string{"", "en", "de", "pl"}[h.r.IntN(4)]
	h.open[s.ID], h.owner = person, person
	if h.one(2) {
		s.Projects = projects()
		for i := range s.Projects {
			s.Projects[i].Name = m + " " + s.Projects[i].Name
		}
		s.Project, s.Default, s.Actions = s.Projects[0].Name, s.Projects[1].ID, p.State.Actions(true)
	}
	s.Unconfirmed, s.BreakDue = h.one(4), h.one(4)
	if h.one(4) {
		s.BreakShort = (17 * time.Minute).Milliseconds()
	}
	if !asks {
		return s
	}
	if h.one(6) {
		s.Auth, s.NeedNote = attendance.AuthUniversal, true
	}
	if h.one(6) {
		s.Double = &local.Double{Action: attendance.In, At: h.now().UnixMilli(), Ticket: h.ticket(person)}
	}
	if h.one(6) {
		s.Forgotten = h.now().Add(-23 * time.Hour).UnixMilli()
	}
	if h.one(6) {
		s.Answers = []local.Answer{{Message: "answer " + m, Text: m + " was added."}}
	}
	return s
}

func (h *house) ticket(person string) string {
	t := h.next("ticket")
	h.tickets[t] = person
	return t
}

func (h *house) Punch(_ context.Context, q local.PunchRequest) (local.Receipt, error) {
	person, err := h.mine("Punch", q.Session)
	if err != nil {
		return local.Receipt{}, err
	}
	h.given++
	m := markOf(person)
	r := local.Receipt{
		ID: person, Person: h.card(person).Name, Action: q.Action, At: h.now().UnixMilli(), Zone: "Europe/Berlin", Project: m,
		Unconfirmed: h.one(4), Ticket: h.ticket(person),
	}
	for i := range h.r.IntN(3) {
		r.Messages = append(r.Messages, local.Message{ID: fmt.Sprintf("message %d %s", i, m), Text: m + " Happy birthday!"})
	}
	return r, nil
}

func (h *house) End(_ context.Context, session string) error {
	if _, ok := h.open[session]; !ok {
		h.fault("session %q is ended, which is not open", session)
	}
	delete(h.open, session)
	return nil
}

func (h *house) Forgot(_ context.Context, person string) (local.Asked, error) {
	if person != h.chosen {
		h.fault("a PIN is asked for in the name of %s though %s was touched", person, h.chosen)
	}
	if h.one(5) {
		return local.Asked{}, problem.New(problem.Limited, "", "").With("wait_ms", float64(60_000))
	}
	return local.Asked{Person: h.card(person).Name, At: h.now().UnixMilli(), Repeated: h.one(3)}, nil
}

func (h *house) OpenTeam(context.Context, pin.PIN) (local.Team, error) {
	if err := h.refuses(); err != nil {
		return local.Team{}, err
	}
	t := local.Team{ID: h.next("team"), NeedNote: h.one(2)}
	h.open[t.ID], h.owner = "", ""
	return t, nil
}

func (h *house) PunchTeam(_ context.Context, q local.TeamPunch) (local.TeamReceipt, error) {
	if _, err := h.mine("PunchTeam", q.Session); err != nil {
		return local.TeamReceipt{}, err
	}
	r := local.TeamReceipt{Action: q.Action, At: h.now().UnixMilli(), Zone: "Europe/Berlin"}
	for i, p := range q.People {
		if i%3 == 2 {
			r.Left = append(r.Left, local.LeftOut{PersonCard: h.card(p), Why: problem.Conflict})
			continue
		}
		r.Done = append(r.Done, h.card(p).Name)
	}
	h.given++
	h.crew = true
	return r, nil
}

func (h *house) Hours(_ context.Context, session string) (local.Hours, error) {
	person, err := h.mine("Hours", session)
	v := someHours(h.now())
	for i := range v.Last {
		v.Last[i].Project = markOf(person)
	}
	return v, err
}

func (h *house) Missed(_ context.Context, q local.Missed) (local.Asked, error) {
	_, err := h.mine("Missed", q.Session)
	return local.Asked{At: q.At, Repeated: h.one(3)}, err
}

func (h *house) Unresolved(_ context.Context, session string) (local.Session, error) {
	person, err := h.mine("Unresolved", session)
	if err != nil {
		return local.Session{}, err
	}
	delete(h.open, session)
	s := h.session(person, false)
	delete(h.open, s.ID)
	s.ID = session
	h.open[session] = person
	return s, nil
}

func (h *house) Undo(_ context.Context, ticket string) (local.Undone, error) {
	person, ok := h.tickets[ticket]
	if !ok || person != h.owner {
		h.fault("a punch of %q is taken back while %s stands here", person, h.owner)
	}
	if h.one(4) {
		return local.Undone{}, problem.New(problem.Expired, "", "")
	}
	return local.Undone{Person: h.card(person).Name, Action: attendance.In, At: h.now().UnixMilli()}, nil
}

func (h *house) Read(_ context.Context, ticket, message string) error {
	person, ok := h.tickets[ticket]
	if !ok {
		person, ok = h.open[ticket]
	}
	if !ok || !strings.Contains(message, markOf(person)) {
		h.fault("%q was read by %q with %q", message, person, ticket)
	}
	return nil
}

func (h *house) Caretakers(context.Context) ([]local.PersonCard, error) { return h.people[:30], nil }

func (h *house) Care(_ context.Context, a local.Attempt) (local.Condition, error) {
	if a.Person != h.chosen {
		h.fault("%s looks after the clock though %s was touched", a.Person, h.chosen)
	}
	if err := h.refuses(); err != nil {
		return local.Condition{}, err
	}
	c := []local.Condition{well(), ill()}[h.r.IntN(2)]
	c.Session = h.next("care")
	h.open[c.Session], h.owner, h.crew = a.Person, a.Person, true
	return c, nil
}

func (h *house) Condition(_ context.Context, session string) (local.Condition, error) {
	_, err := h.mine("Condition", session)
	c := well()
	c.Session = session
	return c, err
}

func (h *house) RollCall(ctx context.Context, session string) (local.RollCall, error) {
	if _, err := h.mine("RollCall", session); err != nil {
		return local.RollCall{}, err
	}
	h.upkeep.here = h.r.IntN(80)
	return h.service.RollCall(ctx, session)
}

func (h *house) SyncNow(_ context.Context, session string) error {
	_, err := h.mine("SyncNow", session)
	return err
}

func (h *house) Restart(_ context.Context, session string) error {
	_, err := h.mine("Restart", session)
	if err == nil {
		delete(h.open, session) // with the service
	}
	return err
}

func (h *house) Diagnose(_ context.Context, session string) error {
	_, err := h.mine("Diagnose", session)
	return err
}

func (h *house) LearnReader(_ context.Context, session string) (local.Reader, error) {
	_, err := h.mine("LearnReader", session)
	return local.Reader{ID: "08ff:0009"}, err
}

// Networks are in reach of a caretaker, and of anybody before there is a kiosk.
func (h *house) Networks(_ context.Context, session string) ([]local.Network, error) {
	if session == "" {
		return inReach(), nil
	}
	_, err := h.mine("Networks", session)
	return inReach(), err
}

func (h *house) Join(_ context.Context, j local.Join) (local.Joined, error) {
	if j.Session == "" {
		return local.Joined{Portal: h.one(2)}, nil
	}
	_, err := h.mine("Join", j.Session)
	return local.Joined{Portal: h.one(2)}, err
}

// Enrol never succeeds: the state that follows a success is the test's.
func (h *house) Enrol(_ context.Context, _ local.EnrolRequest, step func(local.EnrolStep)) error {
	step(local.EnrolStep{Name: "keys", Done: h.one(2)})
	return problem.New([]problem.Code{problem.Expired, problem.Used, problem.Unavailable}[h.r.IntN(3)], "Not now.", "Make a new one.")
}
