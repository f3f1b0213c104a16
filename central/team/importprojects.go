package team

import (
	"context"
	"fmt"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// projectsOf gives the id of each row's usual project, "" for none, and the rows
// that name none that is in use.
func projectsOf(ctx context.Context, tx *centraldb.Tx, rows []row) (ids []string, errs []RowError, err error) {
	meant := map[string]string{"": ""}
	ids = make([]string, len(rows))
	for i, r := range rows {
		id, known := meant[r.project]
		if !known {
			if id, err = inUseAs(ctx, tx, r.project); err != nil {
				return nil, nil, err
			}
			meant[r.project] = id
		}
		ids[i] = id
		if id == "" && r.project != "" {
			errs = append(errs, RowError{r.line, "project", fmt.Sprintf("There is no project “%s”. Make it first, or leave the cell empty.", clip(r.project))})
		}
	}
	return ids, errs, nil
}

// inUseAs gives the id of the project in use that a name or an id means, "" for none.
func inUseAs(ctx context.Context, tx *centraldb.Tx, text string) (string, error) {
	id, err := tx.ProjectMeant(ctx, text)
	if err != nil {
		return "", err
	}
	unknown, err := tx.UnknownProjects(ctx, []string{id})
	if err != nil || len(unknown) > 0 {
		return "", err
	}
	return id, nil
}

// bookOn gives new people their usual project.
func bookOn(ctx context.Context, tx *centraldb.Tx, people []attendance.Person, projects []string) error {
	for i, p := range people {
		if projects[i] == "" {
			continue
		}
		if err := tx.SetPersonWork(ctx, p.ID, centraldb.PersonWork{Project: projects[i]}); err != nil {
			return err
		}
	}
	return nil
}
