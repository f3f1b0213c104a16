package access

import "github.com/timepost/timepost/internal/problem"

// Scope is what of an account's role a token may use.
type Scope string

// The scopes.
const (
	ScopeAll     Scope = "all"     // whatever the role may
	ScopeRead    Scope = "read"    // look at everything, change nothing, see no PIN
	ScopePunches Scope = "punches" // look at punches and who is in, nothing else
)

func (s Scope) check() error {
	switch s {
	case ScopeAll, ScopeRead, ScopePunches:
		return nil
	}
	return problem.New(problem.Invalid, "There is no such scope.", "Use all, read or punches.").With("field", "scope")
}

// Covers says whether a token of this scope may do what needs a permission; reads
// says that it changes nothing. An unknown scope covers nothing.
func (s Scope) Covers(p Permission, reads bool) bool {
	switch s {
	case ScopeAll:
		return known(p)
	case ScopeRead:
		return reads && known(p) && p != PINsExport
	case ScopePunches:
		return reads && (p == PunchesAll || p == PunchesTeam || p == PunchesOwn)
	}
	return false
}
