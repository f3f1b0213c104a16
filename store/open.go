package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"

	"github.com/mattn/go-sqlite3"
)

// Options says how to open a database.
type Options struct {
	Migrations     fs.FS // files NNNN_name.sql in its root
	Readers        int   // read-only connections; 0: 2
	AutoCheckpoint int   // WAL pages between checkpoints; 0: 100
	PageSize       int   // bytes, of a database that is made; 0: 4096
}

// DB is one SQLite database: one writer, several readers.
type DB struct {
	path   string
	writer *sql.DB
	reader *sql.DB
}

// Open opens or creates the database at path and brings its schema up to date.
// It fails rather than run with a weaker durability than FULL. The caller never
// opens, renames or copies the file by other means while the DB is open.
func Open(ctx context.Context, path string, o Options) (*DB, error) {
	if o.Readers == 0 {
		o.Readers = 2
	}
	if o.AutoCheckpoint == 0 {
		o.AutoCheckpoint = 100
	}
	if o.PageSize == 0 {
		o.PageSize = 4096
	}
	writer := sql.OpenDB(&connector{path: path, checkpoint: o.AutoCheckpoint, pageSize: o.PageSize})
	writer.SetMaxOpenConns(1)
	writer.SetMaxIdleConns(1)
	writer.SetConnMaxLifetime(0)
	db := &DB{path: path, writer: writer}
	if err := db.start(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return db, nil
}

func (db *DB) start(ctx context.Context, o Options) error {
	if err := db.writer.PingContext(ctx); err != nil {
		return err
	}
	if err := migrate(ctx, db.writer, o.Migrations); err != nil {
		return err
	}
	db.reader = sql.OpenDB(&connector{path: db.path, readonly: true})
	db.reader.SetMaxOpenConns(o.Readers)
	db.reader.SetMaxIdleConns(o.Readers)
	return db.reader.PingContext(ctx)
}

// Close ends all connections, the writer last.
func (db *DB) Close() error {
	var err error
	if db.reader != nil {
		err = db.reader.Close()
	}
	return errors.Join(err, db.writer.Close())
}

// Path gives the file the database lives in.
func (db *DB) Path() string { return db.path }

// Reader gives the pool of read-only connections.
func (db *DB) Reader() *sql.DB { return db.reader }

// Write runs f in one transaction on the writer connection (BEGIN IMMEDIATE)
// and commits it durably. When f fails nothing has happened. Writes queue.
// A statement prepared by Prepare runs inside it through tx.StmtContext.
func (db *DB) Write(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	returned := false
	defer func() {
		if !returned { // f panicked: the one writer connection must not stay in its transaction
			_ = tx.Rollback() // the panic goes on and says what matters
		}
	}()
	err = f(tx)
	returned = true
	if err != nil {
		if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
			return errors.Join(err, fmt.Errorf("roll back: %w", rerr))
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// Prepare prepares a statement on the writer connection, for use in Write.
func (db *DB) Prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	st, err := db.writer.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	return st, nil
}

// connector makes driver connections whose pragmas have been read back.
type connector struct {
	path       string
	readonly   bool
	checkpoint int
	pageSize   int
}

// Driver gives the SQLite driver.
func (c *connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

// Connect opens one connection and asserts every pragma on it.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(c.dsn())
	if err != nil {
		return nil, err
	}
	sc, ok := conn.(*sqlite3.SQLiteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("connect: driver gave %T", conn), conn.Close())
	}
	if err := c.assert(sc); err != nil {
		return nil, errors.Join(fmt.Errorf("connect: %w", err), conn.Close())
	}
	if err := observe(sc); err != nil {
		return nil, errors.Join(fmt.Errorf("connect: %w", err), conn.Close())
	}
	return conn, nil
}

func (c *connector) dsn() string {
	q := url.Values{}
	q.Set("_busy_timeout", "5000")
	q.Set("_foreign_keys", "on")
	if c.readonly {
		q.Set("mode", "ro")
		q.Set("_query_only", "on")
	} else {
		q.Set("mode", "rwc")
		q.Set("_synchronous", "FULL")
		q.Set("_txlock", "immediate")
		q.Set("_secure_delete", "on")
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: c.path}).EscapedPath(), RawQuery: q.Encode()}
	return u.String()
}
