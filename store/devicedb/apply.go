package devicedb

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// Apply brings the roster from one version to the next: pages are all the parts
// of one (gen, from, to), in any order, and take force together or not at all,
// deletes first. From 0 is a snapshot and replaces everything.
//
// It fails with problem.Conflict where a delta does not start at the version in
// force (pull), problem.Untrusted where the pages are older than it, and
// problem.Invalid where they are no whole or hold a row that can't be read.
func (c *Cache) Apply(ctx context.Context, pages []wire.Page) error {
	rows, err := assemble(pages)
	if err != nil {
		return err
	}
	first := pages[0]
	err = c.db.Write(context.WithoutCancel(ctx), func(tx *sql.Tx) error {
		if err := checkVersion(ctx, tx, first); err != nil {
			return err
		}
		if err := putRows(ctx, tx, first.From == 0, rows); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE roster SET gen = $1, version = $2`, int64(first.Gen), int64(first.To))
		return err
	})
	if err != nil {
		return faulted(fmt.Errorf("apply roster: %w", err))
	}
	ix, err := readIndex(ctx, c.db.Reader())
	if err != nil {
		return faulted(fmt.Errorf("apply roster: %w", err))
	}
	c.index.Store(ix)
	c.changed()
	return nil
}

// assemble checks that pages are one whole and gives their rows, deletes first.
func assemble(pages []wire.Page) ([]wire.Row, error) {
	if len(pages) == 0 {
		return nil, invalidPage("no pages")
	}
	first := pages[0]
	if first.Gen > math.MaxInt64 || first.To > math.MaxInt64 || first.To <= first.From || first.Parts != len(pages) {
		return nil, invalidPage("wrong versions or number of parts")
	}
	seen := make([]bool, len(pages))
	var deletes, puts []wire.Row
	for _, p := range pages {
		if p.Gen != first.Gen || p.From != first.From || p.To != first.To || p.Parts != first.Parts {
			return nil, invalidPage("parts of different wholes")
		}
		if p.Part < 0 || p.Part >= len(seen) || seen[p.Part] {
			return nil, invalidPage("a part is missing")
		}
		seen[p.Part] = true
		for _, r := range p.Rows {
			if isDelete(r) {
				deletes = append(deletes, r)
				continue
			}
			if err := checkRow(r); err != nil {
				return nil, err
			}
			puts = append(puts, r)
		}
	}
	return append(deletes, puts...), nil
}

func isDelete(r wire.Row) bool { return len(r.Put) == 0 || bytes.Equal(r.Put, []byte("null")) }

// checkRow refuses a row whose type this version knows and can't read, before it
// takes force. Rows of unknown kinds are kept for a later version to read.
func checkRow(r wire.Row) error {
	var err error
	switch r.Kind {
	case wire.KindPerson:
		var p wire.PersonRow
		if err = json.Unmarshal(r.Put, &p); err == nil && (p.ID != r.ID || r.ID == "" || !p.Role.Valid()) {
			return invalidPage("a person without id or role")
		}
	case wire.KindUniversal:
		err = json.Unmarshal(r.Put, &wire.UniversalRow{})
	case wire.KindProject:
		err = checkProject(r)
	case wire.KindSettings:
		err = json.Unmarshal(r.Put, &wire.SettingsRow{})
	case wire.KindMessage:
		err = checkMessage(r)
	case wire.KindLogo:
		err = checkLogo(r)
	}
	if err != nil {
		return problem.New(problem.Invalid, "The server sent a list this kiosk can't read.", "").Because(err)
	}
	return nil
}

func invalidPage(why string) error {
	return problem.New(problem.Invalid, "The server sent a list this kiosk can't read.", "").Because(fmt.Errorf("page: %s", why))
}

func checkVersion(ctx context.Context, tx *sql.Tx, p wire.Page) error {
	var gen, version uint64
	if err := tx.QueryRowContext(ctx, `SELECT gen, version FROM roster`).Scan(&gen, &version); err != nil {
		return fmt.Errorf("read roster version: %w", err)
	}
	if p.Gen < gen || p.Gen == gen && p.To < version {
		return problem.New(problem.Untrusted, "The server sent an older list than this kiosk has.", "").
			With("have", version).With("sent", p.To)
	}
	if p.From != 0 && (p.Gen != gen || p.From != version) {
		return problem.New(problem.Conflict, "The server sent changes to another list than this kiosk has.", "").
			With("have", version).With("from", p.From)
	}
	return nil
}

func putRows(ctx context.Context, tx *sql.Tx, snapshot bool, rows []wire.Row) error {
	if snapshot {
		if _, err := tx.ExecContext(ctx, `DELETE FROM rows`); err != nil {
			return fmt.Errorf("clear roster: %w", err)
		}
	}
	put, err := tx.PrepareContext(ctx, `INSERT INTO rows (kind, id, put) VALUES ($1, $2, $3)
		ON CONFLICT (kind, id) DO UPDATE SET put = excluded.put`)
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	for _, r := range rows {
		if isDelete(r) {
			_, err = tx.ExecContext(ctx, `DELETE FROM rows WHERE kind = $1 AND id = $2`, r.Kind, r.ID)
		} else {
			_, err = put.ExecContext(ctx, r.Kind, r.ID, []byte(r.Put))
		}
		if err != nil {
			return fmt.Errorf("write roster row: %w", err)
		}
	}
	return put.Close()
}
