package agent

import (
	"context"

	"github.com/timepost/timepost/internal/problem"
)

// Brokers is told with each welcome which brokers central is at, the preferred one first;
// none where central does not say. Move says that another one than this link's is to be
// used from now on.
type Brokers interface {
	Welcomed(ctx context.Context, brokers []string) (move bool)
}

// anywhere has no list.
type anywhere struct{}

func (anywhere) Welcomed(context.Context, []string) bool { return false }

// moved is the error that ends a link because of it. The next one follows after the
// spread that keeps a fleet from coming all at once.
func moved() error {
	return problem.New(problem.Unavailable, "The server has moved to another broker.", "")
}
