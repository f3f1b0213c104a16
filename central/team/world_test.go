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
	closed  sync.Once

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
	w := openWorld(t, filepath.Join(dir, "central.db"))
	t.Cleanup(func() { w.close(t) })
	if err := w.db.Create(t.Context(), centraldb.Organisation{ID: "acme", Name: "Acme", Zone: "UTC", Gen: 1, PINLen: 4}); err != nil {
		t.Fatal(err)
	}
	return w
}

// openWorld gives the organisation in a database that may be open elsewhere too.
func openWorld(t fataler, path string) *world {
	t.Helper()
	db, err := centraldb.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{db: db, rosters: &rosters{}, now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	w.audit = audit.New(db, w.clock)
	w.under(newBook(t, 7))
	return w
}

func (w *world) close(t fataler) {
	t.Helper()
	w.closed.Do(func() {
		if err := w.db.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func newBook(t fataler, key byte) *team.Book {
	t.Helper()
	book, err := team.NewBook("acme", [32]byte{key})
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// under has the world work with another data key.
func (w *world) under(book *team.Book) {
	w.book = book
	w.team = team.New(team.Config{Store: w.db, Book: book, Audit: w.audit, Rosters: w.rosters, Now: w.clock})
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
	return w.kioskBy(t, w.team, id)
}

func (w *world) kioskBy(t fataler, tm *team.Team, id string) pin.PIN {
	t.Helper()
	ctx := context.Background()
	var p pin.PIN
	var committed func(context.Context)
	err := w.db.Update(ctx, func(tx *centraldb.Tx) error {
		err := tx.AddKiosk(ctx, attendance.Kiosk{ID: id, Name: id, Zone: "UTC", RequiresPIN: true}, 1)
		if err != nil {
			return err
		}
		length, err := tx.PINLength(ctx)
		if err != nil {
			return err
		}
		p, committed, err = tm.NewUniversal(ctx, tx, id, length.Digits)
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
