package team

import (
	"context"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// CreateTeam makes a team with nobody in it and gives its name as it is kept. problem.Invalid, problem.Conflict
// where the name is taken.
func (t *Team) CreateTeam(ctx context.Context, actor, name string) (string, error) {
	name, err := teamName(name)
	if err != nil {
		return "", err
	}
	_, err = t.update(ctx, func(tx *centraldb.Tx, _ int, _ *change) error {
		if err := tx.AddTeam(ctx, name, t.now().UnixNano()); err != nil {
			return err
		}
		return t.audit.Record(ctx, tx, actor, "team.create", name, nil)
	})
	return name, err
}

// RenameTeam gives a team another name, for its people and on its kiosks at once,
// and gives the name as it is kept.
// problem.NotFound, problem.Invalid, problem.Conflict where the name is taken.
func (t *Team) RenameTeam(ctx context.Context, actor, from, to string) (string, error) {
	to, err := teamName(to)
	if err != nil {
		return "", err
	}
	_, err = t.update(ctx, func(tx *centraldb.Tx, _ int, c *change) error {
		if from == to {
			_, err := tx.TeamRow(ctx, from)
			return err
		}
		if err := tx.RenameTeam(ctx, from, to); err != nil {
			return err
		}
		c.all = true
		return t.audit.Record(ctx, tx, actor, "team.rename", to, map[string]any{"before": from, "after": to})
	})
	return to, err
}

// SetManager says who sees a team's punches; person "" is nobody. problem.NotFound,
// problem.Invalid where the person is archived.
func (t *Team) SetManager(ctx context.Context, actor, name, person string) error {
	_, err := t.update(ctx, func(tx *centraldb.Tx, _ int, _ *change) error {
		row, err := tx.TeamRow(ctx, name)
		if err != nil || row.Manager == person {
			return err
		}
		if person != "" {
			who, err := tx.Person(ctx, person)
			if err != nil {
				return err
			}
			if !who.Active {
				return problem.New(problem.Invalid, "This person is archived.", "Choose somebody who works here.").With("field", "manager")
			}
		}
		before := row.Manager
		row.Manager = person
		if err := tx.SetTeam(ctx, row); err != nil {
			return err
		}
		return t.audit.Record(ctx, tx, actor, "team.manager", name, map[string]any{"before": before, "after": person})
	})
	return err
}

// ArchiveTeam takes a team out of use and off its kiosks. problem.NotFound,
// problem.Conflict while somebody is in it.
func (t *Team) ArchiveTeam(ctx context.Context, actor, name string) error {
	_, err := t.update(ctx, func(tx *centraldb.Tx, _ int, c *change) error {
		row, err := tx.TeamRow(ctx, name)
		if err != nil || row.ArchivedAt != 0 {
			return err
		}
		if row.Members > 0 {
			return problem.New(problem.Conflict, "There are people in this team.", "Move them to another team first, or take them out of it.").With("members", row.Members)
		}
		row.ArchivedAt = t.now().UnixNano()
		if err := tx.SetTeam(ctx, row); err != nil {
			return err
		}
		c.all = row.Kiosks > 0
		return t.audit.Record(ctx, tx, actor, "team.archive", name, nil)
	})
	return err
}

// RestoreTeam brings an archived team back; its kiosks are chosen again.
// problem.NotFound.
func (t *Team) RestoreTeam(ctx context.Context, actor, name string) error {
	_, err := t.update(ctx, func(tx *centraldb.Tx, _ int, _ *change) error {
		row, err := tx.TeamRow(ctx, name)
		if err != nil || row.ArchivedAt == 0 {
			return err
		}
		row.ArchivedAt = 0
		if err := tx.SetTeam(ctx, row); err != nil {
			return err
		}
		return t.audit.Record(ctx, tx, actor, "team.restore", name, nil)
	})
	return err
}

// Move puts a person into a team, "" for none; new PINs that the rules required
// are issued. problem.NotFound for either, problem.Conflict where the person is
// archived.
func (t *Team) Move(ctx context.Context, actor, person, name string) ([]Issued, error) {
	return t.update(ctx, func(tx *centraldb.Tx, digits int, c *change) error {
		before, err := tx.Person(ctx, person)
		if err != nil || before.Team == name {
			return err
		}
		if !before.Active {
			return errArchived()
		}
		if name != "" {
			if _, err := tx.TeamRow(ctx, name); err != nil {
				return err
			}
		}
		after := before
		after.Team = name
		if err := t.replace(ctx, tx, c, before, after, digits); err != nil {
			return err
		}
		return t.audit.Record(ctx, tx, actor, "person.edit", person, map[string]any{"before": before, "after": after})
	})
}

// teamName tidies a team's name and says what is wrong with it.
func teamName(name string) (string, error) {
	name = tidy(name)
	if name == "" {
		return "", problem.New(problem.Invalid, "The team has no name.", "Write one, such as Bakery.").With("field", "name")
	}
	p := attendance.Person{Name: "x", Team: name, Role: attendance.Regular}
	if err := p.Validate(); err != nil {
		return "", problem.From(err).With("field", "name")
	}
	return name, nil
}
