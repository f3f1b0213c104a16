package admin

import (
	"context"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/store/centraldb"
)

// nobody is no person's id: an account that is nobody's manages no team.
const nobody = "-"

// reachOf says whose punches somebody sees: everybody's, or those of the teams that
// they manage.
func reachOf(who access.Identity) centraldb.Reach {
	switch {
	case access.Allowed(who.Role, access.PunchesAll):
		return centraldb.Reach{}
	case who.Person == "":
		return centraldb.Reach{Manager: nobody}
	}
	return centraldb.Reach{Manager: who.Person}
}

// teamsFor gives the teams that somebody may choose.
func (p *pages) teamsFor(ctx context.Context, who access.Identity) ([]string, error) {
	reach := reachOf(who)
	if reach == (centraldb.Reach{}) {
		return p.Lists.Teams(ctx)
	}
	return p.EntryLists.ManagedTeams(ctx, reach.Manager)
}
