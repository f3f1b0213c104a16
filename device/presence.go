package device

import (
	"context"
	"slices"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// standing is where a person stands as far as this kiosk can tell.
type standing struct {
	attendance.Presence
	known bool // central or a punch made here says so
	own   int  // punches made here that central had not counted

	// Those punches, where central has said nothing of the person: then they are
	// all that were made here lately, and complete says so.
	punches  []attendance.Punch
	complete bool

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
	s := standing{Presence: attendance.Merge(remote.Presence, own), known: ok || len(own) > 0, own: len(own)}
	newer := func(u attendance.Punch) bool { return !u.At.Before(remote.Since) }
	s.punches, s.complete = own, !ok
	if len(own) > 0 && !slices.ContainsFunc(own, newer) {
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

// shift gives a person's punches made here that may count for today: the day at
// stamp in the kiosk's zone.
func (t *Terminal) shift(ctx context.Context, p standing, stamp attendance.Stamp) ([]attendance.Punch, error) {
	midnight, _ := t.today(stamp)
	from := midnight.Add(-lookBack)
	if p.complete {
		return slices.DeleteFunc(slices.Clone(p.punches), func(u attendance.Punch) bool { return u.At.Before(from) }), nil
	}
	own, err := t.c.Journal.Punches(ctx, p.Person, from.UnixNano())
	return bare(own), err
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
	return time.Date(y, m, d, 0, 0, 0, 0, zone), time.Date(y, m, d+1, 0, 0, 0, 0, zone)
}

// view gives the session as the screen sees it, and notes what was offered.
func (t *Terminal) view(ctx context.Context, s *session, stamp attendance.Stamp) (local.Session, error) {
	// The place comes first: whatever is recorded after it makes another one.
	place, err := t.place(ctx)
	if err != nil {
		return local.Session{}, err
	}
	p, err := t.presence(ctx, s.person.ID)
	if err != nil {
		return local.Session{}, err
	}
	projects, err := t.projects(ctx, s.person.Projects)
	if err != nil {
		return local.Session{}, err
	}
	if s.shift, err = t.shift(ctx, p, stamp); err != nil {
		return local.Session{}, err
	}
	s.place, s.own, s.offered = place, p.own, t.possible(p, len(projects) > 0)
	return local.Session{
		Person: card(s.person.ID, s.person.Name, s.person.Team, p.Presence), Role: s.person.Role, Lang: s.person.Lang,
		Auth: s.auth, Actions: slices.Clone(s.offered), Worked: t.worked(s.shift, stamp).Milliseconds(),
		Project: nameOf(projects, p.Project), Projects: projects,
	}, nil
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

// projects gives those of a person's projects that this kiosk knows.
func (t *Terminal) projects(ctx context.Context, ids []string) ([]local.Project, error) {
	var out []local.Project
	for _, id := range ids {
		row, err := t.c.Roster.Project(ctx, id)
		if problem.Is(err, problem.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, local.Project{ID: id, Name: row.Name})
	}
	return out, nil
}

func nameOf(projects []local.Project, id string) string {
	for _, p := range projects {
		if p.ID == id {
			return p.Name
		}
	}
	return ""
}
