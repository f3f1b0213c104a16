package team_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// machine drives a world by random steps. PINs are typed from a small set, and the
// dice of generated ones show the same small set first, so that conflicts are the
// rule and not the exception.
type machine struct {
	w      *world
	typist int
	keys   byte
	people []string
	kiosks []string
}

// begin gives a machine over a small organisation, so that each step meets somebody.
func begin(t *rapid.T, w *world) *machine {
	m := &machine{w: w, keys: 7, kiosks: []string{"k-0", "k-1"}}
	for _, k := range m.kiosks {
		w.kiosk(t, k)
	}
	for _, role := range []attendance.Role{attendance.Owner, attendance.Admin, attendance.Regular, attendance.Manager} {
		p, _ := w.person(t, "Somebody", role, "Bakery")
		m.people = append(m.people, p.ID)
	}
	if _, err := w.team.Assign(context.Background(), actor, "k-0", centraldb.Assignments{Teams: []string{"Bakery"}}); err != nil {
		t.Fatal(err)
	}
	return m
}

func typedPIN() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"1234", "1234", "2345", "1111", "123456"})
}

// throw loads the dice with PINs that somebody may have.
func (m *machine) throw(t *rapid.T) *team.Team {
	return m.w.dice(rapid.SliceOfN(rapid.SampledFrom([]int{1234, 2345, 1111}), 0, 3).Draw(t, "dice")...)
}

func (m *machine) role(t *rapid.T) attendance.Role {
	return rapid.SampledFrom([]attendance.Role{attendance.Owner, attendance.Admin, attendance.Manager, attendance.Regular, attendance.Regular}).Draw(t, "role")
}

func (m *machine) group(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "Bakery", "Bakery", "Shop"}).Draw(t, "team")
}

// actor is somebody new each time, so that the limit of refusals is met by the
// tests of it and not here.
func (m *machine) actor() string {
	m.typist++
	return fmt.Sprint("typist", m.typist)
}

func (m *machine) create(t *rapid.T) {
	p, _, err := m.throw(t).Create(context.Background(), actor, team.NewPerson{Name: "Somebody", Role: m.role(t), Team: m.group(t)})
	if err != nil {
		t.Fatal(err)
	}
	m.people = append(m.people, p.ID)
}

func (m *machine) importPeople(t *rapid.T) {
	var file strings.Builder
	file.WriteString("name,staff_no,role,team\n")
	for range rapid.IntRange(1, 3).Draw(t, "rows") {
		fmt.Fprintf(&file, "Somebody,,%s,%s\n", m.role(t), m.group(t))
	}
	r, err := m.throw(t).Import(context.Background(), actor, []byte(file.String()), false)
	if err != nil || len(r.Errors) > 0 {
		t.Fatal(r.Errors, err)
	}
	for _, p := range r.People {
		m.people = append(m.people, p.ID)
	}
}

func (m *machine) newKiosk(t *rapid.T) {
	id := fmt.Sprint("k-", len(m.kiosks))
	m.w.kioskBy(t, m.throw(t), id)
	m.kiosks = append(m.kiosks, id)
}

