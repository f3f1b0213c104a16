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
	var kiosks, people []string
	for i := range 3 {
		kiosks = append(kiosks, fmt.Sprint("k-", i))
		w.kiosk(t, kiosks[i])
	}
	for i := range 8 {
		p, _ := w.person(t, "Somebody", attendance.Regular, fmt.Sprint("team-", i%2))
		people = append(people, p.ID)
	}
	var workers sync.WaitGroup
	for n := range 8 {
		workers.Go(func() {
			for i := range 12 {
				if err := w.write(t.Context(), n, i, people, kiosks); err != nil && !problem.Is(err, problem.Conflict) {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	if err := w.facts(t, people, kiosks).broken(); err != nil {
		t.Fatal(err)
	}
}

// write is the i-th change of the n-th writer; their PINs clash on purpose.
func (w *world) write(ctx context.Context, n, i int, people, kiosks []string) error {
	p, err := w.db.Person(ctx, people[(n+i)%len(people)])
	if err != nil {
		return err
	}
	typed, err := pin.Parse([]string{"1234", "2345", "3456"}[(n+i)%3])
	if err != nil {
		return err
	}
	typist := fmt.Sprint("typist", n, "-", i)
	switch n % 4 {
	case 0:
		p.Role = []attendance.Role{attendance.Regular, attendance.Admin}[(n+i)%2]
		_, err = w.team.Edit(ctx, actor, p)
	case 1:
		err = w.team.SetPIN(ctx, typist, p.ID, typed)
	case 2:
		err = w.team.SetUniversal(ctx, typist, kiosks[i%3], typed)
	default:
		_, err = w.team.Assign(ctx, actor, kiosks[i%3], centraldb.Assignments{Teams: []string{fmt.Sprint("team-", i%2)}})
	}
	return err
}
