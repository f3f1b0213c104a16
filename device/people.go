package device

import (
	"context"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
)

// MaxPage is the most people one page holds.
const MaxPage = 200

// People gives one page of the listed people with where they stand, as far as this
// kiosk shows names and where others are. See local.Terminal for its errors.
func (t *Terminal) People(ctx context.Context, q local.PeopleQuery) (local.PeoplePage, error) {
	if q.Limit < 1 || q.Limit > MaxPage || q.Offset < 0 && q.Letter == "" {
		return local.PeoplePage{}, problem.New(problem.Invalid, "A page has 1 to 200 people.", "")
	}
	settings, err := t.settings(ctx)
	if err != nil {
		return local.PeoplePage{}, err
	}
	found, err := t.c.Directory.People(ctx, devicedb.Search{
		Text: q.Search, Of: q.Of, Letter: q.Letter, Offset: q.Offset, Limit: q.Limit, Regular: q.Team,
		Hidden: settings.Habits.HideRoster,
	})
	if err != nil {
		return local.PeoplePage{}, err
	}
	page := local.PeoplePage{Total: found.Total, Letters: found.Letters}
	if q.Letter != "" {
		page.Start = found.Start
	}
	if page.People, err = t.cards(ctx, found.People, q.Team); err != nil {
		return local.PeoplePage{}, err
	}
	if settings.Habits.HideStatus {
		for i := range page.People {
			page.People[i].State, page.People[i].Since = "", 0
		}
	}
	return page, nil
}

// cards gives people with where they stand and, for a team, what each may do.
func (t *Terminal) cards(ctx context.Context, listed []devicedb.Listed, team bool) ([]local.PersonCard, error) {
	stamp := t.stamp(ctx)
	out := make([]local.PersonCard, 0, len(listed))
	for _, l := range listed {
		p, err := t.presence(ctx, l.ID)
		if err != nil {
			return nil, err
		}
		c := card(l.ID, l.Name, l.Team, p.Presence)
		if team {
			c.Actions = t.possible(p, false, t.unconfirmed(p, stamp))
		}
		out = append(out, c)
	}
	return out, nil
}
