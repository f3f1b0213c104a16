package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// daemon is a kioskd without disk or network: one organisation, the PIN 4190
// for everybody, and a note of what was asked.
type daemon struct {
	local.Service // the calls that no test makes

	mu      sync.Mutex
	people  []local.PersonCard
	fault   string
	look    local.Look
	tries   int
	punches []attendance.Action
	asked   []string
}

func newDaemon() *daemon {
	names := []string{
		"Aaliyah Okafor", "Agnieszka Wiśniewska", "Alexander Hoffmann", "Amélie Dubois", "Anna Kowalczyk",
		"Ben Carter", "Björn Åkesson", "Carla Rossi", "Chidi Eze", "Daniela Marques", "David Nguyen", "Elif Yıldız",
		"Emma Schulz", "Fatima Al-Sayed", "Finn O’Brien", "Giulia Bianchi", "Hanna Virtanen", "Hugo García",
		"Ines Ferreira", "Jakub Novák", "Jan de Vries", "Jonas Weber", "Kateryna Shevchenko", "Laura Jansen",
	}
	d := &daemon{tries: 5}
	for i, n := range names {
		p := local.PersonCard{ID: fmt.Sprintf("p%02d", i), Name: n, State: attendance.StateOut}
		if i%3 == 1 {
			p.State, p.Since = attendance.StateIn, time.Now().Add(-time.Duration(i+9)*7*time.Minute).UnixMilli()
		}
		if i%7 == 5 {
			p.State, p.Since = attendance.StateBreak, time.Now().Add(-time.Duration(i)*2*time.Minute).UnixMilli()
		}
		d.people = append(d.people, p)
	}
	return d
}

func (d *daemon) note(call string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, call)
}

func (d *daemon) count(call string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, c := range d.asked {
		if c == call {
			n++
		}
	}
	return n
}

func (d *daemon) State(context.Context) (local.State, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return local.State{
		Enrolled: true, Org: "Alder & Finch", KioskID: "front", KioskName: "Front door",
		Zone: "Europe/Berlin", RequiresPIN: true, PINLengths: []int{4}, People: len(d.people),
		Connected: true, ClockOK: true, Fault: d.fault, Look: d.look,
	}, nil
}

func (d *daemon) Watch(ctx context.Context) <-chan local.State {
	ch := make(chan local.State, 1)
	s, _ := d.State(ctx)
	ch <- s
	context.AfterFunc(ctx, func() { close(ch) })
	return ch
}

func (d *daemon) People(_ context.Context, q local.PeopleQuery) (local.PeoplePage, error) {
	d.note("people")
	var hit []local.PersonCard
	for _, p := range d.people {
		if strings.Contains(strings.ToLower(" "+p.Name), " "+strings.ToLower(q.Search)) {
			hit = append(hit, p)
		}
	}
	from := min(q.Offset, len(hit))
	return local.PeoplePage{People: hit[from:min(len(hit), from+q.Limit)], Total: len(hit)}, nil
}

func (d *daemon) Identify(_ context.Context, a local.Attempt) (local.Session, error) {
	d.note("identify")
	if a.PIN.Reveal() != "4190" {
		d.tries--
		return local.Session{}, problem.New(problem.Unauthenticated, "That PIN is not right.", "").With("tries_left", d.tries)
	}
	for _, p := range d.people {
		if p.ID == a.Person {
			worked := int64(0)
			if p.State != attendance.StateOut {
				worked = (3*time.Hour + 12*time.Minute).Milliseconds()
			}
			return local.Session{ID: "s-" + p.ID, Person: p, Actions: p.State.Actions(false), Worked: worked}, nil
		}
	}
	return local.Session{}, problem.New(problem.NotFound, "Nobody.", "")
}

func (d *daemon) Punch(_ context.Context, r local.PunchRequest) (local.Receipt, error) {
	d.note("punch")
	d.mu.Lock()
	defer d.mu.Unlock()
	d.punches = append(d.punches, r.Action)
	out := local.Receipt{Action: r.Action, At: time.Now().UnixMilli(), Zone: "Europe/Berlin", Seq: 1, Queue: 1}
	for _, p := range d.people {
		if "s-"+p.ID == r.Session {
			out.Person = p.Name
		}
	}
	if r.Action != attendance.In {
		out.Worked = (3*time.Hour + 12*time.Minute).Milliseconds()
	}
	return out, nil
}

func (d *daemon) Forgot(_ context.Context, person string) (local.Asked, error) {
	d.note("forgot")
	return local.Asked{Person: person, At: time.Now().UnixMilli()}, nil
}

func (d *daemon) OpenTeam(context.Context, pin.PIN) (local.Team, error) {
	return local.Team{}, problem.New(problem.Conflict, "This kiosk has no Universal PIN.", "")
}

func (d *daemon) PunchTeam(context.Context, local.TeamPunch) (local.TeamReceipt, error) {
	return local.TeamReceipt{}, problem.New(problem.Expired, "The session is over.", "")
}

func (d *daemon) End(context.Context, string) error { d.note("end"); return nil }

// serve answers on the socket until the function that it gives is called.
func (d *daemon) serve(t *testing.T, socket string) (stop func()) {
	t.Helper()
	s := local.NewServer(d, d, nil, nil)
	if err := s.Listen(socket, local.NoGroup); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("stop socket: %v", err)
		}
	}
}
