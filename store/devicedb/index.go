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

// index is the roster in memory: what paging and searching need, no hash.
type index struct {
	listed  []entry           // active and listed, by search key
	lengths []int             // every PIN length in use, ascending
	teams   []string          // of the listed, in order
	keepers []entry           // active owners and admins, listed or not, by search key
	badges  map[string]string // whose card it is of the listed; "" for one that two have

	settings *wire.SettingsRow // nil before the first snapshot; only values that this version knows
	unknown  []wire.Unfollowed // what was left out of them
	projects []wire.ProjectRow // by name
	messages []wire.MessageRow // the newest first
	logo     []byte
}

type entry struct {
	Listed
	key     string
	team    string // its search key
	staffNo string
	regular bool
}

// Projects gives all projects that this kiosk knows, by name.
func (c *Cache) Projects() []wire.ProjectRow { return slices.Clone(c.index.Load().projects) }

// Unfollowed gives what the settings in force ask for and this version does not know.
func (c *Cache) Unfollowed() []wire.Unfollowed { return slices.Clone(c.index.Load().unknown) }

// Messages gives all messages of the roster, the newest first.
func (c *Cache) Messages() []wire.MessageRow { return slices.Clone(c.index.Load().messages) }

// Logo gives the organisation's logo, a PNG; nil where it has none. It is not to be
// changed.
func (c *Cache) Logo() []byte { return c.index.Load().logo }

func readIndex(ctx context.Context, r *sql.DB) (_ *index, err error) {
	rows, err := r.QueryContext(ctx, `SELECT kind, put FROM rows`)
	if err != nil {
		return nil, fmt.Errorf("read roster: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	ix := &index{badges: map[string]string{}}
	for rows.Next() {
		var kind string
		var put []byte
		if err := rows.Scan(&kind, &put); err != nil {
			return nil, fmt.Errorf("read roster: %w", err)
		}
		if err := ix.add(kind, put); err != nil {
			return nil, errors.Join(errRow, fmt.Errorf("decode %s: %w", kind, err))
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read roster: %w", err)
	}
	ix.sort()
	return ix, nil
}

func (ix *index) sort() {
	slices.SortFunc(ix.listed, byName)
	slices.SortFunc(ix.keepers, byName)
	slices.Sort(ix.lengths)
	ix.lengths = slices.Compact(ix.lengths)
	slices.SortFunc(ix.teams, func(a, b string) int {
		return cmp.Or(strings.Compare(attendance.SearchKey(a), attendance.SearchKey(b)), strings.Compare(a, b))
	})
	ix.teams = slices.Compact(ix.teams)
	slices.SortFunc(ix.projects, func(a, b wire.ProjectRow) int {
		return cmp.Or(strings.Compare(attendance.SearchKey(a.Name), attendance.SearchKey(b.Name)), strings.Compare(a.ID, b.ID))
	})
	slices.SortFunc(ix.messages, func(a, b wire.MessageRow) int {
		return cmp.Or(cmp.Compare(b.From, a.From), strings.Compare(b.ID, a.ID))
	})
}

func byName(a, b entry) int {
	return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.ID, b.ID))
}

// add takes in one row. Kinds that this version does not know are left alone.
func (ix *index) add(kind string, put []byte) error {
	switch kind {
	case wire.KindPerson:
		return ix.addPerson(put)
	case wire.KindUniversal:
		var u wire.UniversalRow
		err := json.Unmarshal(put, &u)
		ix.lengths = append(ix.lengths, u.PIN.Len)
		return err
	case wire.KindSettings:
		var s wire.SettingsRow
		err := json.Unmarshal(put, &s)
		known := understood(s)
		ix.settings, ix.unknown = &known, leftOut(s, known)
		return err
	case wire.KindProject:
		var p wire.ProjectRow
		err := json.Unmarshal(put, &p)
		ix.projects = append(ix.projects, p)
		return err
	case wire.KindMessage:
		var m wire.MessageRow
		err := json.Unmarshal(put, &m)
		ix.messages = append(ix.messages, m)
		return err
	case wire.KindLogo:
		var l wire.LogoRow
		err := json.Unmarshal(put, &l)
		ix.logo = l.PNG
		return err
	}
	return nil
}

func (ix *index) addPerson(put []byte) error {
	var p wire.PersonRow
	if err := json.Unmarshal(put, &p); err != nil {
		return err
	}
	e := entry{
		Listed: Listed{ID: p.ID, Name: p.Name, Team: p.Team},
		key:    attendance.SearchKey(p.Name), team: attendance.SearchKey(p.Team), staffNo: p.StaffNo, regular: !p.Role.Privileged(),
	}
	if p.Active && !e.regular {
		ix.keepers = append(ix.keepers, e)
	}
	if !p.Active || !p.Listed {
		return nil
	}
	if p.PIN != nil {
		ix.lengths = append(ix.lengths, p.PIN.Len)
	}
	if p.Team != "" {
		ix.teams = append(ix.teams, p.Team)
	}
	for _, b := range p.Badges {
		if _, taken := ix.badges[b]; taken {
			ix.badges[b] = ""
			continue
		}
		ix.badges[b] = p.ID
	}
	ix.listed = append(ix.listed, e)
	return nil
}
