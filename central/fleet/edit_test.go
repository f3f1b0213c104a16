package fleet_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
)

func set[T any](v T) *T { return &v }

func TestEditChangesWhatIsGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var told []string
	w.Edited = func(_ context.Context, kiosk string) { told = append(told, kiosk) }
	id := w.kiosk(t)
	before := w.auditRows(t)
	if err := w.Edit(t.Context(), actor, id, fleet.Edit{Name: set("  Back door "), RequiresPIN: set(false)}); err != nil {
		t.Fatal(err)
	}
	if err := w.Edit(t.Context(), actor, id, fleet.Edit{Lang: set("uk"), UniversalReason: set(true), Zone: set("Asia/Kolkata"), Mode: set(fleet.ModeScheduled), Schedule: set("*/15 6-20 * * *")}); err != nil {
		t.Fatal(err)
	}
	k, err := w.db.Kiosk(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if k.Name != "Back door" || k.RequiresPIN || k.Zone != "Asia/Kolkata" || k.Mode != "scheduled" || k.Schedule != "*/15 6-20 * * *" || k.Lang != "uk" || !k.UniversalReason {
		t.Errorf("stored %+v", k)
	}
	if !slices.Equal(told, []string{id, id}) {
		t.Errorf("told %v", told)
	}
	if w.changes() != 0 {
		t.Error("an edit has cut the kiosk's connections")
	}
	rows := w.auditRows(t)[len(before):]
	if len(rows) != 2 || rows[0].Action != "kiosk.edit" || rows[0].Actor != actor || rows[0].Subject != id ||
		!strings.Contains(rows[0].Detail, `"requires_pin":{"after":false,"before":true}`) || strings.Contains(rows[0].Detail, "zone") {
		t.Errorf("audit: %+v", rows)
	}

	// What changes nothing is no change: no row, no roster.
	if err := w.Edit(t.Context(), actor, id, fleet.Edit{Name: set("Back door")}); err != nil {
		t.Fatal(err)
	}
	if len(w.auditRows(t)) != len(before)+2 || len(told) != 2 {
		t.Error("an edit of nothing has left something")
	}
}

// A kiosk is made with all that was typed for it.
func TestCreateTakesEverySetting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, _, err := w.Create(t.Context(), actor, fleet.NewKiosk{Name: "Gate", Lang: "pl", UniversalReason: true})
	if err != nil {
		t.Fatal(err)
	}
	k, err := w.db.Kiosk(t.Context(), made.ID)
	if err != nil || k.Lang != "pl" || !k.UniversalReason || k.RequiresPIN || k.Mode != fleet.ModeLive {
		t.Errorf("stored %+v, %v", k, err)
	}
	_, _, err = w.Create(t.Context(), actor, fleet.NewKiosk{Name: "Gate", Lang: "klingon"})
	if !problem.Is(err, problem.Invalid) || problem.From(err).Detail["field"] != "lang" {
		t.Errorf("a language that is not there: %v", err)
	}
}

func TestEditRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.kiosk(t)
	was, err := w.db.Kiosk(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, try := range []struct {
		field string
		edit  fleet.Edit
	}{
		{"name", fleet.Edit{Name: set(" ")}},
		{"name", fleet.Edit{Name: set("a\nb")}},
		{"zone", fleet.Edit{Zone: set("Mars/Base")}},
		{"zone", fleet.Edit{Zone: set("")}},
		{"zone", fleet.Edit{Zone: set("../../etc/passwd")}},
		{"lang", fleet.Edit{Lang: set("xx")}},
		{"mode", fleet.Edit{Mode: set("sometimes")}},
		{"schedule", fleet.Edit{Schedule: set("every now and then")}},
		{"schedule", fleet.Edit{Schedule: set(strings.Repeat("1,", 200) + "1 * * * *")}},
	} {
		err := w.Edit(t.Context(), actor, id, try.edit)
		if !problem.Is(err, problem.Invalid) || problem.From(err).Detail["field"] != try.field {
			t.Errorf("%s: %v %v", try.field, err, problem.From(err).Detail)
		}
	}
	if err := w.Edit(t.Context(), actor, "none", fleet.Edit{Name: set("x")}); !problem.Is(err, problem.NotFound) {
		t.Errorf("no such kiosk: %v", err)
	}
	if k, err := w.db.Kiosk(t.Context(), id); err != nil || k.Name != was.Name || k.Zone != was.Zone || k.Mode != was.Mode || k.Schedule != was.Schedule {
		t.Errorf("a refused edit has changed %+v, %v", k, err)
	}
}
