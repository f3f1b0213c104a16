package team

import (
	"context"
	"strconv"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// UndoImport takes back all people that an import made, as if it had not been.
// problem.NotFound; problem.Conflict where it is undone already, or where one of
// them has punched or has been changed since, or where owners are among them whom
// somebody else made: then nothing is taken back.
func (t *Team) UndoImport(ctx context.Context, actor string, id int64) error {
	_, err := t.update(ctx, func(tx *centraldb.Tx, _ int, c *change) error {
		row, err := tx.Import(ctx, id)
		if err != nil {
			return err
		}
		if row.UndoneAt != 0 {
			return problem.New(problem.Conflict, "This import is undone already.", "There is nothing to do.")
		}
		if row.Kept > 0 {
			return problem.New(problem.Conflict, "The import cannot be undone: some of its people have punched, or were changed since.",
				"Archive those who should not be here, each on their own page.").With("people", row.Kept)
		}
		if row.Owners > 0 && row.Actor != actor { // only an owner could make it
			return problem.New(problem.Conflict, "There are owners in this import: only "+row.Actor+" can undo it.",
				"Or an owner archives them, each on their own page.")
		}
		if err := tx.UndoImport(ctx, id, t.now().UnixNano()); err != nil {
			return err
		}
		c.all = true
		return t.audit.Record(ctx, tx, actor, "people.import.undo", strconv.FormatInt(id, 10), map[string]any{"people": row.People})
	})
	return err
}

// FirstOwner gives the name of the first owner that a file would make, "" for
// none. It reads the file alone, so what it says of a file stays true.
func FirstOwner(file []byte) string {
	rows, _ := parseCSV(file)
	for _, r := range rows {
		if r.person.Role == attendance.Owner {
			return r.person.Name
		}
	}
	return ""
}
