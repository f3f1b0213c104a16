package devicedb

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
	"github.com/timepost/timepost/sync/record"
)

//go:embed migrations/journal/*.sql
var journalMigrations embed.FS

// The reasons a journal is opened for, as its first record tells them.
const (
	ReasonEnrolled = "enrolled" // this machine became the kiosk
	ReasonCorrupt  = "corrupt"  // the database before was damaged and set aside
	ReasonLost     = "lost"     // the database before was missing
)

// Identity is who writes the journal: every hash and signature is bound to it.
type Identity struct {
	Org   string
	Kiosk string
	Key   ed25519.PrivateKey // the record key
}

func (i Identity) public() ed25519.PublicKey { return i.Key.Public().(ed25519.PublicKey) }

// Options is what a journal takes from outside.
type Options struct {
	Random io.Reader               // for journal ids
	Stamp  func() attendance.Stamp // reads every clock; BootSeq is the journal's own work
	Logger *slog.Logger            // nil: nothing is logged
	// Lost says that there was a journal before, so that a missing file is a loss
	// (the guess counters then start strict) and not a first start.
	Lost bool
	// KeepFor is for how much running time acknowledged records are kept; 0: KeepFor.
	KeepFor time.Duration
}

// Head is where the current journal stands.
type Head struct {
	Journal record.JournalID
	Seq     uint64      // the newest record; 0: none
	Hash    record.Hash // its hash; the genesis hash at Seq 0
	Oldest  uint64      // the oldest record still held
	Acked   uint64      // central has committed everything up to here
	Queue   int         // records not yet acknowledged

	AckedHash record.Hash // its own hash at Acked; zero at Acked 0
}

// Journal is journal.db. Writes queue; each is one durable commit.
type Journal struct {
	path     string
	id       Identity
	o        Options
	log      *slog.Logger
	appended chan struct{}
	changes  ticks

	writing sync.Mutex // one writer; guards broken and lastBoot
	broken  bool       // the last write failed in the disk or file: close, reopen and verify first

	suspect  atomic.Bool   // reading for sending has found damage: the same
	unsigned atomic.Bool   // it was a signature: look at every one
	signed   atomic.Uint64 // After has looked at the signatures up to here, from the acknowledged one on

	mu   sync.RWMutex // guards what follows; held for reading while db is used
	db   *store.DB
	st   journalStatements
	head head
}

// head is the writer's memory of where the chain ends.
type head struct {
	Head
	n       int64 // journals.n
	bootSeq uint64
	lost    bool

	inherited uint64 // up to here the chain was verified at the start, not every signature; 0: every one
}

type journalStatements struct {
	record, punch, getGuard, putGuard        *sql.Stmt // on the writer
	after, lastPunches, punchesAfter, voided *sql.Stmt // on the readers
	seen                                     *sql.Stmt
}

// OpenJournal opens or creates the journal at path, verifies the chain over what
// central has not acknowledged, signed by its newest record, and appends a `boot` record where the boot is
// new. A corrupt file, or one that belongs to another identity, is set aside and
// a new journal begun. It fails with problem.OutOfOrder where the disk does not
// work, and with problem.Damaged where the file is from a newer program.
func OpenJournal(ctx context.Context, path string, id Identity, o Options) (*Journal, error) {
	if len(id.Key) != ed25519.PrivateKeySize || !attendance.ValidSegment(id.Org) || !attendance.ValidSegment(id.Kiosk) {
		return nil, problem.New(problem.Invalid, "The kiosk's identity is incomplete.", "Enrol the kiosk again.")
	}
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	j := &Journal{path: path, id: id, o: o, log: log, appended: make(chan struct{}, 1)}
	j.writing.Lock()
	defer j.writing.Unlock()
	if err := j.begin(ctx); err != nil {
		return nil, faulted(fmt.Errorf("open journal: %w", err))
	}
	return j, nil
}

// Close ends all connections. Methods fail afterwards.
func (j *Journal) Close() error {
	j.writing.Lock()
	defer j.writing.Unlock()
	return j.shut()
}

// Head gives where the current journal stands.
func (j *Journal) Head(context.Context) (Head, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.head.Head, nil
}

// GuardsLost says whether the guess counters were lost with an earlier database.
func (j *Journal) GuardsLost() bool {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.head.lost
}

// Changed gives the one channel (capacity 1) that gets a tick after each commit
// that appended. It is for one reader; others Follow.
func (j *Journal) Changed() <-chan struct{} { return j.appended }

// Follow gives a channel (capacity 1) of its own that gets a tick after each
// commit that appended or released, until ctx ends.
func (j *Journal) Follow(ctx context.Context) <-chan struct{} { return j.changes.follow(ctx) }

// shut closes the database. The caller holds writing.
func (j *Journal) shut() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.db == nil {
		return nil
	}
	err := j.db.Close() // closes its statements too
	j.db, j.st = nil, journalStatements{}
	return err
}

// use gives the open database; release ends its use.
func (j *Journal) use() (db *store.DB, release func(), err error) {
	j.mu.RLock()
	if j.db == nil {
		j.mu.RUnlock()
		return nil, nil, problem.New(problem.OutOfOrder, "This time clock can't read its data right now.",
			"Use another kiosk and tell your supervisor.")
	}
	return j.db, j.mu.RUnlock, nil
}

func prepareJournal(ctx context.Context, db *store.DB) (st journalStatements, err error) {
	for _, p := range []struct {
		to    **sql.Stmt
		query string
	}{
		{&st.record, insertRecord},
		{&st.punch, insertPunch},
		{&st.getGuard, `SELECT state FROM guards WHERE key = $1`},
		{&st.putGuard, upsertGuard},
	} {
		if *p.to, err = db.Prepare(ctx, p.query); err != nil {
			return st, err
		}
	}
	for _, p := range []struct {
		to    **sql.Stmt
		query string
	}{
		{&st.after, selectAfter},
		{&st.lastPunches, selectLast},
		{&st.punchesAfter, selectLater},
		{&st.voided, selectVoided},
		{&st.seen, `SELECT message FROM read_messages WHERE person = $1`},
	} {
		if *p.to, err = db.Reader().PrepareContext(ctx, p.query); err != nil {
			return st, fmt.Errorf("prepare: %w", err)
		}
	}
	return st, nil
}

// openDatabase opens one of the two. The WAL is kept at 1 MiB: as much is let into it, so
// that pages that change often are brought into the database less often.
func openDatabase(ctx context.Context, path string, files embed.FS, dir string, pageSize int) (*store.DB, error) {
	sub, err := fs.Sub(files, dir)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return store.Open(ctx, path, store.Options{Migrations: sub, AutoCheckpoint: 1_000_000 / pageSize, PageSize: pageSize})
}

// closing joins the error of closing db to err.
func closing(db *store.DB, err error) error { return errors.Join(err, db.Close()) }
