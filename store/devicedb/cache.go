package devicedb

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
	"github.com/timepost/timepost/sync/wire"
)

//go:embed migrations/cache/*.sql
var cacheMigrations embed.FS

// SettingsID is the id of the one settings row.
const SettingsID = "kiosk"

// CacheOptions is what a cache takes from outside.
type CacheOptions struct {
	BootID string       // names the file a corrupt cache is set aside as
	Logger *slog.Logger // nil: nothing is logged
	Owner  string       // whose cache it is, organisation and kiosk; that of another is emptied
}

// Cache is cache.db: the roster in force, and presence.
type Cache struct {
	db      *store.DB
	row     *sql.Stmt
	here    *sql.Stmt
	sums    *sql.Stmt
	index   atomic.Pointer[index] // of the roster in force; replaced, never changed
	others  atomic.Bool           // central has told of punches made at other kiosks
	applied chan struct{}
	changes ticks
}

// OpenCache opens or creates the cache at path. In the place of one that is corrupt, and
// set aside, or gone, the copy that Keep made is used; without one it begins empty, at
// version 0, so that the next round fetches everything.
func OpenCache(ctx context.Context, path string, o CacheOptions) (*Cache, error) {
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if !exists(path) {
		if err := finishAside(path, o.BootID); err != nil { // its log would be put on top of the copy
			return nil, faulted(fmt.Errorf("open cache: %w", err))
		}
		return beginCache(ctx, path, o.Owner, log)
	}
	c, err := tryOpenCache(ctx, path, o.Owner)
	if err != nil && damaged(err) {
		c, err = tryOpenCache(ctx, path, o.Owner) // as a journal
	}
	if err != nil && damaged(err) {
		to, rerr := setAside(path, ReasonCorrupt, o.BootID)
		if rerr != nil {
			return nil, faulted(fmt.Errorf("open cache: %w", errors.Join(err, rerr)))
		}
		log.Error("cache set aside", "file", to, "err", err)
		return beginCache(ctx, path, o.Owner, log)
	}
	if err != nil {
		return nil, faulted(fmt.Errorf("open cache: %w", err))
	}
	return c, nil
}

// beginCache begins a cache where there is none: with the copy that was kept, or empty.
func beginCache(ctx context.Context, path, owner string, log *slog.Logger) (*Cache, error) {
	if exists(path + keptExt) {
		c, err := revive(ctx, path, owner)
		if err == nil {
			log.Warn("cache begun with its copy")
			return c, nil
		}
		log.Error("the copy of the cache can't be used", "err", err)
	}
	c, err := tryOpenCache(ctx, path, owner)
	if err != nil {
		return nil, faulted(fmt.Errorf("open cache: %w", err))
	}
	return c, nil
}

// errRow is a stored row that is not what was put there.
var errRow = errors.New("stored row can't be read")

func damaged(err error) bool {
	return store.Fault(err) == problem.Damaged || errors.Is(err, errRow)
}

func tryOpenCache(ctx context.Context, path, owner string) (*Cache, error) {
	db, err := openDatabase(ctx, path, cacheMigrations, "migrations/cache", 4096)
	if err != nil {
		return nil, err
	}
	c := &Cache{db: db, applied: make(chan struct{}, 1)}
	err = c.claim(ctx, owner)
	if err == nil {
		err = c.start(ctx)
	}
	if err != nil {
		return nil, closing(db, err)
	}
	return c, nil
}

func (c *Cache) start(ctx context.Context) (err error) {
	if c.row, err = c.db.Reader().PrepareContext(ctx, `SELECT put FROM rows WHERE kind = $1 AND id = $2`); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	c.here, err = c.db.Reader().PrepareContext(ctx, `SELECT state, since, project, kiosk, journal, as_of FROM presence WHERE person = $1`)
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	if c.sums, err = c.db.Reader().PrepareContext(ctx, `SELECT since, punches, came, journal, as_of FROM summaries WHERE person = $1`); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	if err := c.lookElsewhere(ctx); err != nil {
		return err
	}
	ix, err := readIndex(ctx, c.db.Reader())
	if err != nil {
		return err
	}
	c.index.Store(ix)
	return nil
}

// Close ends all connections.
func (c *Cache) Close() error { return c.db.Close() }

// Changed gives the one channel (capacity 1) that gets a tick after each change
// of the roster or presence. It is for one reader; others Follow.
func (c *Cache) Changed() <-chan struct{} { return c.applied }

// Follow gives a channel (capacity 1) of its own that gets a tick after each
// change, until ctx ends.
func (c *Cache) Follow(ctx context.Context) <-chan struct{} { return c.changes.follow(ctx) }

func (c *Cache) changed() {
	tickOne(c.applied)
	c.changes.tick()
}

// Version gives the generation and roster version in force; 0, 0 before the
// first snapshot.
func (c *Cache) Version(ctx context.Context) (gen, version uint64, err error) {
	err = c.db.Reader().QueryRowContext(ctx, `SELECT gen, version FROM roster`).Scan(&gen, &version)
	if err != nil {
		return 0, 0, faulted(fmt.Errorf("read roster version: %w", err))
	}
	return gen, version, nil
}

// Settings gives what the organisation decided for this kiosk; problem.NotFound
// before the first snapshot.
func (c *Cache) Settings(context.Context) (wire.SettingsRow, error) {
	if s := c.index.Load().settings; s != nil {
		return *s, nil
	}
	return wire.SettingsRow{}, errNoRow()
}

// Person gives a person of the roster; problem.NotFound for anybody else.
func (c *Cache) Person(ctx context.Context, id string) (wire.PersonRow, error) {
	var p wire.PersonRow
	err := c.read(ctx, wire.KindPerson, id, &p)
	return p, err
}

// Universal gives the Universal PIN of kiosk; problem.NotFound where it has none.
func (c *Cache) Universal(ctx context.Context, kiosk string) (wire.UniversalRow, error) {
	var u wire.UniversalRow
	err := c.read(ctx, wire.KindUniversal, kiosk, &u)
	return u, err
}

// Project gives a project; problem.NotFound where it is not on the roster.
func (c *Cache) Project(ctx context.Context, id string) (wire.ProjectRow, error) {
	var p wire.ProjectRow
	err := c.read(ctx, wire.KindProject, id, &p)
	return p, err
}

func (c *Cache) read(ctx context.Context, kind, id string, into any) error {
	var put []byte
	err := c.row.QueryRowContext(ctx, kind, id).Scan(&put)
	if errors.Is(err, sql.ErrNoRows) {
		return errNoRow()
	}
	if err != nil {
		return faulted(fmt.Errorf("read roster row: %w", err))
	}
	if err := json.Unmarshal(put, into); err != nil {
		return problem.New(problem.Damaged, "This kiosk's list is damaged.", "Ask your supervisor.").Because(errors.Join(errRow, err))
	}
	return nil
}

func errNoRow() error {
	return problem.New(problem.NotFound, "This is not on this kiosk's list.", "Ask your supervisor.")
}
