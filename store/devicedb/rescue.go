package devicedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/timepost/timepost/store"
	"github.com/timepost/timepost/sync/record"
)

// misses is how many numbers in a row may be unreadable before a rescue gives up
// looking for the next that is not.
const misses = 5000

// SetAsides gives the databases that were set aside beside the journal at path, by name.
func SetAsides(path string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for journals set aside: %w", err)
	}
	var out []string
	for _, e := range entries {
		name := e.Name()
		front := strings.HasPrefix(name, filepath.Base(path)+"."+ReasonCorrupt+"-") || strings.HasPrefix(name, filepath.Base(path)+"."+asideFormer+"-")
		if front && e.Type().IsRegular() && !strings.HasSuffix(name, "-wal") && !strings.HasSuffix(name, "-shm") && filepath.Ext(name) != DoneExt {
			out = append(out, filepath.Join(filepath.Dir(path), name))
		}
	}
	slices.Sort(out)
	return out, nil
}

// DoneExt ends the name of the file that says that a journal set aside is with central.
const DoneExt = ".done"

// Rescue reads what can be read of a database that was set aside: of each of its
// journals the records that central had not acknowledged, one by one around what is
// damaged. The file itself is not touched: a copy in the folder scratch is read, and
// removed. An error means that nothing could be read.
func Rescue(ctx context.Context, file, scratch string) (out []Unsent, err error) {
	dir, err := os.MkdirTemp(scratch, "rescue-")
	if err != nil {
		return nil, fmt.Errorf("rescue records: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "journal.db")
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(path+suffix, file+suffix); err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
			return nil, fmt.Errorf("rescue records: %w", err)
		}
	}
	db, err := store.OpenDamaged(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	journals, err := readJournals(ctx, db)
	if err != nil {
		return nil, err
	}
	for _, j := range journals {
		u, err := rescueJournal(ctx, db, j)
		if err != nil {
			return nil, err
		}
		if len(u.Records) > 0 {
			out = append(out, u)
		}
	}
	return out, ctx.Err()
}

// closedJournal is one that can only be read; run and one are how its records are.
type closedJournal struct {
	n        int64
	id       record.JournalID
	acked    uint64
	run, one string
}

// Of databases that were set aside by programs before the migration 0005_append.
const (
	formerAfter  = `SELECT seq, body, hash, sig FROM records WHERE journal = $1 AND seq > $2 ORDER BY seq LIMIT $3`
	formerRecord = `SELECT seq, body, hash, sig FROM records WHERE journal = $1 AND seq = $2`
)

// statements gives how records are read from a database that nobody brings up to date.
func statements(ctx context.Context, db *sql.DB) (run, one string, err error) {
	var byID bool
	err = db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pragma_table_info('records') WHERE name = 'id')`).Scan(&byID)
	if err != nil {
		return "", "", fmt.Errorf("read schema: %w", err)
	}
	if byID {
		return selectAfter, selectRecord, nil
	}
	return formerAfter, formerRecord, nil
}

func readJournals(ctx context.Context, db *sql.DB) (out []closedJournal, err error) {
	run, one, err := statements(ctx, db)
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, `SELECT n, id, acked FROM journals ORDER BY n`)
	if err != nil {
		return nil, fmt.Errorf("read journals: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		j := closedJournal{run: run, one: one}
		var id []byte
		var acked int64
		if err := rows.Scan(&j.n, &id, &acked); err != nil {
			return nil, fmt.Errorf("read journals: %w", err)
		}
		if acked > 0 {
			j.acked = uint64(acked)
		}
		if copy(j.id[:], id) == len(j.id) && !j.id.IsZero() {
			out = append(out, j)
		}
	}
	return out, rows.Err()
}

// rescueJournal reads forward until something is damaged, then number by number.
func rescueJournal(ctx context.Context, db *sql.DB, j closedJournal) (Unsent, error) {
	u := Unsent{Journal: j.id, Acked: j.acked}
	if j.acked > 0 && len(rescueOne(ctx, db, j, j.acked)) == 0 {
		u.Acked = 0 // what is not there was not acknowledged: rather twice than never
	}
	at := u.Acked
	for ctx.Err() == nil {
		run, err := queryRecords(ctx, db, j.run, j.id, j.n, at, verifyChunk)
		if err == nil {
			u.Records = append(u.Records, run...)
			if len(run) < verifyChunk {
				return u, nil
			}
			at = run[len(run)-1].Seq
			continue
		}
		found := false
		for seq := at + 1; seq <= at+misses && ctx.Err() == nil; seq++ {
			if one := rescueOne(ctx, db, j, seq); len(one) == 1 {
				u.Records, at, found = append(u.Records, one...), seq, true
				break
			}
		}
		if !found {
			return u, nil
		}
	}
	return u, ctx.Err()
}

// rescueOne gives one record, or none where it is missing or damaged.
func rescueOne(ctx context.Context, db *sql.DB, j closedJournal, seq uint64) []record.Record {
	rows, err := db.QueryContext(ctx, j.one, j.n, int64(seq))
	if err != nil {
		return nil
	}
	out, err := scanRecords(rows, j.id, 1)
	if err != nil {
		return nil
	}
	return out
}

func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
