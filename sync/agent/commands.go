package agent

import "github.com/timepost/timepost/sync/wire"

// Commands runs what central wants to be done. Begun gives the last command that was
// begun. Take is told all that wait, after each welcome and whenever that changes; it
// replaces what it was told before. Neither blocks.
type Commands interface {
	Begun() wire.CommandMark
	Take(list []wire.Command)
}

// deaf follows no commands.
type deaf struct{}

func (deaf) Begun() wire.CommandMark { return wire.CommandMark{} }
func (deaf) Take([]wire.Command)     {}

// Refetch asks for a round at once in which the whole roster is fetched anew.
// Refetching says whether that is still to come.
func (a *Agent) Refetch() {
	a.anew.Store(true)
	a.Poke()
}

// Refetching says whether a roster that Refetch asked for is not there yet.
func (a *Agent) Refetching() bool { return a.anew.Load() }
