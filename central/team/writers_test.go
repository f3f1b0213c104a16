package team_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// writer does random changes to one organisation, beside others.
type writer struct {
	w      *world
	name   string
	dice   *rand.Rand
	mu     *sync.Mutex // over what is shared
	people *[]string
	kiosks []string
}

func (x *writer) one(list []string) string { return list[x.dice.IntN(len(list))] }

func (x *writer) somebody(ctx context.Context) (attendance.Person, error) {
	x.mu.Lock()
	id := x.one(*x.people)
	x.mu.Unlock()
	return x.w.db.Person(ctx, id)
}

// loaded gives a Team whose first dice show what others type.
func (x *writer) loaded() *team.Team {
	return x.w.dice([]int{1234, 2345, 3456}[x.dice.IntN(3)], []int{1234, 2345, 3456}[x.dice.IntN(3)])
}

func (x *writer) created(ctx context.Context) error {
	role := []attendance.Role{attendance.Admin, attendance.Regular}[x.dice.IntN(2)]
	p, _, err := x.loaded().Create(ctx, x.name, team.NewPerson{Name: "Somebody", Role: role, Team: x.one([]string{"a", "b"})})
	x.mu.Lock()
	defer x.mu.Unlock()
	if err == nil {
		*x.people = append(*x.people, p.ID)
	}
	return err
}

// change is the writer's i-th; its PINs clash with the others' on purpose.
func (x *writer) change(ctx context.Context, i int) error {
	p, err := x.somebody(ctx)
	if err != nil {
		return err
	}
	typed, err := pin.Parse(x.one([]string{"1234", "2345", "3456", "123456"}))
	if err != nil {
		return err
	}
	typist, kiosk := fmt.Sprint(x.name, i), x.one(x.kiosks)
	switch x.dice.IntN(10) {
	case 0:
		p.Role = []attendance.Role{attendance.Regular, attendance.Admin}[x.dice.IntN(2)]
		_, err = x.loaded().Set(ctx, x.name, p)
	case 1, 2:
		err = x.w.team.SetPIN(ctx, typist, p.ID, typed)
	case 3:
		err = x.w.team.SetUniversal(ctx, typist, kiosk, typed)
	case 4:
		_, err = x.loaded().GenerateUniversal(ctx, x.name, kiosk)
	case 5:
		_, err = x.loaded().Assign(ctx, x.name, kiosk, centraldb.Assignments{Teams: []string{x.one([]string{"a", "b"})}})
	case 6:
		err = x.w.team.Archive(ctx, x.name, p.ID)
	case 7:
		_, err = x.loaded().Restore(ctx, x.name, p.ID)
	case 8:
		_, err = x.w.team.ChangeLength(ctx, x.name, team.Lengths()[x.dice.IntN(2)])
	default:
		err = x.created(ctx)
	}
	return err
}

// Many writers in two processes on one database change everything at once, and
// the rules hold. Each process has its own connections, as a server and a command
// beside it have.
func TestRulesHoldUnderConcurrentWriters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := newWorld(t, dir)
	second := openWorld(t, filepath.Join(dir, "central.db"))
	t.Cleanup(func() { second.close(t) })
	kiosks := []string{"k-0", "k-1", "k-2"}
	for _, k := range kiosks {
		first.kiosk(t, k)
	}
	var people []string
	for i := range 6 {
		p, _ := first.person(t, "Somebody", attendance.Regular, []string{"a", "b"}[i%2])
		people = append(people, p.ID)
	}
	var mu sync.Mutex
	var workers sync.WaitGroup
	for n := range 8 {
		x := &writer{
			w: []*world{first, second}[n%2], name: fmt.Sprint("writer", n, "-"), dice: rand.New(rand.NewPCG(1, uint64(n))),
			mu: &mu, people: &people, kiosks: kiosks,
		}
		workers.Go(func() {
			for i := range 30 {
				err := x.change(t.Context(), i)
				if err != nil && !problem.Is(err, problem.Conflict) && !problem.Is(err, problem.Invalid) {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	first.hold(t, people, kiosks)
	if head, err := first.audit.Verify(t.Context()); err != nil || head.Rows < 60 {
		t.Fatalf("audit: %+v, %v", head, err)
	}
}
