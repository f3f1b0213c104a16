package team_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/store/centraldb"
)

const actor = "ann@acme.example"

// rosters counts who was told.
type rosters struct {
	mu     sync.Mutex
	kiosks []string
	all    int
}

func (r *rosters) Refresh(_ context.Context, kiosks ...string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kiosks = append(r.kiosks, kiosks...)
	return nil
}

func (r *rosters) RefreshAll(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all++
	return nil
}

func (r *rosters) told() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.kiosks...)
}

// world is an organisation with real tables.
type world struct {
	db      *centraldb.DB
	book    *team.Book
	team    *team.Team
	rosters *rosters
	audit   *audit.Log

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// fataler is what t and rapid's t share.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func newWorld(t *testing.T, dir string) *world {
	t.Helper()
	ctx := context.Background()
	db, err := centraldb.Open(ctx, filepath.Join(dir, "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Create(ctx, centraldb.Organisation{ID: "acme", Name: "Acme", Zone: "UTC", Gen: 1, PINLen: 4}); err != nil {
		t.Fatal(err)
	}
	book, err := team.NewBook("acme", [32]byte{7})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{db: db, book: book, rosters: &rosters{}, now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	w.audit = audit.New(db, w.clock)
	w.team = team.New(team.Config{Store: db, Book: book, Audit: w.audit, Rosters: w.rosters, Now: w.clock})
	return w
}

func (w *world) person(t fataler, name string, role attendance.Role, group string) (attendance.Person, pin.PIN) {
	t.Helper()
	p, issued, err := w.team.Create(context.Background(), actor, team.NewPerson{Name: name, Role: role, Team: group})
	if err != nil {
		t.Fatal(err)
	}
	return p, issued[0].PIN
}

// kiosk adds a kiosk as package fleet does.
func (w *world) kiosk(t fataler, id string) pin.PIN {
	t.Helper()
	ctx := context.Background()
	var p pin.PIN
	var committed func(context.Context)
	err := w.db.Update(ctx, func(tx *centraldb.Tx) error {
		err := tx.AddKiosk(ctx, attendance.Kiosk{ID: id, Name: id, Zone: "UTC", RequiresPIN: true}, 1)
		if err != nil {
			return err
		}
		p, committed, err = w.team.NewUniversal(ctx, tx, id, 4)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	committed(ctx)
	return p
}

// pin opens what lies in the table.
func (w *world) pin(t fataler, kind pin.Kind, subject string) pin.PIN {
	t.Helper()
	row, err := w.db.PIN(context.Background(), kind, subject)
	if err != nil {
		t.Fatal(err)
	}
	if row.Len == 0 {
		return pin.PIN{}
	}
	p, err := w.book.Open(row)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func parse(t fataler, digits string) pin.PIN {
	t.Helper()
	p, err := pin.Parse(digits)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
