package team_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
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

func assigned(a centraldb.Assignments, p attendance.Person) bool {
	return a.Everyone || slices.Contains(a.People, p.ID) || p.Team != "" && slices.Contains(a.Teams, p.Team)
}

// broken names the first rule that does not hold.
func (f facts) broken() error {
	for i, p := range f.people {
		mine := f.personal[p.ID]
		if pin.CheckRepeated(mine) != nil {
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
			if !p.Role.Privileged() && mine.Equal(u) && assigned(f.assignment[k], p) {
				return fmt.Errorf("P10: %s has the PIN of their kiosk %s", p.ID, k)
			}
		}
	}
	for k, u := range f.universal {
		if u.IsZero() || pin.CheckRepeated(u) != nil {
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

// machine drives a world by random steps. PINs are typed from a small set, so
// that conflicts are the rule and not the exception.
type machine struct {
	w      *world
	run    int
	people []string
	kiosks []string
}

func typedPIN() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"1234", "2345", "3456", "4567", "5678", "6789", "7890", "1111"})
}

func (m *machine) role(t *rapid.T) attendance.Role {
	return rapid.SampledFrom([]attendance.Role{attendance.Owner, attendance.Admin, attendance.Manager, attendance.Regular, attendance.Regular}).Draw(t, "role")
}

func (m *machine) group(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "Bakery", "Shop"}).Draw(t, "team") + fmt.Sprint("-", m.run)
}

func (m *machine) create(t *rapid.T) {
	p, _ := m.w.person(t, "Somebody", m.role(t), m.group(t))
	m.people = append(m.people, p.ID)
}

func (m *machine) newKiosk(t *rapid.T) {
	id := fmt.Sprintf("k-%d-%d", m.run, len(m.kiosks))
	m.w.kiosk(t, id)
	m.kiosks = append(m.kiosks, id)
}

func (m *machine) somebody(t *rapid.T) string {
	if len(m.people) == 0 {
		t.Skip("nobody yet")
	}
	return rapid.SampledFrom(m.people).Draw(t, "person")
}

func (m *machine) someKiosk(t *rapid.T) string {
	if len(m.kiosks) == 0 {
		t.Skip("no kiosk yet")
	}
	return rapid.SampledFrom(m.kiosks).Draw(t, "kiosk")
}

// tolerate lets refusals pass: the rules may say no, but only in these ways.
func tolerate(t *rapid.T, err error) {
	if err == nil || problem.Is(err, problem.Limited) {
		return
	}
	if !problem.Is(err, problem.Conflict) {
		t.Fatal(err)
	}
}

func (m *machine) typePIN(t *rapid.T) {
	tolerate(t, m.w.team.SetPIN(context.Background(), fmt.Sprint("a", m.run, len(m.people), rapid.Int().Draw(t, "actor")),
		m.somebody(t), parse(t, typedPIN().Draw(t, "pin"))))
}

func (m *machine) typeUniversal(t *rapid.T) {
	tolerate(t, m.w.team.SetUniversal(context.Background(), fmt.Sprint("a", rapid.Int().Draw(t, "actor")),
		m.someKiosk(t), parse(t, typedPIN().Draw(t, "pin"))))
}

func (m *machine) rotate(t *rapid.T) {
	if _, err := m.w.team.GenerateUniversal(context.Background(), actor, m.someKiosk(t)); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) edit(t *rapid.T) {
	ctx := context.Background()
	p, err := m.w.db.Person(ctx, m.somebody(t))
	if err != nil {
		t.Fatal(err)
	}
	p.Role, p.Team = m.role(t), m.group(t)
	p.Active = rapid.IntRange(0, 5).Draw(t, "active") > 0
	if _, err := m.w.team.Edit(ctx, actor, p); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) assign(t *rapid.T) {
	ctx := context.Background()
	a := centraldb.Assignments{}
	for _, id := range m.people {
		p, err := m.w.db.Person(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if p.Active && rapid.Bool().Draw(t, "assigned") {
			a.People = append(a.People, id)
		}
	}
	if rapid.Bool().Draw(t, "by team") {
		a.Teams = []string{m.group(t)}
	}
	if _, err := m.w.team.Assign(ctx, actor, m.someKiosk(t), a); err != nil {
		t.Fatal(err)
	}
}

func TestRulesHoldAfterEveryStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++ // each run has people, teams and kiosks of its own in the one database
		m := &machine{w: w, run: run}
		clear(rt, w)
		rt.Repeat(map[string]func(*rapid.T){
			"create":        m.create,
			"newKiosk":      m.newKiosk,
			"typePIN":       m.typePIN,
			"typeUniversal": m.typeUniversal,
			"rotate":        m.rotate,
			"edit":          m.edit,
			"assign":        m.assign,
			"": func(t *rapid.T) {
				if err := w.facts(t, m.people, m.kiosks).broken(); err != nil {
					t.Fatal(err)
				}
			},
		})
		m.leave(rt)
	})
	if head, err := w.audit.Verify(t.Context()); err != nil || head.Rows == 0 {
		t.Fatalf("audit: %+v, %v", head, err)
	}
}

