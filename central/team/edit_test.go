package team_test

import (
	"errors"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/team"
)

// Who changes one thing does not undo what somebody else has changed since they looked.
func TestAnEditSeesThePersonAsTheyAreNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ada, _, err := w.team.Create(t.Context(), actor, team.NewPerson{Name: "Ada", Role: attendance.Admin})
	if err != nil {
		t.Fatal(err)
	}
	demoted := func(p *attendance.Person) error { p.Role = attendance.Regular; return nil }
	if _, err := w.team.Edit(t.Context(), actor, ada.ID, demoted); err != nil {
		t.Fatal(err)
	}
	renamed := func(p *attendance.Person) error { p.Name = "Ada Brandt"; return nil }
	if _, err := w.team.Edit(t.Context(), actor, ada.ID, renamed); err != nil {
		t.Fatal(err)
	}
	no := errors.New("no")
	if _, err := w.team.Edit(t.Context(), actor, ada.ID, func(p *attendance.Person) error { p.Name = "Eve"; return no }); !errors.Is(err, no) {
		t.Error(err)
	}
	now, err := w.db.Person(t.Context(), ada.ID)
	if err != nil || now.Role != attendance.Regular || now.Name != "Ada Brandt" {
		t.Errorf("%+v, %v", now, err)
	}
}
