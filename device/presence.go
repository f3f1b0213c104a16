package device

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// standing is where a person stands as far as this kiosk can tell.
type standing struct {
	attendance.Presence
	known  bool   // central or a punch made here says so
	own    int    // punches made here that central had not counted
	newest uint64 // the record of the newest of them

	// Those punches. Where central has said nothing of the person they are all that
	// were made here lately, and complete says so.
	punches  []devicedb.Punch
	complete bool

	// What central said, and the first of those punches that is newer: with it they
	// begin to count.
	told    attendance.Presence
	counted int

	// Where those punches alone leave the person; "" unless all of them look older
	// than what central said: it does know better, or this clock is behind.
	here attendance.State
}

// presence merges what central last said of a person with the punches made here
// that it had not counted.
func (t *Terminal) presence(ctx context.Context, person string) (standing, error) {
	remote, ok, err := t.c.Roster.Presence(ctx, person)
	if err != nil {
		return standing{}, err
	}
	remote.Person = person
	punches, err := t.c.Journal.PunchesAfter(ctx, person, remote.Journal, remote.AsOf)
	if err != nil {
		return standing{}, err
	}
	own := bare(punches)
	s := standing{
		Presence: attendance.Merge(remote.Presence, own), known: ok || len(own) > 0,
		own: len(own), punches: punches, complete: !ok, told: remote.Presence, counted: len(own),
	}
	if len(own) == 0 {
		return s, nil
	}
	s.newest = punches[len(own)-1].Seq
	if i := slices.IndexFunc(own, func(u attendance.Punch) bool { return !u.At.Before(remote.Since) }); i >= 0 {
		s.counted = i
	} else {
		s.here = attendance.Merge(attendance.Presence{}, own).State
	}
	return s, nil
}

// actions gives what the person may do. Where it is not certain how they stand,
// whatever may be right is offered: who came in must be able to leave.
func (s standing) actions(projects bool) []attendance.Action {
	out := s.State.Actions(projects)
	if s.here == "" {
		return out
	}
	for _, a := range s.here.Actions(projects) {
		if !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

func bare(ps []devicedb.Punch) []attendance.Punch {
	out := make([]attendance.Punch, len(ps))
	for i, p := range ps {
		out[i] = p.Punch
	}
	return out
}

// lookBack is how long before midnight a shift may have begun and still count
// for today.
const lookBack = 24 * time.Hour

// history gives a person's newest punches made here, whenever that was.
func (t *Terminal) history(ctx context.Context, p standing) ([]devicedb.Punch, error) {
	if p.complete {
		return p.punches, nil
	}
	return t.c.Journal.Punches(ctx, p.Person, math.MinInt64)
}

// shift gives those punches that may count for today, the day at stamp in the
// kiosk's zone: as central last told of them, with what was recorded here since.
// Where it has told of no punches but of a state, that is where the shift begins.
func (t *Terminal) shift(ctx context.Context, p standing, history []devicedb.Punch, stamp attendance.Stamp) ([]attendance.Punch, error) {
	past, through, err := t.past(ctx, p.Person, history)
	if err != nil {
		return nil, err
	}
	punches := bareOf(past)
	if through == 0 && !p.told.Since.IsZero() {
		punches = p.continued(history)
	}
	midnight, _ := t.today(stamp)
	from := midnight.Add(-lookBack)
	return slices.DeleteFunc(punches, func(u attendance.Punch) bool { return u.At.Before(from) }), nil
}

// continued gives the punches made here with, among them, the one made elsewhere
// that left the person where central says.
func (s standing) continued(history []devicedb.Punch) []attendance.Punch {
	later := bare(s.punches[s.counted:])
	before := bare(history[:max(0, len(history)-len(later))])
	u := attendance.Punch{Person: s.Person, At: s.told.Since, Project: s.told.Project, Kiosk: s.told.Kiosk}
	switch s.told.State {
	case attendance.StateIn:
		u.Action = attendance.In
	case attendance.StateBreak:
		u.Action = attendance.BreakStart
	default:
		u.Action = attendance.Out
	}
	before = slices.DeleteFunc(before, func(b attendance.Punch) bool { return b.At.After(u.At) })
	return append(append(before, u), later...)
}

// worked gives what the punches of a shift make for today; today is the day at
// stamp in the kiosk's zone.
func (t *Terminal) worked(shift []attendance.Punch, stamp attendance.Stamp) time.Duration {
	from, to := t.today(stamp)
	return attendance.Worked(attendance.Spans(shift), from, to, stamp.Time())
}

// today gives the bounds of the day at stamp in the kiosk's zone.
func (t *Terminal) today(stamp attendance.Stamp) (from, to time.Time) {
	zone := t.location(stamp.Zone)
	y, m, d := stamp.Time().In(zone).Date()
	return attendance.DayStart(y, m, d, zone), attendance.DayStart(y, m, d+1, zone)
}

// place is where the journal stands. While it is the same, nobody has punched
// here in between.
type place struct {
	journal record.JournalID
	seq     uint64
}

func (t *Terminal) place(ctx context.Context) (place, error) {
	h, err := t.c.Journal.Head(ctx)
	return place{h.Journal, h.Seq}, err
}

func card(id, name, team string, p attendance.Presence) local.PersonCard {
	c := local.PersonCard{ID: id, Name: name, Team: team, State: p.State}
	if p.State != attendance.StateOut && !p.Since.IsZero() {
		c.Since = p.Since.UnixMilli()
	}
	return c
}
