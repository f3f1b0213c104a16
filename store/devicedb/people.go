package devicedb

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/sync/wire"
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
	Offset  int
	Limit   int
	Regular bool // for a team: without owners and admins
}

// finds says whether the text means e: by the starts of the words of its name, or
// its whole staff number; for a team, by those of the team's name, too.
func (q Search) finds(e entry) bool {
	if q.Regular && !e.regular {
		return false
	}
	text := strings.TrimSpace(q.Text)
	return text == "" || e.staffNo == text || attendance.MatchSearch(e.key, text) ||
		q.Regular && attendance.MatchSearch(e.team, text)
}

// index is the roster in memory: what paging and searching need, no hash.
type index struct {
	listed  []entry // active and listed, by search key
	lengths []int   // every PIN length in use, ascending

	settings *wire.SettingsRow // nil before the first snapshot
}

type entry struct {
	Listed
	key     string
	team    string // its search key
	staffNo string
	regular bool
}

// People gives one page of the listed people in name order, and how many match
// in all.
func (c *Cache) People(_ context.Context, q Search) ([]Listed, int, error) {
	var page []Listed
	total := 0
	for _, e := range c.index.Load().listed {
		if !q.finds(e) {
			continue
		}
		if total >= q.Offset && len(page) < q.Limit {
			page = append(page, e.Listed)
		}
		total++
	}
	return page, total, nil
}

// Count gives how many people are listed.
func (c *Cache) Count() int { return len(c.index.Load().listed) }

// PINLengths gives every length a PIN on this roster has, ascending.
func (c *Cache) PINLengths() []int { return slices.Clone(c.index.Load().lengths) }

func readIndex(ctx context.Context, r *sql.DB) (_ *index, err error) {
	rows, err := r.QueryContext(ctx, `SELECT kind, put FROM rows WHERE kind IN ($1, $2, $3)`, wire.KindPerson, wire.KindUniversal, wire.KindSettings)
	if err != nil {
		return nil, fmt.Errorf("read roster: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	ix := &index{}
	for rows.Next() {
		var kind string
		var put []byte
		if err := rows.Scan(&kind, &put); err != nil {
			return nil, fmt.Errorf("read roster: %w", err)
		}
		if err := ix.add(kind, put); err != nil {
			return nil, errors.Join(errRow, err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read roster: %w", err)
	}
	slices.SortFunc(ix.listed, func(a, b entry) int {
		return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.ID, b.ID))
	})
	slices.Sort(ix.lengths)
	ix.lengths = slices.Compact(ix.lengths)
	return ix, nil
}

func (ix *index) add(kind string, put []byte) error {
	if kind == wire.KindUniversal {
		var u wire.UniversalRow
		if err := json.Unmarshal(put, &u); err != nil {
			return fmt.Errorf("decode universal: %w", err)
		}
		ix.lengths = append(ix.lengths, u.PIN.Len)
		return nil
	}
	if kind == wire.KindSettings {
		ix.settings = &wire.SettingsRow{}
		if err := json.Unmarshal(put, ix.settings); err != nil {
			return fmt.Errorf("decode settings: %w", err)
		}
		return nil
	}
	var p wire.PersonRow
	if err := json.Unmarshal(put, &p); err != nil {
		return fmt.Errorf("decode person: %w", err)
	}
	if !p.Active || !p.Listed {
		return nil
	}
	if p.PIN != nil {
		ix.lengths = append(ix.lengths, p.PIN.Len)
	}
	ix.listed = append(ix.listed, entry{
		Listed: Listed{ID: p.ID, Name: p.Name, Team: p.Team},
		key:    attendance.SearchKey(p.Name), team: attendance.SearchKey(p.Team), staffNo: p.StaffNo, regular: !p.Role.Privileged(),
	})
	return nil
}
