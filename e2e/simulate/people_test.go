package simulate

import (
	"context"
	"fmt"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/store/centraldb"
)

// person is somebody who works here. Kept is how they were when central was backed up.
type person struct {
	id string
	state
	kept state
}

// state is what the office has decided about a person.
type state struct {
	active bool
	digits string
	pin    uint64 // version
	unlock uint64 // version
}

// roll names a roster: its generation and version.
type roll struct{ gen, version uint64 }

// snapshot is everybody as they are.
func (w *world) snapshot() map[string]state {
	out := map[string]state{}
	for _, p := range w.people {
		out[p.id] = p.state
	}
	return out
}

// hashOf is as long as a bcrypt hash and tells, to the test's comparison, what it is of.
func hashOf(subject, digits string) []byte {
	return fmt.Appendf(nil, "$2a$10$%-53.53s", subject+"."+digits)
}

func (w *world) digits() string { return fmt.Sprintf("%04d", w.rng.IntN(10_000)) }

// hire makes somebody with a PIN.
func (w *world) hire() {
	p := &person{id: fmt.Sprintf("p%d", len(w.people)), state: state{active: true, digits: w.digits(), pin: 1}}
	w.people = append(w.people, p)
	w.centre.update(func(ctx context.Context, tx *centraldb.Tx) error {
		return tx.AddPeople(ctx, []attendance.Person{{ID: p.id, Name: "Person " + p.id, Role: attendance.Regular, Active: true}}, 1)
	})
	w.give(p)
	w.note("hired %s", p.id)
}

// give writes a person's PIN.
func (w *world) give(p *person) {
	w.centre.update(func(ctx context.Context, tx *centraldb.Tx) error {
		return tx.SetPIN(ctx, centraldb.PIN{
			Kind: pin.Personal, Subject: p.id, Version: p.pin, Len: 4, Sealed: []byte{1}, Tag: fmt.Append(nil, p.id, p.pin), Hash: hashOf(p.id, p.digits),
		})
	})
}

// officeHours changes something about somebody.
func (w *world) officeHours() {
	if w.chance(6) && len(w.people) < 12 {
		w.hire()
		w.centre.refresh()
		return
	}
	p := w.people[w.rng.IntN(len(w.people))]
	if p.pin == 0 {
		return // hired after the backup that was restored: nobody knows them
	}
	switch w.rng.IntN(4) {
	case 0:
		p.active = !p.active
		w.centre.update(func(ctx context.Context, tx *centraldb.Tx) error {
			who, err := tx.Person(ctx, p.id)
			if err != nil {
				return err
			}
			who.Active = p.active
			return tx.SetPerson(ctx, who)
		})
	case 1:
		p.unlock++
		w.centre.update(func(ctx context.Context, tx *centraldb.Tx) error { return tx.Unlock(ctx, p.id) })
	default:
		p.digits = w.digits()
		p.pin++
		w.give(p)
	}
	w.note("office: %s %+v", p.id, p.state)
	w.centre.refresh()
}
