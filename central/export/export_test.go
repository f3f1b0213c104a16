package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/export"
	"github.com/timepost/timepost/central/sheet"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

const (
	actor  = "ann@acme.example"
	reason = "new starters in the bakery"
	front  = "front"
)

// world is an organisation with real tables, a kiosk and its people.
type world struct {
	*export.Export
	db   *centraldb.DB
	now  time.Time
	pins map[string]string // by name
	ids  map[string]string
}

type noRosters struct{}

func (noRosters) Refresh(context.Context, ...string) error { return nil }
func (noRosters) RefreshAll(context.Context) error         { return nil }

func newWorld(t *testing.T) *world {
	t.Helper()
	ctx := t.Context()
	db, err := centraldb.Open(ctx, filepath.Join(t.TempDir(), "central.db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	must(t, db.Create(ctx, centraldb.Organisation{ID: "acme", Name: "Acme", Zone: "UTC", Gen: 1, PINLen: 4}))
	w := &world{db: db, now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), pins: map[string]string{}, ids: map[string]string{}}
	clock := func() time.Time { return w.now }
	book, err := team.NewBook("acme", [32]byte{7})
	must(t, err)
	people := team.New(team.Config{Store: db, Book: book, Audit: audit.New(db, clock), Rosters: noRosters{}, Now: clock, Random: rand.NewChaCha8([32]byte{1})})
	w.update(t, func(tx *centraldb.Tx) error {
		err := tx.AddKiosk(ctx, attendance.Kiosk{ID: front, Name: "Front Döor / 1", Zone: "UTC", RequiresPIN: true}, 1)
		if err != nil {
			return err
		}
		_, _, err = people.NewUniversal(ctx, tx, front, 4)
		return err
	})
	for _, p := range []team.NewPerson{
		{Name: "=Ada", StaffNo: "0042", Team: "bakery"},
		{Name: "Bo", Team: "shop"},
		{Name: "Cleo", Team: "bakery"},
		{Name: "Olga", Role: attendance.Owner, Team: "bakery"},
		{Name: "Adm", Role: attendance.Admin, Team: "bakery"},
		{Name: "Zoe", Team: "shop"},
	} {
		who, issued, err := people.Create(ctx, actor, p)
		must(t, err)
		w.pins[p.Name], w.ids[p.Name] = issued[0].PIN.Reveal(), who.ID
	}
	issued, err := people.Assign(ctx, actor, front, centraldb.Assignments{Teams: []string{"bakery"}, People: []string{w.ids["Bo"], w.ids["Cleo"]}})
	must(t, err)
	for _, i := range issued { // a clash with the Universal PIN, by chance
		for name, id := range w.ids {
			if id == i.Subject {
				w.pins[name] = i.PIN.Reveal()
			}
		}
	}
	must(t, people.Archive(ctx, actor, w.ids["Cleo"]))
	w.Export = export.New(export.Config{Store: db, People: db, Book: book, Audit: audit.New(db, clock), Now: clock})
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) update(t *testing.T, f func(tx *centraldb.Tx) error) {
	t.Helper()
	must(t, w.db.Update(t.Context(), f))
}

func order() export.Order {
	return export.Order{Actor: actor, Role: attendance.Owner, Kiosk: front, Reason: reason, Format: export.CSV}
}

// rows writes a list as CSV and reads it again.
func rows(t *testing.T, l export.List) [][]string {
	t.Helper()
	var b bytes.Buffer
	must(t, l.Write(sheet.NewCSV(&b), time.UTC))
	out, err := csv.NewReader(&b).ReadAll()
	must(t, err)
	return out
}

func (w *world) audited(t *testing.T, action string) []centraldb.AuditRow {
	t.Helper()
	all, err := w.db.Audit(t.Context(), 0, 1000)
	must(t, err)
	var out []centraldb.AuditRow
	for _, r := range all {
		if r.Action == action {
			out = append(out, r)
		}
	}
	return out
}

// The list has the active people of the kiosk with their PINs as they are.
func TestAssignees(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, err := w.Assignees(t.Context(), order())
	must(t, err)
	want := [][]string{
		{"staff_no", "name", "team", "role", "pin", "pin_status", "pin_changed"},
		{"0042", "'=Ada", "bakery", "regular", w.pins["=Ada"], "never used", "2026-03-01"},
		{"", "Adm", "bakery", "admin", w.pins["Adm"], "never used", "2026-03-01"},
		{"", "Bo", "shop", "regular", w.pins["Bo"], "never used", "2026-03-01"},
		{"", "Olga", "bakery", "owner", w.pins["Olga"], "never used", "2026-03-01"},
	}
	if diff := cmp.Diff(want, rows(t, l)); diff != "" {
		t.Error(diff)
	}
	if name := l.FileName(export.CSV); name != "assignees-pins-front-door-1.csv" {
		t.Error(name)
	}
	got := w.audited(t, "pins.export")
	if len(got) != 1 || got[0].Actor != actor || got[0].Subject != front ||
		got[0].Detail != `{"format":"csv","people":4,"reason":"`+reason+`"}` {
		t.Errorf("audit: %+v", got)
	}
}

// What is known of a PIN follows what kiosks have told.
func TestStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	step := centraldb.Step{To: 2, Punches: []centraldb.Projected{
		{ID: 1, Seq: 1, Zone: "UTC", Punch: attendance.Punch{Person: w.ids["Bo"], Kiosk: front, Action: attendance.In, At: w.now, Auth: attendance.AuthPersonal}},
		{ID: 2, Seq: 2, Zone: "UTC", Punch: attendance.Punch{Person: w.ids["Adm"], Kiosk: front, Action: attendance.In, At: w.now, Auth: attendance.AuthUniversal}},
	}}
	if done, err := w.db.Project(t.Context(), step); err != nil || !done {
		t.Fatal(done, err)
	}
	w.update(t, func(tx *centraldb.Tx) error {
		for name, version := range map[string]uint64{"=Ada": 1, "Olga": 9} { // Olga's lock is of another PIN
			l := centraldb.PINLock{Person: w.ids[name], Kiosk: front, Failures: 10, Locked: true, At: 1, PINVersion: version}
			if err := tx.SetPINLock(t.Context(), l); err != nil {
				return err
			}
		}
		return nil
	})
	l, err := w.Assignees(t.Context(), order())
	must(t, err)
	got := map[string]export.Status{}
	for _, x := range l.Lines {
		got[x.Name] = x.Status
	}
	want := map[string]export.Status{"=Ada": export.Locked, "Bo": export.Set, "Adm": export.NeverUsed, "Olga": export.NeverUsed}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// An admin gets nobody's PIN who stands above them.
func TestOwnersPINsStayWithOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := order()
	o.Role = attendance.Admin
	l, err := w.Assignees(t.Context(), o)
	must(t, err)
	for _, r := range rows(t, l) {
		if r[1] == "Olga" && r[4] != "" || r[1] == "Adm" && r[4] != w.pins["Adm"] {
			t.Errorf("an admin got %q", r)
		}
	}
	for _, role := range []attendance.Role{attendance.Manager, attendance.Regular, ""} {
		o.Role = role
		if _, err := w.Assignees(t.Context(), o); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%q: %v", role, err)
		}
	}
}

