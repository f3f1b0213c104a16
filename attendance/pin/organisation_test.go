package pin_test

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"pgregory.net/rapid"
)

// organisation is the smallest one that the rules are about. It looks things up
// as central does, and its own check (broken) is written without the rules.
type organisation struct {
	people map[string]*member
	kiosks map[string]pin.PIN
	assign map[string]map[string]bool // kiosk -> person
	random *rand.ChaCha8
}

type member struct {
	role attendance.Role
	pin  pin.PIN
}

// others answers for the PINs of everybody but subject.
func (o *organisation) others(subject string) pin.Others {
	anyone := func(want bool, in func(string) bool) func(pin.PIN) bool {
		return func(p pin.PIN) bool {
			for id, m := range o.people {
				if id != subject && m.role.Privileged() == want && m.pin == p && in(id) {
					return true
				}
			}
			return false
		}
	}
	kiosk := func(in func(string) bool) func(pin.PIN) bool {
		return func(p pin.PIN) bool {
			for id, u := range o.kiosks {
				if id != subject && u == p && in(id) {
					return true
				}
			}
			return false
		}
	}
	all := func(string) bool { return true }
	return pin.Others{
		Privileged: anyone(true, all), Regular: anyone(false, all), Universal: kiosk(all),
		UniversalAssigned: kiosk(func(k string) bool { return o.assign[k][subject] }),
		RegularAssigned:   anyone(false, func(p string) bool { return o.assign[subject][p] }),
	}
}

// renew gives the person a new PIN where the one they have breaks a rule.
func (o *organisation) renew(t *rapid.T, id string) {
	m := o.people[id]
	refuse := func(p pin.PIN) bool { return pin.CheckPersonal(p, m.role.Privileged(), o.others(id)) != nil }
	if !m.pin.IsZero() && !refuse(m.pin) {
		return
	}
	p, err := pin.Generate(o.random, 4, pin.Space(4)-100, refuse)
	if err != nil {
		t.Fatal(err)
	}
	m.pin = p
}

func (o *organisation) person(t *rapid.T) string {
	return o.pick(t, "person", len(o.people), keys(o.people))
}

func (o *organisation) kiosk(t *rapid.T) string {
	return o.pick(t, "kiosk", len(o.kiosks), keys(o.kiosks))
}

func (o *organisation) pick(t *rapid.T, what string, n int, from []string) string {
	if n == 0 {
		t.Skip("no " + what)
	}
	return rapid.SampledFrom(from).Draw(t, what)
}

func keys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// typed draws from few PINs, so that they meet.
func typed(t *rapid.T) pin.PIN {
	p, err := pin.Parse(rapid.SampledFrom([]string{"1234", "1235", "1236", "1111", "0000", "123456"}).Draw(t, "pin"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func role(t *rapid.T) attendance.Role {
	return rapid.SampledFrom([]attendance.Role{attendance.Owner, attendance.Admin, attendance.Manager, attendance.Regular}).Draw(t, "role")
}

func (o *organisation) Create(t *rapid.T) {
	id := fmt.Sprintf("p%d", len(o.people))
	o.people[id] = &member{role: role(t)}
	o.renew(t, id)
}

// Edit sets a typed PIN, and checks that the rules refuse exactly what would
// break the organisation.
func (o *organisation) Edit(t *rapid.T) {
	id, p := o.person(t), typed(t)
	m := o.people[id]
	err := pin.CheckPersonal(p, m.role.Privileged(), o.others(id))
	old := m.pin
	m.pin = p
	if bad := o.broken(); (bad != "") != (err != nil) {
		t.Fatalf("%s takes a PIN: rules say %v, the organisation %q", id, err, bad)
	}
	if err != nil {
		m.pin = old
	}
}

// SetRole promotes and demotes; the PIN is judged again.
func (o *organisation) SetRole(t *rapid.T) {
	id := o.person(t)
	o.people[id].role = role(t)
	o.renew(t, id)
}

func (o *organisation) NewKiosk(t *rapid.T) { o.universal(t, fmt.Sprintf("k%d", len(o.kiosks))) }

func (o *organisation) Rotate(t *rapid.T) { o.universal(t, o.kiosk(t)) }

func (o *organisation) universal(t *rapid.T, id string) {
	p := typed(t)
	err := pin.CheckUniversal(p, o.others(id))
	old, had := o.kiosks[id]
	o.kiosks[id] = p
	if bad := o.broken(); (bad != "") != (err != nil) {
		t.Fatalf("%s takes a PIN: rules say %v, the organisation %q", id, err, bad)
	}
	if err == nil {
		return
	}
	delete(o.kiosks, id)
	if had {
		o.kiosks[id] = old
	}
}

// Assign may break P10: the person gets a new PIN.
func (o *organisation) Assign(t *rapid.T) {
	k, p := o.kiosk(t), o.person(t)
	if o.assign[k] == nil {
		o.assign[k] = map[string]bool{}
	}
	o.assign[k][p] = true
	o.renew(t, p)
}

func (o *organisation) Unassign(t *rapid.T) { delete(o.assign[o.kiosk(t)], o.person(t)) }

func (o *organisation) Check(t *rapid.T) {
	if bad := o.broken(); bad != "" {
		t.Fatal(bad)
	}
}

// broken names a rule that does not hold, read from the rules' own sentences.
func (o *organisation) broken() string {
	for id, m := range o.people {
		if strings.Count(m.pin.Reveal(), m.pin.Reveal()[:1]) == m.pin.Len() {
			return "P6: " + id
		}
		for other, n := range o.people {
			if id != other && m.role.Privileged() && m.pin.Reveal() == n.pin.Reveal() {
				return "P4: " + id + " and " + other
			}
		}
		for k, u := range o.kiosks {
			if u.Reveal() == m.pin.Reveal() && (m.role.Privileged() || o.assign[k][id]) {
				return "P5 or P10: " + id + " at " + k
			}
		}
	}
	for k, u := range o.kiosks {
		if strings.Count(u.Reveal(), u.Reveal()[:1]) == u.Len() {
			return "P6: " + k
		}
		for other, v := range o.kiosks {
			if k != other && u.Reveal() == v.Reveal() {
				return "P3: " + k + " and " + other
			}
		}
	}
	return ""
}

// Whatever is done in whatever order, no rule is ever broken.
func TestOrganisationKeepsTheRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := &organisation{
			people: map[string]*member{}, kiosks: map[string]pin.PIN{}, assign: map[string]map[string]bool{},
			random: rand.NewChaCha8([32]byte{5}),
		}
		t.Repeat(map[string]func(*rapid.T){
			"create": o.Create, "edit": o.Edit, "set role": o.SetRole, "new kiosk": o.NewKiosk,
			"rotate": o.Rotate, "assign": o.Assign, "unassign": o.Unassign, "": o.Check,
		})
	})
}
