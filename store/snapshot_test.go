package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
)

func withRows(t *testing.T) (*store.DB, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a b?.db")
	db, err := store.Open(t.Context(), path, store.Options{Migrations: fstest.MapFS{"0001_a.sql": {Data: []byte(
		`CREATE TABLE pairs (n INTEGER PRIMARY KEY, one INTEGER NOT NULL, two INTEGER NOT NULL);
		 CREATE INDEX pairs_one ON pairs (one);
		 CREATE TABLE refs (pair INTEGER NOT NULL REFERENCES pairs (n));`,
	)}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, path
}

// A copy is one moment of the database, whoever writes meanwhile.
func TestSnapshotBesideAWriter(t *testing.T) {
	t.Parallel()
	db, path := withRows(t)
	add := func() error {
		return db.Write(t.Context(), func(tx *sql.Tx) error {
			for range 2 { // two rows a commit: a half one would show
				if _, err := tx.Exec(`INSERT INTO pairs (one, two) SELECT COUNT(*), COUNT(*) FROM pairs`); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for range 50 {
		if err := add(); err != nil {
			t.Fatal(err)
		}
	}
	stop, cancel := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	writer.Go(func() {
		for stop.Err() == nil {
			if err := add(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	to := filepath.Join(t.TempDir(), "copy.db")
	err := store.Snapshot(t.Context(), path, to)
	cancel()
	writer.Wait()
	if err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(t.Context(), to, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}()
	var n, top int
	if err := again.Reader().QueryRow(`SELECT COUNT(*), MAX(one) FROM pairs`).Scan(&n, &top); err != nil {
		t.Fatal(err)
	}
	if n < 100 || n%2 != 0 || top != n-1 {
		t.Errorf("%d rows up to %d", n, top)
	}
	if err := again.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := store.Snapshot(t.Context(), path, to); err == nil {
		t.Error("it writes over a file")
	}
}

func TestCheckSeesALooseReference(t *testing.T) {
	t.Parallel()
	db, path := withRows(t)
	if err := db.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	raw, err := store.OpenDamaged(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Exec(`INSERT INTO refs (pair) VALUES (7)`); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Check(t.Context()); !problem.Is(err, problem.Damaged) {
		t.Errorf("%v", err)
	}
}
