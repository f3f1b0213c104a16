package settings_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/settings"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// at is shortly after midnight in Auckland, and the day before in UTC.
var at = time.Date(2026, 3, 3, 12, 30, 0, 0, time.UTC)

type world struct {
	*settings.Settings
	db      *centraldb.DB
	renamed int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Create(t.Context(), centraldb.Organisation{ID: "acme", Name: "Acme", Zone: "Pacific/Auckland", Gen: 1, PINLen: 4}); err != nil {
		t.Fatal(err)
	}
	w := &world{db: db}
	now := func() time.Time { return at }
	w.Settings = settings.New(settings.Config{Store: db, Audit: audit.New(db, now), Now: now, Kiosks: func(context.Context) { w.renamed++ }})
	return w
}

func (w *world) log(t *testing.T) []centraldb.AuditRow {
	t.Helper()
	rows, err := w.db.Audit(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func p[T any](v T) *T { return &v }

func TestChangesAreWrittenAndAuditedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := settings.Change{Name: p(" Acme & Söhne "), ExportOff: p(true), RetainMonths: p(24), SealedUntil: p("2026-02-28")}
	for range 2 { // the second time nothing is different
		if err := w.Change(t.Context(), "ann@acme.example", c); err != nil {
			t.Fatal(err)
		}
	}
	org, err := w.db.Organisation(t.Context())
	if err != nil || org.Name != "Acme & Söhne" || org.Zone != "Pacific/Auckland" || org.PINLen != 4 {
		t.Errorf("%+v, %v", org, err)
	}
	s, err := w.db.Settings(t.Context())
	if err != nil || !s.ExportOff || s.RetainMonths != 24 || s.SealedUntil != "2026-02-28" {
		t.Errorf("%+v, %v", s, err)
	}
	rows := w.log(t)
	if len(rows) != 1 || rows[0].Action != "settings.edit" || rows[0].Actor != "ann@acme.example" ||
		!strings.Contains(rows[0].Detail, `"retain_months":{"after":24,"before":0}`) || strings.Contains(rows[0].Detail, "zone") {
		t.Errorf("%+v", rows)
	}
	if w.renamed != 1 {
		t.Errorf("kiosks were told %d times", w.renamed)
	}
}

func TestWrongSettingsAreRefusedByField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for field, list := range map[string][]settings.Change{
		"name":          {{Name: p(" ")}, {Name: p(strings.Repeat("x", 101))}, {Name: p("a\nb")}, {Name: p("\xff")}},
		"zone":          {{Zone: p("")}, {Zone: p("Local")}, {Zone: p("Mars/Base")}, {Zone: p("../../etc/passwd")}},
		"retain_months": {{RetainMonths: p(-1)}, {RetainMonths: p(1201)}},
		"sealed_until":  {{SealedUntil: p("yesterday")}, {SealedUntil: p("2026-02-30")}, {SealedUntil: p("2026-03-04")}, {SealedUntil: p("9999-01-01")}},
	} {
		for _, c := range list {
			err := w.Change(t.Context(), "ann", c)
			if !problem.Is(err, problem.Invalid) || problem.From(err).Detail["field"] != field || problem.From(err).Hint == "" {
				t.Errorf("%s: %v", field, err)
			}
		}
	}
	if rows := w.log(t); len(rows) != 0 {
		t.Errorf("what was refused was audited: %+v", rows)
	}
	// Over there it is the 4th already, so the 3rd is over.
	if err := w.Change(t.Context(), "ann", settings.Change{SealedUntil: p("2026-03-03")}); err != nil {
		t.Error(err)
	}
}

func TestSealedDaysOpenOnlyOnPurpose(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	change := func(day string, sure bool) error {
		return w.Change(t.Context(), "ann", settings.Change{SealedUntil: &day, Confirmed: sure})
	}
	if err := change("2026-01-31", false); err != nil {
		t.Fatal(err)
	}
	if err := change("2026-02-28", false); err != nil {
		t.Fatal("forward needs no confirmation:", err)
	}
	for _, day := range []string{"2026-01-31", ""} {
		err := change(day, false)
		if !problem.Is(err, problem.Conflict) || problem.From(err).Detail["confirm"] != true {
			t.Errorf("%q: %v", day, err)
		}
	}
	if err := change("", true); err != nil {
		t.Fatal(err)
	}
	rows := w.log(t)
	if len(rows) != 3 || !strings.Contains(rows[2].Detail, `"before":"2026-02-28"`) {
		t.Errorf("%+v", rows)
	}
}

func TestExportOnAgainIsToldToOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, off := range []bool{true, false, false} {
		if err := w.Change(t.Context(), "ann", settings.Change{ExportOff: &off}); err != nil {
			t.Fatal(err)
		}
	}
	err := w.db.Update(t.Context(), func(tx *centraldb.Tx) error {
		_, told, err := tx.Unmailed(t.Context(), 10)
		if len(told) != 1 || told[0].Kind != "settings.export" || told[0].Audience != centraldb.ToOwners {
			t.Errorf("%+v", told)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