// clear is a run's beginning: what earlier runs left must not be in its way.
func clear(rt *rapid.T, w *world) { rt.Helper(); w.pass(1) }

// leave archives everybody and puts long PINs on the kiosks, so that the next run
// meets the same empty field as the first.
func (m *machine) leave(t *rapid.T) {
	ctx := context.Background()
	for _, id := range m.people {
		if err := m.w.team.Archive(ctx, actor, id); err != nil {
			t.Fatal(err)
		}
	}
	for i, k := range m.kiosks {
		digits := fmt.Sprintf("%05d%03d", m.run%100000, i)
		if err := m.w.team.SetUniversal(ctx, fmt.Sprint("leave", m.run), k, parse(t, digits)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRulesHoldUnderConcurrentWriters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ctx := t.Context()
	var kiosks, people []string
	for i := range 3 {
		kiosks = append(kiosks, fmt.Sprint("k-", i))
		w.kiosk(t, kiosks[i])
	}
	for i := range 8 {
		p, _ := w.person(t, "Somebody", attendance.Regular, fmt.Sprint("team-", i%2))
		people = append(people, p.ID)
	}
	digits := []string{"1234", "2345", "3456"}
	var workers sync.WaitGroup
	for n := range 8 {
		workers.Go(func() {
			for i := range 12 {
				p, err := w.db.Person(ctx, people[(n+i)%len(people)])
				if err != nil {
					t.Error(err)
					return
				}
				p.Role = []attendance.Role{attendance.Regular, attendance.Admin}[(n+i)%2]
				typed := parse(t, digits[(n+i)%3])
				var errs []error
				switch n % 4 {
				case 0:
					_, err = w.team.Edit(ctx, actor, p)
					errs = append(errs, err)
				case 1:
					errs = append(errs, w.team.SetPIN(ctx, fmt.Sprint("typist", n, i), p.ID, typed))
				case 2:
					errs = append(errs, w.team.SetUniversal(ctx, fmt.Sprint("typist", n, i), kiosks[i%3], typed))
				case 3:
					_, err = w.team.Assign(ctx, actor, kiosks[i%3], centraldb.Assignments{Teams: []string{fmt.Sprint("team-", i%2)}})
					errs = append(errs, err)
				}
				for _, err := range errs {
					if err != nil && !problem.Is(err, problem.Conflict) {
						t.Error(err)
					}
				}
			}
		})
	}
	workers.Wait()
	if err := w.facts(t, people, kiosks).broken(); err != nil {
		t.Fatal(err)
	}
}

// take frees a typed PIN for exactly one person.
func take(t *testing.T, w *world, person, digits string) {
	t.Helper()
	if err := w.team.SetPIN(t.Context(), "setup", person, parse(t, digits)); err != nil {
		t.Fatal(err)
	}
}

func TestPromotionForcesANewPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	a, _ := w.person(t, "Ann", attendance.Regular, "")
	b, _ := w.person(t, "Bo", attendance.Regular, "")
	take(t, w, a.ID, "1234")
	take(t, w, b.ID, "1234") // two regular people may share one
	a.Role = attendance.Admin
	issued, err := w.team.Edit(t.Context(), actor, a)
	if err != nil {
		t.Fatal(err)
	}
	if len(issued) != 1 || issued[0].Subject != a.ID || !issued[0].Forced || issued[0].PIN.Equal(parse(t, "1234")) {
		t.Fatalf("issued %d", len(issued))
	}
	if !w.pin(t, pin.Personal, a.ID).Equal(issued[0].PIN) || !w.pin(t, pin.Personal, b.ID).Equal(parse(t, "1234")) {
		t.Fatal("the tables say something else")
	}
	if w.rosters.all == 0 {
		t.Fatal("an admin is in every roster, but not all were refreshed")
	}
}

func TestAssignmentForcesANewPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.kiosk(t, "door")
	if err := w.team.SetUniversal(t.Context(), "setup", "door", parse(t, "4321")); err != nil {
		t.Fatal(err)
	}
	a, _ := w.person(t, "Ann", attendance.Manager, "Bakery")
	take(t, w, a.ID, "4321") // allowed: not assigned
	issued, err := w.team.Assign(t.Context(), actor, "door", centraldb.Assignments{Teams: []string{"Bakery"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(issued) != 1 || issued[0].Subject != a.ID || !issued[0].Forced {
		t.Fatalf("issued %+v", issued)
	}
	if !slices.Contains(w.rosters.told(), "door") {
		t.Fatal("the kiosk's roster was not refreshed")
	}
}

func TestEveryRefusalReadsTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.kiosk(t, "door")
	if err := w.team.SetUniversal(t.Context(), "setup", "door", parse(t, "5678")); err != nil {
		t.Fatal(err)
	}
	admin, _ := w.person(t, "Ann", attendance.Admin, "")
	take(t, w, admin.ID, "2345")
	other, _ := w.person(t, "Bo", attendance.Regular, "")
	take(t, w, other.ID, "3456")
	if _, err := w.team.Assign(t.Context(), actor, "door", centraldb.Assignments{People: []string{other.ID}}); err != nil {
		t.Fatal(err)
	}
	refusals := []error{
		w.team.SetPIN(t.Context(), "a", other.ID, parse(t, "2345")),     // P4
		w.team.SetPIN(t.Context(), "a", admin.ID, parse(t, "3456")),     // P4
		w.team.SetPIN(t.Context(), "b", admin.ID, parse(t, "5678")),     // P5
		w.team.SetPIN(t.Context(), "b", other.ID, parse(t, "7777")),     // P6
		w.team.SetPIN(t.Context(), "c", other.ID, parse(t, "5678")),     // P10
		w.team.SetUniversal(t.Context(), "c", "door", parse(t, "2345")), // P5
		w.team.SetUniversal(t.Context(), "c", "door", parse(t, "3456")), // P10
	}
	for i, err := range refusals {
		p := problem.From(err)
		if err == nil || p.Code != problem.Conflict || p.Message != "This PIN can't be used here." || len(p.Detail) != 0 || p.Err != nil {
			t.Errorf("refusal %d tells more: %v", i, err)
		}
	}
}

func TestFiveRefusalsAnHourBlockTheActor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	a, _ := w.person(t, "Ann", attendance.Regular, "")
	bad, good := parse(t, "7777"), parse(t, "1234")
	for range 5 {
		if err := w.team.SetPIN(t.Context(), actor, a.ID, bad); !problem.Is(err, problem.Conflict) {
			t.Fatal(err)
		}
	}
	if err := w.team.SetPIN(t.Context(), actor, a.ID, good); !problem.Is(err, problem.Limited) {
		t.Fatalf("not blocked: %v", err)
	}
	if err := w.team.SetPIN(t.Context(), "other@acme.example", a.ID, good); err != nil {
		t.Fatalf("somebody else is blocked too: %v", err)
	}
	w.pass(61 * 60e9)
	if err := w.team.SetPIN(t.Context(), actor, a.ID, good); err != nil {
		t.Fatalf("still blocked: %v", err)
	}
}

func TestAGrowingKioskGetsALongerPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.kiosk(t, "door")
	if _, err := w.team.Assign(t.Context(), actor, "door", centraldb.Assignments{Everyone: true}); err != nil {
		t.Fatal(err)
	}
	var last []team.Issued
	for i := range 51 {
		if n := w.pin(t, pin.Universal, "door").Len(); n != 4 {
			t.Fatalf("%d people: %d digits", i, n)
		}
		_, issued, err := w.team.Create(t.Context(), actor, team.NewPerson{Name: "Somebody"})
		if err != nil {
			t.Fatal(err)
		}
		last = issued
	}
	if len(last) != 2 || last[1].Kind != pin.Universal || last[1].PIN.Len() != 6 || !last[1].Forced {
		t.Fatalf("51 people: issued %d", len(last))
	}
}
