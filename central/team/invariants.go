package team

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/store/centraldb"
)

// Finding is a rule that does not hold for a PIN, which it does not tell.
type Finding struct {
	Rule    string   `json:"rule"` // P2 to P6, P10, length, sealed, orphan or assigned
	Kind    pin.Kind `json:"kind"`
	Subject string   `json:"subject"`         // a person's or a kiosk's id
	Other   string   `json:"other,omitempty"` // whose PIN is the same
	Text    string   `json:"text"`
}

// Invariants opens every PIN and holds all against the rules, as of one instant.
// It asks nothing of the tags by which changes are checked, so that it finds what
// a fault there let through, and what somebody wrote into the database by hand.
func (t *Team) Invariants(ctx context.Context) ([]Finding, error) {
	var found []Finding
	err := t.store.Update(ctx, func(tx *centraldb.Tx) error {
		var err error
		found, err = t.invariants(ctx, tx)
		return err
	})
	return found, err
}

func (t *Team) invariants(ctx context.Context, tx *centraldb.Tx) ([]Finding, error) {
	i := inspection{digits: map[centraldb.PINKey]pin.PIN{}, rows: map[centraldb.PINKey]centraldb.PIN{}, same: map[pin.PIN][]attendance.Person{}}
	var err error
	if i.people, err = tx.AllPeople(ctx); err != nil {
		return nil, err
	}
	if i.kiosks, err = tx.AllAssignments(ctx); err != nil {
		return nil, err
	}
	if i.teams, err = tx.OpenTeams(ctx); err != nil {
		return nil, err
	}
	if i.length, err = tx.PINLength(ctx); err != nil {
		return nil, err
	}
	err = eachPIN(ctx, tx, func(row centraldb.PIN) error {
		i.open(t.book, row)
		return nil
	})
	if err != nil {
		return nil, err
	}
	i.orphans()
	i.unknown()
	i.personal()
	i.universal()
	slices.SortFunc(i.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Other, b.Other))
	})
	return i.found, nil
}

// inspection is one look at everything the rules speak of.
type inspection struct {
	people []attendance.Person
	kiosks map[string]centraldb.Assignments
	teams  []string
	length centraldb.PINLength
	rows   map[centraldb.PINKey]centraldb.PIN // that are not erased
	digits map[centraldb.PINKey]pin.PIN       // of those that open
	same   map[pin.PIN][]attendance.Person    // active people by their PIN
	found  []Finding
}

func (i *inspection) broken(rule string, key centraldb.PINKey, other, text string) {
	i.found = append(i.found, Finding{Rule: rule, Kind: key.Kind, Subject: key.Subject, Other: other, Text: text})
}

// open reads one row: its parts have to belong together.
func (i *inspection) open(book *Book, row centraldb.PIN) {
	if row.Len == 0 {
		return
	}
	i.rows[row.Key()] = row
	if err := book.Holds(row); err != nil {
		i.broken("sealed", row.Key(), "", "The PIN can't be read, or is not what its row says.")
	}
	p, err := book.Open(row)
	if err != nil {
		return // told above
	}
	i.digits[row.Key()] = p
	if pin.CheckRepeated(p) != nil {
		i.broken("P6", row.Key(), "", "The PIN is one digit repeated.")
	}
}

// orphans are PINs of nobody.
func (i *inspection) orphans() {
	known := make(map[string]bool, len(i.people))
	for _, p := range i.people {
		known[p.ID] = true
	}
	for key := range i.rows {
		_, kiosk := i.kiosks[key.Subject]
		if key.Kind == pin.Personal && !known[key.Subject] || key.Kind == pin.Universal && !kiosk {
			i.broken("orphan", key, "", "The PIN belongs to nobody.")
		}
	}
}

// unknown are teams that people are in, and teams and people that kiosks list, which
// are not there: P10 would be asked of nobody.
func (i *inspection) unknown() {
	teams, known := map[string]bool{"": true}, map[string]bool{}
	for _, name := range i.teams {
		teams[name] = true
	}
	for _, who := range i.people {
		known[who.ID] = true
		if who.Active && !teams[who.Team] {
			i.broken("assigned", centraldb.PINKey{Kind: pin.Personal, Subject: who.ID}, "", "The person's team is not there.")
		}
	}
	for kiosk, a := range i.kiosks {
		key := centraldb.PINKey{Kind: pin.Universal, Subject: kiosk}
		if slices.ContainsFunc(a.Teams, func(name string) bool { return !teams[name] }) {
			i.broken("assigned", key, "", "The kiosk lists a team that is not there.")
		}
		if slices.ContainsFunc(a.People, func(id string) bool { return !known[id] }) {
			i.broken("assigned", key, "", "The kiosk lists a person who is not there.")
		}
	}
}

// personal asks P2, P4 and the length.
func (i *inspection) personal() {
	for _, who := range i.people {
		key := centraldb.PINKey{Kind: pin.Personal, Subject: who.ID}
		row, has := i.rows[key]
		switch {
		case who.Active && !has:
			i.broken("P2", key, "", "The person has no PIN.")
		case !who.Active && has:
			i.broken("P2", key, "", "The person is archived and has a PIN.")
		}
		if !who.Active || !has {
			continue
		}
		if row.Len < i.length.Digits && row.ChangedAt > i.length.Since {
			i.broken("length", key, "", fmt.Sprintf("The PIN is new and has fewer than %d digits.", i.length.Digits))
		}
		mine, ok := i.digits[key]
		if !ok {
			continue
		}
		for _, other := range i.same[mine] {
			if who.Role.Privileged() || other.Role.Privileged() {
				i.broken("P4", key, other.ID, "An owner's or admin's PIN is somebody else's too.")
			}
		}
		i.same[mine] = append(i.same[mine], who)
	}
}

// universal asks P3, P5 and P10 of every kiosk.
func (i *inspection) universal() {
	seen := map[pin.PIN]string{}
	kiosks := make([]string, 0, len(i.kiosks))
	for k := range i.kiosks {
		kiosks = append(kiosks, k)
	}
	slices.Sort(kiosks)
	for _, k := range kiosks {
		key := centraldb.PINKey{Kind: pin.Universal, Subject: k}
		if _, ok := i.rows[key]; !ok {
			i.broken("P3", key, "", "The kiosk has no Universal PIN.")
		}
		u, ok := i.digits[key]
		if !ok {
			continue
		}
		if other := seen[u]; other != "" {
			i.broken("P3", key, other, "Two kiosks have the same Universal PIN.")
		}
		seen[u] = k
		for _, who := range i.same[u] {
			switch {
			case who.Role.Privileged():
				i.broken("P5", key, who.ID, "An owner's or admin's PIN is a kiosk's Universal PIN.")
			case assigned(i.kiosks[k], who):
				i.broken("P10", key, who.ID, "A person's PIN is the Universal PIN of their kiosk.")
			}
		}
	}
}

func assigned(a centraldb.Assignments, who attendance.Person) bool {
	return a.Everyone || slices.Contains(a.People, who.ID) || who.Team != "" && slices.Contains(a.Teams, who.Team)
}
