package team_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/store/centraldb"
)

// facts are everything the rules speak of, decrypted from the tables.
type facts struct {
	people     []attendance.Person
	personal   map[string]pin.PIN
	universal  map[string]pin.PIN
	assignment map[string]centraldb.Assignments
}

func (w *world) facts(t fataler, people, kiosks []string) facts {
	t.Helper()
	ctx := context.Background()
	f := facts{personal: map[string]pin.PIN{}, universal: map[string]pin.PIN{}, assignment: map[string]centraldb.Assignments{}}
	for _, id := range people {
		p, err := w.db.Person(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.pin(t, pin.Personal, id); p.Active == got.IsZero() {
			t.Fatalf("P2: %s active %v, has a PIN %v", id, p.Active, !got.IsZero())
		} else if p.Active {
			f.people = append(f.people, p)
			f.personal[id] = got
		}
	}
	for _, k := range kiosks {
		f.universal[k] = w.pin(t, pin.Universal, k)
		a, err := w.db.Assignments(ctx, k)
		if err != nil {
			t.Fatal(err)
		}
		f.assignment[k] = a
	}
	return f
}

func assignedTo(a centraldb.Assignments, p attendance.Person) bool {
	return a.Everyone || slices.Contains(a.People, p.ID) || p.Team != "" && slices.Contains(a.Teams, p.Team)
}

// repeated is P6, asked without the code that has to keep it.
func repeated(p pin.PIN) bool {
	d := p.Reveal()
	return strings.Count(d, d[:1]) == len(d)
}

// broken names the first rule that does not hold.
func (f facts) broken() error {
	for i, p := range f.people {
		mine := f.personal[p.ID]
		if repeated(mine) {
			return fmt.Errorf("P6: %s has %s", p.ID, mine.Reveal())
		}
		for _, q := range f.people[i+1:] {
			if (p.Role.Privileged() || q.Role.Privileged()) && mine.Equal(f.personal[q.ID]) {
				return fmt.Errorf("P4: %s (%s) and %s (%s) share %s", p.ID, p.Role, q.ID, q.Role, mine.Reveal())
			}
		}
		for k, u := range f.universal {
			if p.Role.Privileged() && mine.Equal(u) {
				return fmt.Errorf("P5: %s has the PIN of kiosk %s", p.ID, k)
			}
			if !p.Role.Privileged() && mine.Equal(u) && assignedTo(f.assignment[k], p) {
				return fmt.Errorf("P10: %s has the PIN of their kiosk %s", p.ID, k)
			}
		}
	}
	for k, u := range f.universal {
		if u.IsZero() || repeated(u) {
			return fmt.Errorf("P3/P6: kiosk %s has no good PIN", k)
		}
		for l, v := range f.universal {
			if k != l && u.Equal(v) {
				return fmt.Errorf("P3: kiosks %s and %s share a PIN", k, l)
			}
		}
	}
	return nil
}

// rosterBroken names the first rule that does not hold among the PINs that one kiosk
// would be given.
func (w *world) rosterBroken(t fataler, f facts, kiosk string) error {
	t.Helper()
	rows, err := w.db.RosterPeople(context.Background(), kiosk)
	if err != nil {
		t.Fatal(err)
	}
	universal := f.universal[kiosk]
	listed := map[string]bool{}
	for i, r := range rows {
		mine := f.personal[r.ID]
		listed[r.ID] = true
		if mine.IsZero() || r.PIN.Len != mine.Len() || r.Listed != assignedTo(f.assignment[kiosk], r.Person) {
			return fmt.Errorf("roster of %s: %s has a PIN of %d digits, not %d", kiosk, r.ID, r.PIN.Len, mine.Len())
		}
		if mine.Equal(universal) && (r.Role.Privileged() || r.Listed) {
			return fmt.Errorf("roster of %s: the PIN of %s (%s) is the kiosk's", kiosk, r.ID, r.Role)
		}
		for _, o := range rows[i+1:] {
			if (r.Role.Privileged() || o.Role.Privileged()) && mine.Equal(f.personal[o.ID]) {
				return fmt.Errorf("roster of %s: %s and %s share a PIN", kiosk, r.ID, o.ID)
			}
		}
	}
	for _, p := range f.people {
		if want := p.Role.Privileged() || assignedTo(f.assignment[kiosk], p); want != listed[p.ID] {
			return fmt.Errorf("roster of %s: has %s %v, not %v", kiosk, p.ID, listed[p.ID], want)
		}
	}
	return nil
}

// hold fails where a rule is broken: asked in the tables, in what each kiosk would
// be given, and by the nightly check, which all have to agree.
func (w *world) hold(t fataler, people, kiosks []string) {
	t.Helper()
	f := w.facts(t, people, kiosks)
	if err := f.broken(); err != nil {
		t.Fatal(err)
	}
	for _, k := range kiosks {
		if err := w.rosterBroken(t, f, k); err != nil {
			t.Fatal(err)
		}
	}
	loads, err := w.db.Loads(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range loads {
		n := 0
		for _, p := range f.people {
			if assignedTo(f.assignment[l.Kiosk], p) {
				n++
			}
		}
		if n != l.Assignees || f.universal[l.Kiosk].Len() != l.PINLen {
			t.Fatalf("%s has %d people, the tables count %d", l.Kiosk, n, l.Assignees)
		}
	}
	found, err := w.team.Invariants(context.Background())
	if err != nil || len(found) > 0 {
		t.Fatalf("the nightly check: %+v, %v", found, err)
	}
}