// With the export off, or nothing else asked for, no PIN leaves, and nobody is told.
func TestExportOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := order()
	o.StatusOnly = true
	asked, err := w.Assignees(t.Context(), o)
	must(t, err)
	w.update(t, func(tx *centraldb.Tx) error { return tx.SetSettings(t.Context(), centraldb.Settings{ExportOff: true}) })
	off, err := w.Assignees(t.Context(), order())
	must(t, err)
	for _, l := range []export.List{asked, off} {
		var b bytes.Buffer
		must(t, l.Write(sheet.NewCSV(&b), time.UTC))
		for name, digits := range w.pins {
			if strings.Contains(b.String(), digits) {
				t.Errorf("the PIN of %s is in %q", name, b.String())
			}
		}
		if got := rows(t, l); len(got) != 5 || !cmp.Equal(got[0], []string{"staff_no", "name", "team", "role", "pin_status", "pin_changed"}) ||
			!cmp.Equal(got[1], []string{"0042", "'=Ada", "bakery", "regular", "never used", "2026-03-01"}) {
			t.Errorf("%q", got)
		}
	}
	if n := len(w.audited(t, "pins.status")); n != 2 || len(w.audited(t, "pins.export")) != 0 {
		t.Errorf("%d rows", n)
	}
	o = order()
	o.Format = export.Slips
	if _, err := w.Assignees(t.Context(), o); !problem.Is(err, problem.Conflict) {
		t.Errorf("slips without PINs: %v", err)
	}
}

func TestOrdersAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for field, change := range map[string]func(*export.Order){
		"reason":  func(o *export.Order) { o.Reason = "  because  " },
		"reason ": func(o *export.Order) { o.Reason = strings.Repeat("é", 201) },
		"reason2": func(o *export.Order) { o.Reason = "two\nlines of it" },
		"format":  func(o *export.Order) { o.Format = "pdf" },
	} {
		o := order()
		change(&o)
		_, err := w.Assignees(t.Context(), o)
		if f, _ := problem.From(err).Detail["field"].(string); !problem.Is(err, problem.Invalid) || f == "" || !strings.HasPrefix(field, f) {
			t.Errorf("%s: %v", field, err)
		}
	}
	o := order()
	o.Reason = strings.Repeat("é", 200)
	if _, err := w.Assignees(t.Context(), o); err != nil {
		t.Error(err)
	}
	o.Kiosk = "none"
	if _, err := w.Assignees(t.Context(), o); !problem.Is(err, problem.NotFound) {
		t.Error(err)
	}
}

// Five an hour, any hour, for each actor; what was refused was not audited.
func TestFiveAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 5 {
		if _, err := w.Assignees(t.Context(), order()); err != nil {
			t.Fatalf("export %d: %v", n, err)
		}
		w.now = w.now.Add(10 * time.Minute)
	}
	_, err := w.Assignees(t.Context(), order())
	if !problem.Is(err, problem.Limited) || problem.From(err).Detail["retry_after_s"] != 600 {
		t.Errorf("the sixth: %v %v", err, problem.From(err).Detail)
	}
	if n := len(w.audited(t, "pins.export")); n != 5 {
		t.Errorf("%d audited", n)
	}
	other := order()
	other.Actor = "bob@acme.example"
	if _, err := w.Assignees(t.Context(), other); err != nil {
		t.Errorf("another actor: %v", err)
	}
	w.now = w.now.Add(10 * time.Minute) // an hour after the first, not after the second
	if _, err := w.Assignees(t.Context(), order()); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	if _, err := w.Assignees(t.Context(), order()); !problem.Is(err, problem.Limited) {
		t.Errorf("and one more: %v", err)
	}
}

// broken takes no byte.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("the line is cut") }

// An export that is cut off before its first byte is in the log, and the owners
// are told.
func TestAuditedBeforeTheFirstByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, err := w.Assignees(t.Context(), order())
	must(t, err)
	for _, table := range []sheet.Table{sheet.NewCSV(broken{}), sheet.NewSecretXLSX(broken{}, "x")} {
		if err := l.Write(table, time.UTC); err == nil {
			t.Error("nothing was cut")
		}
	}
	if len(w.audited(t, "pins.export")) != 1 {
		t.Error("it is not in the log")
	}
	w.update(t, func(tx *centraldb.Tx) error {
		_, told, err := tx.Unmailed(t.Context(), 10)
		if len(told) != 1 || told[0].Kind != "pins.exported" || told[0].Audience != centraldb.ToOwners || told[0].Path != "/audit" ||
			!strings.Contains(told[0].Body, actor) || !strings.Contains(told[0].Body, reason) || strings.Contains(told[0].Title, "\n") {
			t.Errorf("told: %+v", told)
		}
		for _, digits := range w.pins {
			if strings.Contains(told[0].Body+told[0].Title, digits) {
				t.Error("the notice has a PIN")
			}
		}
		return err
	})
}