func (m *machine) somebody(t *rapid.T) attendance.Person {
	p, err := m.w.db.Person(context.Background(), rapid.SampledFrom(m.people).Draw(t, "person"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (m *machine) someKiosk(t *rapid.T) string {
	return rapid.SampledFrom(m.kiosks).Draw(t, "kiosk")
}

// tolerate lets refusals pass: the rules may say no, but only in these ways.
func tolerate(t *rapid.T, err error, codes ...problem.Code) {
	for _, code := range append(codes, problem.Conflict) {
		if problem.Is(err, code) {
			return
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (m *machine) typePIN(t *rapid.T) {
	p := m.somebody(t)
	tolerate(t, m.w.team.SetPIN(context.Background(), m.actor(), p.ID, parse(t, typedPIN().Draw(t, "pin"))), problem.Invalid)
}

func (m *machine) generate(t *rapid.T) {
	_, err := m.throw(t).GeneratePIN(context.Background(), actor, m.somebody(t).ID)
	tolerate(t, err)
}

func (m *machine) typeUniversal(t *rapid.T) {
	tolerate(t, m.w.team.SetUniversal(context.Background(), m.actor(), m.someKiosk(t), parse(t, typedPIN().Draw(t, "pin"))))
}

func (m *machine) generateUniversal(t *rapid.T) {
	_, err := m.throw(t).GenerateUniversal(context.Background(), actor, m.someKiosk(t))
	tolerate(t, err)
}

func (m *machine) edit(t *rapid.T) {
	p := m.somebody(t)
	p.Role, p.Team = m.role(t), m.group(t)
	p.Active = rapid.IntRange(0, 5).Draw(t, "active") > 0
	if _, err := m.throw(t).Set(context.Background(), actor, p); err != nil {
		t.Fatal(err)
	}
}

// setRole promotes or demotes somebody and leaves everything else.
func (m *machine) setRole(t *rapid.T, role attendance.Role) {
	p := m.somebody(t)
	p.Role = role
	if _, err := m.throw(t).Set(context.Background(), actor, p); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) promote(t *rapid.T) { m.setRole(t, attendance.Admin) }
func (m *machine) demote(t *rapid.T)  { m.setRole(t, attendance.Regular) }

func (m *machine) archive(t *rapid.T) {
	if err := m.w.team.Archive(context.Background(), actor, m.somebody(t).ID); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) restore(t *rapid.T) {
	_, err := m.throw(t).Restore(context.Background(), actor, m.somebody(t).ID)
	tolerate(t, err)
}

func (m *machine) unlock(t *rapid.T) {
	tolerate(t, m.w.team.Unlock(context.Background(), actor, m.somebody(t).ID))
}

func (m *machine) assign(t *rapid.T) {
	ctx := context.Background()
	a := centraldb.Assignments{Everyone: rapid.IntRange(0, 5).Draw(t, "everyone") == 0}
	for _, id := range m.people {
		p, err := m.w.db.Person(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if p.Active && rapid.Bool().Draw(t, "assigned") {
			a.People = append(a.People, id)
		}
	}
	if name := m.group(t); name != "" {
		a.Teams = []string{name}
	}
	if _, err := m.throw(t).Assign(ctx, actor, m.someKiosk(t), a); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) move(t *rapid.T) {
	_, err := m.throw(t).Move(context.Background(), actor, m.somebody(t).ID, m.group(t))
	tolerate(t, err, problem.NotFound)
}

func (m *machine) renameTeam(t *rapid.T) {
	_, err := m.w.team.RenameTeam(context.Background(), actor, m.group(t), m.group(t))
	tolerate(t, err, problem.NotFound, problem.Invalid)
}

// closeTeam archives a team, or brings it back.
func (m *machine) closeTeam(t *rapid.T) {
	do := m.w.team.ArchiveTeam
	if rapid.Bool().Draw(t, "back") {
		do = m.w.team.RestoreTeam
	}
	tolerate(t, do(context.Background(), actor, m.group(t)), problem.NotFound)
}

func (m *machine) changeLength(t *rapid.T) {
	if _, err := m.w.team.ChangeLength(context.Background(), actor, rapid.SampledFrom([]int{4, 4, 6}).Draw(t, "digits")); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) renewTeam(t *rapid.T) {
	if _, err := m.throw(t).RenewTeam(context.Background(), actor, m.group(t)); err != nil {
		t.Fatal(err)
	}
}

// rotate puts everything under a new data key, as central keys rotate does.
func (m *machine) rotate(t *rapid.T) {
	m.rekey(t, func(tx *centraldb.Tx, old, _ *team.Book) error {
		_, err := old.Reseal(context.Background(), tx, rand.Reader, m.w.book)
		return err
	})
}

// renewAll gives everybody a new PIN, as central keys replace does.
func (m *machine) renewAll(t *rapid.T) {
	m.rekey(t, func(tx *centraldb.Tx, _, _ *team.Book) error {
		length, err := tx.PINLength(context.Background())
		if err == nil {
			_, err = m.throw(t).Renew(context.Background(), tx, length.Digits)
		}
		return err
	})
}

func (m *machine) rekey(t *rapid.T, f func(tx *centraldb.Tx, old, book *team.Book) error) {
	m.keys++
	old, book := m.w.book, newBook(t, m.keys)
	m.w.under(book)
	if err := m.w.db.Update(context.Background(), func(tx *centraldb.Tx) error { return f(tx, old, book) }); err != nil {
		t.Fatal(err)
	}
}

// Whatever is done in whatever order, no rule is ever broken: not in the tables,
// not on any kiosk. Each run has a database of its own.
func TestRulesHoldAfterEveryStep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	newWorld(t, dir).close(t)
	template, err := os.ReadFile(filepath.Join(dir, "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		path := filepath.Join(dir, fmt.Sprint(run, ".db"))
		if err := os.WriteFile(path, template, 0o600); err != nil {
			rt.Fatal(err)
		}
		w := openWorld(rt, path)
		defer w.close(rt)
		m := begin(rt, w)
		rt.Repeat(map[string]func(*rapid.T){
			"create": m.create, "import": m.importPeople, "edit": m.edit, "promote": m.promote, "demote": m.demote,
			"archive": m.archive, "restore": m.restore, "unlock": m.unlock,
			"new kiosk": m.newKiosk, "assign": m.assign,
			"move": m.move, "rename a team": m.renameTeam, "archive a team": m.closeTeam,
			"type a PIN": m.typePIN, "type another PIN": m.typePIN, "generate a PIN": m.generate,
			"type a Universal PIN": m.typeUniversal, "type another Universal PIN": m.typeUniversal, "generate a Universal PIN": m.generateUniversal,
			"change the length": m.changeLength, "renew a team": m.renewTeam,
			"rotate the data key": m.rotate, "renew everybody": m.renewAll,
			"": func(t *rapid.T) { w.hold(t, m.people, m.kiosks) },
		})
		if head, err := audit.New(w.db, w.clock).Verify(context.Background()); err != nil || head.Rows == 0 {
			rt.Fatalf("audit: %+v, %v", head, err)
		}
	})
}
