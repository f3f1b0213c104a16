package centraldb

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
)

//go:embed migrations/sqlite/*.sql
var migrations embed.FS

// DB is central's database. It is safe for concurrent use.
type DB struct {
	db      *store.DB
	noticed chan struct{}
}

// Open opens or creates the SQLite database at path. Central commits large
// batches, so its WAL is checkpointed every 4 MiB instead of every 400 KiB.
func Open(ctx context.Context, path string) (*DB, error) {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	db, err := store.Open(ctx, path, store.Options{Migrations: files, Readers: 4, AutoCheckpoint: 1000})
	if err != nil {
		return nil, err
	}
	return &DB{db: db, noticed: make(chan struct{}, 1)}, nil
}

// Close ends all connections.
func (d *DB) Close() error { return d.db.Close() }

// Organisation is whose server this is. Gen is the generation: a restore begins
// the next one, so that kiosks can tell a server that has gone back.
type Organisation struct {
	ID     string
	Name   string
	Zone   string // IANA, the default for kiosks
	Gen    uint64
	PINLen int // digits of new personal PINs
}

// Organisation reports whose server this is; problem.NotFound before Create.
func (d *DB) Organisation(ctx context.Context) (Organisation, error) {
	var o Organisation
	values, err := d.meta(ctx)
	if err != nil {
		return o, err
	}
	if values["org"] == "" {
		return o, problem.New(problem.NotFound, "This server has not been set up.", "Run: central init")
	}
	o.ID, o.Name, o.Zone = values["org"], values["name"], values["zone"]
	if o.Gen, err = strconv.ParseUint(values["gen"], 10, 64); err != nil {
		return o, fmt.Errorf("read generation: %w", err)
	}
	if o.PINLen, err = strconv.Atoi(values["pin_len"]); err != nil {
		return o, fmt.Errorf("read pin length: %w", err)
	}
	return o, nil
}

// Create writes the organisation into an empty database; problem.Conflict where
// there is one already.
func (d *DB) Create(ctx context.Context, o Organisation) error {
	return d.db.Write(ctx, func(tx *sql.Tx) error {
		for _, kv := range [][2]string{
			{"org", o.ID},
			{"name", o.Name},
			{"zone", o.Zone},
			{"gen", strconv.FormatUint(o.Gen, 10)},
			{"pin_len", strconv.Itoa(o.PINLen)},
		} {
			_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2)`, kv[0], kv[1])
			if store.IsDuplicate(err) {
				return problem.New(problem.Conflict, "This server has been set up already.", "Start it with: central serve")
			}
			if err != nil {
				return fmt.Errorf("write %s: %w", kv[0], err)
			}
		}
		return nil
	})
}

func (d *DB) meta(ctx context.Context) (_ map[string]string, err error) {
	rows, err := d.db.Reader().QueryContext(ctx, `SELECT key, value FROM meta`)
	if err != nil {
		return nil, fmt.Errorf("read meta: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values := map[string]string{}
	for rows.Next() {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			return nil, fmt.Errorf("read meta: %w", err)
		}
		values[k] = v
	}
	return values, rows.Err()
}
