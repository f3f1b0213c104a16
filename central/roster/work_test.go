package roster_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

func (k *copyOf) settings(t testing.TB) wire.SettingsRow {
	t.Helper()
	var row wire.SettingsRow
	if err := json.Unmarshal(k.rows[wire.KindSettings+"/kiosk"], &row); err != nil {
		t.Fatal(err)
	}
	return row
}

// projects gives the ids of the projects that the kiosk knows.
func (k *copyOf) projects() []string {
	var out []string
	for key := range k.rows {
		if id, ok := strings.CutPrefix(key, wire.KindProject+"/"); ok {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// A kiosk hears of its own projects, in use only; people of what they may book on
// there, and a list of which nothing is offered never becomes all of it.
func TestProjectsOnTheRoster(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	c.enrol("gate", "gate")
	c.addPeople(person("ada", attendance.Regular), person("ben", attendance.Regular), person("cleo", attendance.Regular))
	c.assign("gate", centraldb.Assignments{Everyone: true})
	c.change(func(ctx context.Context, tx *centraldb.Tx) error {
		for _, id := range []string{"j-roof", "j-wall", "j-yard"} {
			if err := tx.AddProject(ctx, centraldb.Project{ID: id, Name: "Project " + id}); err != nil {
				return err
			}
		}
		if err := tx.SetPersonWork(ctx, "ben", centraldb.PersonWork{Projects: []string{"j-wall", "j-yard"}, Project: "j-wall"}); err != nil {
			return err
		}
		return tx.SetPersonWork(ctx, "cleo", centraldb.PersonWork{Projects: []string{"j-yard"}, Project: "j-yard", Break: &wire.BreakRule{Least: 20}})
	})
	c.refresh("gate")
	k := newCopy()
	c.pull("gate", k)
	if len(k.projects()) != 0 || k.person(t, "ben").Projects != nil || k.person(t, "ben").Default != "" {
		t.Fatalf("%v %+v", k.projects(), k.person(t, "ben"))
	}
	c.change(func(ctx context.Context, tx *centraldb.Tx) error {
		return tx.SetKioskWork(ctx, "gate", centraldb.KioskWork{Projects: []string{"j-roof", "j-wall"}, Project: "j-roof"})
	})
	c.refresh("gate")
	c.pull("gate", k)
	if got := k.projects(); !slices.Equal(got, []string{"j-roof", "j-wall"}) || k.settings(t).Project != "j-roof" {
		t.Fatalf("%v, default %q", got, k.settings(t).Project)
	}
	for id, want := range map[string]wire.PersonRow{
		"ada":  {},
		"ben":  {Projects: []string{"j-wall"}, Default: "j-wall"},
		"cleo": {Projects: []string{"j-yard"}},
	} {
		got := k.person(t, id)
		if !slices.Equal(got.Projects, want.Projects) || got.Default != want.Default {
			t.Errorf("%s: %v, default %q", id, got.Projects, got.Default)
		}
	}
	if got := k.person(t, "cleo").Break; got == nil || *got != (wire.BreakRule{Least: 20}) {
		t.Errorf("break %+v", got)
	}
	// Out of use it is offered no more, and is no default.
	c.change(func(ctx context.Context, tx *centraldb.Tx) error {
		return tx.SetProject(ctx, centraldb.Project{ID: "j-roof", Name: "Roof", ArchivedAt: 5})
	})
	c.refresh("gate")
	c.pull("gate", k)
	if got := k.projects(); !slices.Equal(got, []string{"j-wall"}) || k.settings(t).Project != "" {
		t.Errorf("%v, default %q", got, k.settings(t).Project)
	}
}

// What the organisation decided goes with the settings; a kiosk's own theme and size
// of text come before it.
func TestLookOnTheRoster(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	c.enrol("gate", "gate")
	look := wire.Look{Theme: "dark", Accent: "#0a4f96", Sounds: true, NightFrom: "22:00", NightTo: "05:00"}
	c.change(func(ctx context.Context, tx *centraldb.Tx) error {
		if err := tx.SetLogo(ctx, []byte("a picture"), 7); err != nil {
			return err
		}
		return tx.SetSettings(ctx, centraldb.Settings{Look: look, Break: wire.BreakRule{Least: 30, Due: 360}})
	})
	c.refresh("gate")
	k := newCopy()
	c.pull("gate", k)
	if got := k.settings(t); got.Look != look || got.Break != (wire.BreakRule{Least: 30, Due: 360}) || got.Habits != (wire.Habits{}) {
		t.Errorf("%+v", got)
	}
	var logo wire.LogoRow
	if err := json.Unmarshal(k.rows[wire.KindLogo+"/logo"], &logo); err != nil || string(logo.PNG) != "a picture" {
		t.Errorf("%q %v", logo.PNG, err)
	}
	c.change(func(ctx context.Context, tx *centraldb.Tx) error {
		own, err := tx.Kiosk(ctx, "gate")
		if err != nil {
			return err
		}
		own.Theme, own.Text, own.Habits = "contrast", centraldb.TextLarge, wire.Habits{HideStatus: true, Double: -1}
		if err := tx.SetLogo(ctx, nil, 8); err != nil {
			return err
		}
		return tx.SetKioskSettings(ctx, own)
	})
	c.refresh("gate")
	c.pull("gate", k)
	look.Theme, look.LargeText = "contrast", true
	if got := k.settings(t); got.Look != look || got.Habits != (wire.Habits{HideStatus: true, Double: -1}) {
		t.Errorf("%+v", got)
	}
	if _, there := k.rows[wire.KindLogo+"/logo"]; there {
		t.Error("the logo is still there")
	}
}
