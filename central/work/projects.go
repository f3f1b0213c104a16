package work

import (
	"context"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// MaxProject bounds a project's name, in characters: it stands on a button.
const MaxProject = 60

// CreateProject makes a project that no kiosk offers yet. problem.Invalid,
// problem.Conflict where one in use has the name.
func (w *Work) CreateProject(ctx context.Context, actor, name string) (centraldb.Project, error) {
	name, err := projectName(name)
	if err != nil {
		return centraldb.Project{}, err
	}
	p := centraldb.Project{Name: name, CreatedAt: w.Now().UnixNano()}
	if p.ID, err = w.newID(); err != nil {
		return p, err
	}
	return p, w.update(ctx, func(tx *centraldb.Tx) ([]string, error) {
		if err := tx.AddProject(ctx, p); err != nil {
			return nil, err
		}
		return nil, w.Audit.Record(ctx, tx, actor, "project.create", p.Name, map[string]any{"id": p.ID})
	})
}

// RenameProject gives a project another name, also for what was booked on it.
// problem.NotFound, problem.Invalid, problem.Conflict where one in use has the name.
func (w *Work) RenameProject(ctx context.Context, actor, id, name string) error {
	name, err := projectName(name)
	if err != nil {
		return err
	}
	return w.change(ctx, id, func(tx *centraldb.Tx, p *centraldb.Project) (bool, error) {
		if p.Name == name {
			return false, nil
		}
		before := p.Name
		p.Name = name
		return true, w.Audit.Record(ctx, tx, actor, "project.rename", name, map[string]any{"before": before, "after": name})
	})
}

// ArchiveProject takes a project out of use: no kiosk offers it any more. What was
// booked on it stays. problem.NotFound.
func (w *Work) ArchiveProject(ctx context.Context, actor, id string) error {
	return w.change(ctx, id, func(tx *centraldb.Tx, p *centraldb.Project) (bool, error) {
		if p.ArchivedAt != 0 {
			return false, nil
		}
		p.ArchivedAt = w.Now().UnixNano()
		return true, w.Audit.Record(ctx, tx, actor, "project.archive", p.Name, nil)
	})
}

// RestoreProject brings a project back, where and for whom it was. problem.NotFound,
// problem.Conflict where one in use has its name.
func (w *Work) RestoreProject(ctx context.Context, actor, id string) error {
	return w.change(ctx, id, func(tx *centraldb.Tx, p *centraldb.Project) (bool, error) {
		if p.ArchivedAt == 0 {
			return false, nil
		}
		p.ArchivedAt = 0
		return true, w.Audit.Record(ctx, tx, actor, "project.restore", p.Name, nil)
	})
}

// change writes what f makes of a project, where it says that it made anything, and
// tells the kiosks that offer it.
func (w *Work) change(ctx context.Context, id string, f func(*centraldb.Tx, *centraldb.Project) (bool, error)) error {
	return w.update(ctx, func(tx *centraldb.Tx) ([]string, error) {
		row, err := tx.ProjectRow(ctx, id)
		if err != nil {
			return nil, err
		}
		changed, err := f(tx, &row.Project)
		if err != nil || !changed {
			return nil, err
		}
		if err := tx.SetProject(ctx, row.Project); err != nil {
			return nil, err
		}
		return tx.ProjectKiosks(ctx, id)
	})
}

// projectName tidies a project's name and says what is wrong with it.
func projectName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		return "", invalid("name", "The project has no name.", "Write one, such as Harbour wall.")
	case utf8.RuneCountInString(name) > MaxProject:
		return "", invalid("name", "The name is too long for a button.", fmt.Sprintf("Use at most %d characters.", MaxProject))
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unseen) || attendance.SearchKey(name) == "":
		return "", invalid("name", "There are characters in the name that can't be used.", "Use letters, digits and ordinary signs.")
	}
	return name, nil
}

// unseen says that a character can't be seen or turns what is around it.
func unseen(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz" // Crockford's, lower case

func (w *Work) newID() (string, error) {
	b := make([]byte, 8)
	if _, err := io.ReadFull(w.Random, b); err != nil {
		return "", fmt.Errorf("draw id: %w", err)
	}
	for i := range b {
		b[i] = idAlphabet[b[i]%32]
	}
	return "j-" + string(b), nil
}

func invalid(field, message, hint string) *problem.Error {
	return problem.New(problem.Invalid, message, hint).With("field", field)
}
