package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing/fstest"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

const (
	backlog = 100_000
	org     = "bench"
	kioskID = "k-bench"
)

// benchDrain empties a month's backlog of one kiosk through its store, a real
// MQTT broker with mutual TLS, and central, all on this machine, and compares it
// with the least that any store could do: inserting the same bytes in batches of
// 100 with the same durability.
func benchDrain(ctx context.Context) (section, error) {
	s := section{
		Title: "Drain of 100,000 records from one kiosk",
		Note: "Kiosk journal, MQTT over mutual TLS 1.3, signed batches, verification, central's commit and signed acknowledgement, projection of punches running beside it; " +
			"on the same cores. The baseline inserts the same bodies, hashes and signatures in batches of 100 rows, WAL with synchronous=FULL, once before and once after, averaged. Below it, each part alone.",
	}
	dir, err := os.MkdirTemp("", "drain")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return s, err
	}
	journal, filling, err := fillJournal(ctx, dir, devicedb.Identity{Org: org, Kiosk: kioskID, Key: key})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, journal.Close()) }()
	records, err := journal.After(ctx, 0, backlog+10)
	if err != nil {
		return s, err
	}
	before, err := bareInsert(ctx, filepath.Join(dir, "before.db"), records)
	if err != nil {
		return s, err
	}
	drained, err := drain(ctx, dir, key, journal)
	if err != nil {
		return s, err
	}
	after, err := bareInsert(ctx, filepath.Join(dir, "after.db"), records)
	if err != nil {
		return s, err
	}
	bare := (before + after) / 2 // what else the machine does falls on both
	per := func(d time.Duration) float64 { return float64(len(records)) / d.Seconds() }
	s.Rows = []row{
		atLeast("records acknowledged", per(drained), per(bare), 0.4, "/s"),
		figure("appended to the journal, 500 a commit (chain, signature, punch index)", per(filling), per(bare), "/s"),
	}
	parts, err := drainParts(ctx, dir, key, records, per(bare))
	s.Rows = append(s.Rows, parts...)
	return s, err
}

// fillJournal writes the backlog, as a month without network would have.
func fillJournal(ctx context.Context, dir string, id devicedb.Identity) (*devicedb.Journal, time.Duration, error) {
	at := time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)
	stamp := func() attendance.Stamp {
		return attendance.Stamp{Real: at.UnixNano(), Boot: at.Unix(), Mono: at.Unix(), Raw: at.Unix(), BootID: "8f1c6a52-33ab-4f0e-9a56-0d9e1e6d9c11", BootSeq: 1, Zone: "Europe/Berlin", TZData: "2026a"}
	}
	j, err := devicedb.OpenJournal(ctx, filepath.Join(dir, "journal.db"), id,
		devicedb.Options{Random: rand.Reader, Stamp: stamp, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, 0, err
	}
	actions := []attendance.Action{attendance.In, attendance.BreakStart, attendance.BreakEnd, attendance.Out}
	began := time.Now()
	for n := 0; n < backlog; n += 500 {
		err := j.Update(ctx, func(tx *devicedb.JournalTx) error {
			for i := range 500 {
				at = at.Add(time.Second)
				_, err := tx.Append(record.Body{Type: record.Punched, Stamp: stamp(), Person: fmt.Sprintf("p-%08d", (n+i)%500), Action: actions[(n+i)/500%4], Auth: attendance.AuthPersonal})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, 0, errors.Join(err, j.Close())
		}
	}
	return j, time.Since(began), nil
}

// bareInsert is the baseline.
func bareInsert(ctx context.Context, path string, records []record.Record) (time.Duration, error) {
	schema := fstest.MapFS{"1.sql": {Data: []byte(`CREATE TABLE records (id INTEGER PRIMARY KEY, kiosk TEXT NOT NULL, journal BLOB NOT NULL,
		seq BIGINT NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL, sig BLOB NOT NULL, UNIQUE (kiosk, journal, seq))`)}}
	db, err := store.Open(ctx, path, store.Options{Migrations: schema, AutoCheckpoint: 1000})
	if err != nil {
		return 0, err
	}
	st, err := db.Prepare(ctx, `INSERT INTO records (kiosk, journal, seq, body, hash, sig) VALUES ($1, $2, $3, $4, $5, $6)`)
	if err != nil {
		return 0, errors.Join(err, db.Close())
	}
	began := time.Now()
	for from := 0; from < len(records); from += wire.MaxBatch {
		err := db.Write(ctx, func(tx *sql.Tx) error {
			in := tx.StmtContext(ctx, st)
			for _, r := range records[from:min(from+wire.MaxBatch, len(records))] {
				if _, err := in.ExecContext(ctx, kioskID, r.Journal[:], r.Seq, r.Body, r.Hash[:], r.Sig); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return 0, errors.Join(err, db.Close())
		}
	}
	took := time.Since(began)
	return took, errors.Join(st.Close(), db.Close())
}
