package team_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/store/centraldb"
)

// loaded are dice that show certain PINs first: crypto/rand.Int reads two bytes
// for a number below 10,000. Everything else is drawn from the system.
type loaded struct{ numbers []int }

func (l *loaded) Read(b []byte) (int, error) {
	if len(b) == 2 && len(l.numbers) > 0 {
		b[0], b[1] = byte(l.numbers[0]>>8), byte(l.numbers[0])
		l.numbers = l.numbers[1:]
		return 2, nil
	}
	return rand.Read(b)
}

// dice gives a Team on the same tables whose next PINs are drawn as told.
func (w *world) dice(numbers ...int) *team.Team {
	return team.New(team.Config{
		Store: w.db, Book: w.book, Audit: w.audit, Rosters: w.rosters, Now: w.clock, Random: &loaded{numbers},
	})
}

func TestGeneratedPINsPassOverTheForbidden(t *testing.T) {
	t.Parallel()
	const regular, admin, universal, spare = 1234, 2345, 3456, 4321
	w := newWorld(t, t.TempDir())
	ctx := t.Context()
	w.kiosk(t, "door")
	w.kiosk(t, "yard")
	bo, _ := w.person(t, "Bo", attendance.Regular, "Bakery")
	take(t, w, bo.ID, "1234")
	ann, _ := w.person(t, "Ann", attendance.Admin, "")
	take(t, w, ann.ID, "2345")
	if err := w.team.SetUniversal(ctx, "setup", "door", parse(t, "3456")); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"door", "yard"} {
		if _, err := w.team.Assign(ctx, actor, k, centraldb.Assignments{Teams: []string{"Bakery"}}); err != nil {
			t.Fatal(err)
		}
	}
	create := func(tm *team.Team, role attendance.Role, group string) pin.PIN {
		t.Helper()
		p, issued, err := tm.Create(ctx, actor, team.NewPerson{Name: "New", Role: role, Team: group})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.team.Archive(ctx, actor, p.ID); err != nil { // out of the next one's way
			t.Fatal(err)
		}
		return issued[0].PIN
	}
	rotate := func(tm *team.Team) pin.PIN {
		t.Helper()
		p, err := tm.GenerateUniversal(ctx, actor, "yard")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct {
		name string
		got  pin.PIN
		want string
	}{
		{"P6", create(w.dice(7777, spare), attendance.Regular, ""), "4321"},
		{"P4 of a regular", create(w.dice(admin, spare), attendance.Regular, ""), "4321"},
		{"regular people share", create(w.dice(regular, spare), attendance.Regular, ""), "1234"},
		{"P10", create(w.dice(universal, spare), attendance.Regular, "Bakery"), "4321"},
		{"P10 only where assigned", create(w.dice(universal, spare), attendance.Regular, ""), "3456"},
		{"P4 of an admin", create(w.dice(regular, admin, spare), attendance.Admin, ""), "4321"},
		{"P5 of an owner", create(w.dice(universal, spare), attendance.Owner, ""), "4321"},
		{"P3", rotate(w.dice(universal, spare)), "4321"},
		{"P5 of a kiosk", rotate(w.dice(admin, spare)), "4321"},
		{"P10 of a kiosk", rotate(w.dice(regular, spare)), "4321"},
	} {
		if c.got.Reveal() != c.want {
			t.Errorf("%s: got %s, want %s", c.name, c.got.Reveal(), c.want)
		}
	}
	w.importsPastTheForbidden(t, w.dice(regular, universal, admin, 9876, 9876, universal, 5432))
}

// importsPastTheForbidden imports an admin and a baker with loaded dice.
func (w *world) importsPastTheForbidden(t *testing.T, tm *team.Team) {
	t.Helper()
	file := []byte("name,staff_no,role,team\nNew,1,admin,\nNew,2,,Bakery\n")
	r, err := tm.Import(t.Context(), actor, file, false)
	if err != nil || len(r.People) != 2 {
		t.Fatalf("%+v, %v", r.Errors, err)
	}
	if a, b := r.People[0].PIN.Reveal(), r.People[1].PIN.Reveal(); a != "9876" || b != "5432" {
		t.Errorf("import: the admin got %s, the baker %s", a, b)
	}
}

func TestALargeOrganisationGivesOwnersLongerPINs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.crowd(t, 6000, attendance.Regular)
	if _, p := w.person(t, "Ann", attendance.Owner, ""); p.Len() != 6 {
		t.Errorf("an owner's has %d digits", p.Len())
	}
	if _, p := w.person(t, "Bo", attendance.Regular, ""); p.Len() != 4 {
		t.Errorf("a regular person's has %d digits", p.Len())
	}
	r := w.imported(t, "name,staff_no,role\nCy,1,admin\nDi,2,\n")
	if r.People[0].PIN.Len() != 6 || r.People[1].PIN.Len() != 4 {
		t.Errorf("imported: %d and %d digits", r.People[0].PIN.Len(), r.People[1].PIN.Len())
	}
}

// crowd adds people whose PINs are all different, from 2000 up.
func (w *world) crowd(t *testing.T, n int, role attendance.Role) {
	t.Helper()
	people, rows := make([]attendance.Person, n), make([]centraldb.PIN, n)
	for i := range n {
		id := fmt.Sprintf("p-crowd%04d", i)
		people[i] = attendance.Person{ID: id, Name: "Somebody", Role: role, Active: true}
		var err error
		if rows[i], err = w.book.Row(rand.Reader, pin.Personal, id, 1, parse(t, digits4(i+2000)), 1); err != nil {
			t.Fatal(err)
		}
	}
	err := w.db.Update(t.Context(), func(tx *centraldb.Tx) error {
		return errors.Join(tx.AddPeople(t.Context(), people, 1), tx.AddPINs(t.Context(), rows))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func digits4(n int) string {
	return string([]byte{byte('0' + n/1000), byte('0' + n/100%10), byte('0' + n/10%10), byte('0' + n%10)})
}
