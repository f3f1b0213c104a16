package main

import (
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing/fstest"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/store"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

const (
	punches    = 6000
	warmUp     = 500 // not counted: tables and caches fill
	rosterSize = 500
)

// benchPunch compares a whole PIN punch, bcrypt left out, with the two durable
// commits that no clock can do without: one charges the guess, one is the punch.
func benchPunch(ctx context.Context) (section, error) {
	s := section{
		Title: "A punch on the kiosk",
		Note: fmt.Sprintf("Identify and punch %d times on a roster of %d people, without bcrypt: guess charged and committed, seals opened, session, record chained, signed and committed. "+
			"The baseline is two single-row commits, WAL with synchronous=FULL, interleaved with the measured punches in the same run.", punches, rosterSize),
	}
	dir, err := os.MkdirTemp("", "punch")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	clocks, err := hw.OpenClocks()
	if err != nil {
		return s, err
	}
	k, err := newBenchKiosk(ctx, dir, clocks.Stamp)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	bare, err := newBareCommits(ctx, dir)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, bare.close()) }()
	var took, base []time.Duration
	for i := range warmUp + punches {
		if i == warmUp {
			took, base = took[:0], base[:0]
		}
		began := time.Now()
		if err := k.punch(ctx, i); err != nil {
			return s, err
		}
		took = append(took, time.Since(began))
		began = time.Now()
		if err := errors.Join(bare.commit(ctx), bare.commit(ctx)); err != nil {
			return s, err
		}
		base = append(base, time.Since(began))
	}
	ms := func(d []time.Duration, p float64) float64 { return percentile(d, p) * 1000 }
	s.Rows = []row{
		atMost("identify + punch, p99", ms(took, 0.99), ms(base, 0.99), 2, "ms"),
		figure("identify + punch, median", ms(took, 0.5), ms(base, 0.5), "ms"),
	}
	return s, nil
}

// benchKiosk is a real Terminal over real databases.
type benchKiosk struct {
	terminal *device.Terminal
	journal  *devicedb.Journal
	cache    *devicedb.Cache
	code     pin.PIN
	key      ed25519.PrivateKey // of its records
}

func newBenchKiosk(ctx context.Context, dir string, clocks device.Clocks) (*benchKiosk, error) {
	log := slog.New(slog.DiscardHandler)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	seal, err := pin.NewSealKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	k := &benchKiosk{key: key}
	if k.code, err = pin.Parse("4711"); err != nil {
		return nil, err
	}
	k.journal, err = devicedb.OpenJournal(ctx, filepath.Join(dir, "journal.db"), devicedb.Identity{Org: org, Kiosk: kioskID, Key: key},
		devicedb.Options{Random: rand.Reader, Stamp: func() attendance.Stamp { return clocks("Europe/Berlin") }, Logger: log})
	if err != nil {
		return nil, err
	}
	k.cache, err = devicedb.OpenCache(ctx, filepath.Join(dir, "cache.db"), devicedb.CacheOptions{BootID: "bench", Logger: log})
	if err != nil {
		return nil, errors.Join(err, k.journal.Close())
	}
	binding := pin.Binding{Org: org, Kiosk: kioskID, Key: pin.SealKeyIDOf(seal.PublicKey())}
	page, err := benchRoster(binding, seal.PublicKey())
	if err != nil {
		return nil, errors.Join(err, k.close())
	}
	if err := k.cache.Apply(ctx, []wire.Page{page}); err != nil {
		return nil, errors.Join(err, k.close())
	}
	match := func(_ []byte, kind pin.Kind, _ string, _ pin.PIN) (bool, error) { return kind == pin.Personal, nil }
	k.terminal, err = device.NewTerminal(device.Config{
		Org: org, Kiosk: kioskID, Seal: seal, SealKeyID: binding.Key, Journal: k.journal,
		Roster: k.cache, Directory: k.cache, Badges: k.cache, Clocks: clocks, Random: rand.Reader, Dummy: []byte("dummy"), Match: match, Logger: log,
	})
	if err != nil {
		return nil, errors.Join(err, k.close())
	}
	return k, nil
}

func (k *benchKiosk) close() error { return errors.Join(k.journal.Close(), k.cache.Close()) }

// punch lets the i-th person do what comes first.
func (k *benchKiosk) punch(ctx context.Context, i int) error {
	s, err := k.terminal.Identify(ctx, local.Attempt{Person: benchPerson(i % rosterSize), PIN: k.code})
	if err != nil {
		return fmt.Errorf("identify: %w", err)
	}
	_, err = k.terminal.Punch(ctx, local.PunchRequest{Session: s.ID, Action: s.Actions[0]})
	return err
}

// byBadge lets the i-th person do what comes first, with their card.
func (k *benchKiosk) byBadge(ctx context.Context, i int) error {
	r := k.terminal.Badge(ctx, benchBadge(i%rosterSize), badge.Transform{})
	if r.Receipt == nil {
		return fmt.Errorf("card %d: %+v", i, r)
	}
	return nil
}

func benchBadge(i int) string { return fmt.Sprintf("text:B%07d", i) }

func benchPerson(i int) string { return fmt.Sprintf("p-%08d", i) }

// benchRoster is a snapshot of people whose PIN hashes are really sealed.
func benchRoster(b pin.Binding, to *ecdh.PublicKey) (wire.Page, error) {
	page := wire.Page{Gen: 1, To: 1, Parts: 1}
	put := func(kind, id string, v any) error {
		raw, err := json.Marshal(v)
		page.Rows = append(page.Rows, wire.Row{Kind: kind, ID: id, Put: raw})
		return err
	}
	if err := put(wire.KindSettings, devicedb.SettingsID, wire.SettingsRow{OrgName: "Bench", KioskName: "Bench", Zone: "Europe/Berlin", RequiresPIN: true, Habits: wire.Habits{Badges: wire.BadgeOnly}}); err != nil {
		return page, err
	}
	for i := range rosterSize {
		b.Kind, b.Subject, b.Role, b.Version = pin.Personal, benchPerson(i), string(attendance.Regular), 1
		sealed, err := pin.Seal(to, b, make([]byte, 60))
		if err != nil {
			return page, err
		}
		row := wire.PersonRow{
			Person: attendance.Person{ID: b.Subject, Name: fmt.Sprintf("Person %d", i), Role: attendance.Regular, Active: true},
			Listed: true, Badges: []string{benchBadge(i)}, PIN: &wire.SealedPIN{Version: 1, Len: 4, Sealed: sealed},
		}
		if err := put(wire.KindPerson, b.Subject, row); err != nil {
			return page, err
		}
	}
	return page, nil
}

// bareCommits is the baseline: one row, one durable commit.
type bareCommits struct {
	db *store.DB
	st *sql.Stmt
}

func newBareCommits(ctx context.Context, dir string) (*bareCommits, error) {
	schema := fstest.MapFS{"1.sql": {Data: []byte(`CREATE TABLE a (id INTEGER PRIMARY KEY, body BLOB NOT NULL)`)}}
	db, err := store.Open(ctx, filepath.Join(dir, "bare.db"), store.Options{Migrations: schema})
	if err != nil {
		return nil, err
	}
	st, err := db.Prepare(ctx, `INSERT INTO a (body) VALUES ($1)`)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &bareCommits{db, st}, nil
}

func (b *bareCommits) commit(ctx context.Context) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.StmtContext(ctx, b.st).ExecContext(ctx, make([]byte, 500))
		return err
	})
}

func (b *bareCommits) close() error { return errors.Join(b.st.Close(), b.db.Close()) }
