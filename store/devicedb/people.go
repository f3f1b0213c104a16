package devicedb

import (
	"context"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
)

// Listed is one listed person, as the People screen needs them.
type Listed struct {
	ID   string
	Name string
	Team string
}

// Search asks for one page of the listed people.
type Search struct {
	Text    string // see finds; empty: everybody
	Of      string // only the members of this team
	Letter  string // the page begins where the names reach this letter: Offset counts from there, and may be negative
	Offset  int
	Limit   int
	Regular bool // for a team: without owners and admins

	// Hidden is for a kiosk that shows no list: there has to be a Text, at most
	// MaxHidden people are found, and by a text without a word of HiddenWord letters
	// only who has it as their whole name or staff number.
	Hidden bool
}

// MaxHidden is how many people a kiosk without a list shows at most, HiddenWord how
// many letters of a name it wants to know.
const (
	MaxHidden  = 8
	HiddenWord = 3
)

// Found is one page of the listed people in name order.
type Found struct {
	People []Listed
	Total  int // how many match in all
	Start  int // the offset of the first one

	// Letters are those that the names of all who match begin with, in their order;
	// only where nothing was searched for.
	Letters []string
}

// finds says whether the text means e: by the starts of the words of its name, or
// its whole staff number; for a team, by those of the team's name, too.
func (q Search) finds(e entry) bool {
	if q.Regular && !e.regular || q.Of != "" && q.Of != e.Team {
		return false
	}
	text := strings.TrimSpace(q.Text)
	switch {
	case text == "":
		return !q.Hidden
	case e.staffNo == text:
		return true
	case q.Hidden && !telling(text):
		return e.key == attendance.SearchKey(text)
	}
	return attendance.MatchSearch(e.key, text) || q.Regular && !q.Hidden && attendance.MatchSearch(e.team, text)
}

// telling says whether a text has a word that is long enough to mean somebody.
func telling(text string) bool {
	for _, w := range strings.Fields(attendance.SearchKey(text)) {
		if utf8.RuneCountInString(w) >= HiddenWord {
			return true
		}
	}
	return false
}

// People gives one page of the listed people in name order. It fails with
// problem.Invalid where a Hidden search says nobody.
func (c *Cache) People(_ context.Context, q Search) (Found, error) {
	if q.Hidden && strings.TrimSpace(q.Text) == "" {
		return Found{}, problem.New(problem.Invalid, "This kiosk shows no names.", "Type your name or your staff number.").With("field", "search")
	}
	hits := q.among(c.index.Load().listed)
	if q.Hidden && len(hits) > MaxHidden {
		hits = hits[:MaxHidden]
	}
	f := Found{Total: len(hits), Start: q.start(hits)}
	for _, e := range hits[min(f.Start, len(hits)):min(f.Start+q.Limit, len(hits))] {
		f.People = append(f.People, e.Listed)
	}
	if strings.TrimSpace(q.Text) == "" {
		f.Letters = letters(hits)
	}
	return f, nil
}

// letters gives the first letter of each name, as search folds it, once.
func letters(hits []entry) []string {
	var out []string
	last := rune(-1)
	for _, e := range hits {
		r, n := utf8.DecodeRuneInString(e.key)
		if r != last && n > 0 {
			last = r
			out = append(out, strings.ToUpper(string(r)))
		}
	}
	return out
}

// among gives who is meant of all.
func (q Search) among(all []entry) []entry {
	if strings.TrimSpace(q.Text) == "" && q.Of == "" && !q.Regular {
		return all // everybody: nothing is copied
	}
	var hits []entry
	for _, e := range all {
		if q.finds(e) {
			hits = append(hits, e)
		}
	}
	return hits
}

// start gives the offset of the page. A letter that all names come before leads to
// the last page.
func (q Search) start(hits []entry) int {
	key := attendance.SearchKey(q.Letter)
	if key == "" {
		return max(0, q.Offset)
	}
	i := sort.Search(len(hits), func(i int) bool { return hits[i].key >= key })
	if i == len(hits) {
		i -= q.Limit
	}
	return max(0, i+q.Offset)
}

// Count gives how many people are listed.
func (c *Cache) Count() int { return len(c.index.Load().listed) }

// PINLengths gives every length a PIN on this roster has, ascending.
func (c *Cache) PINLengths() []int { return slices.Clone(c.index.Load().lengths) }

// Teams gives the teams of the listed people, in order.
func (c *Cache) Teams() []string { return slices.Clone(c.index.Load().teams) }

// Caretakers gives the active owners and admins in name order, listed or not.
func (c *Cache) Caretakers() []Listed {
	keepers := c.index.Load().keepers
	out := make([]Listed, 0, len(keepers))
	for _, e := range keepers {
		out = append(out, e.Listed)
	}
	return out
}
