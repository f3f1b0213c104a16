package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
)

func schema(text string) fstest.MapFS {
	return fstest.MapFS{"0001_init.sql": &fstest.MapFile{Data: []byte(text)}}
}

func open(t *testing.T, path string, m fstest.MapFS) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), path, store.Options{Migrations: m})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestPragmasHoldOnEveryConnection(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "a b?%.db"), schema(`CREATE TABLE a (n INTEGER)`))
	err := db.Write(t.Context(), func(tx *sql.Tx) error {
		for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1", "wal_autocheckpoint": "100", "journal_size_limit": "1048576", "trusted_schema": "0", "cell_size_check": "1"} {
			var got string
			if err := tx.QueryRow("PRAGMA " + name).Scan(&got); err != nil {
				return err
			}
			if got != want {
				t.Errorf("pragma %s = %s, want %s", name, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Reader().Exec(`INSERT INTO a VALUES (1)`); err == nil {
		t.Error("a reader connection took a write")
	}
}

func TestWriteRollsBack(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "x.db"), schema(`CREATE TABLE a (n INTEGER)`))
	boom := problem.New(problem.Invalid, "no", "")
	err := db.Write(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec(`INSERT INTO a VALUES (1)`); err != nil {
			return err
		}
		return boom
	})
	if !problem.Is(err, problem.Invalid) {
		t.Fatalf("err = %v", err)
	}
	var n int
	if err := db.Reader().QueryRow(`SELECT count(*) FROM a`).Scan(&n); err != nil || n != 0 {
		t.Fatalf("n = %d, err = %v", n, err)
	}
}

func TestMigrationsAreAppendOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	for _, step := range []struct {
		files fstest.MapFS
		want  string
	}{
		{schema(`CREATE TABLE a (n INTEGER)`), ""},
		{schema(`CREATE TABLE a (n INTEGER)`), ""},
		{schema(`CREATE TABLE a (n TEXT)`), "edited after"},
		{fstest.MapFS{}, "newer version"},
	} {
		db, err := store.Open(context.Background(), path, store.Options{Migrations: step.files})
		if err == nil {
			err = db.Close()
		}
		if step.want == "" && err != nil || step.want != "" && (err == nil || !strings.Contains(err.Error(), step.want)) {
			t.Fatalf("want %q, got %v", step.want, err)
		}
	}
}

func TestAFileThatIsNoDatabaseIsDamaged(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	writeFile(t, path, strings.Repeat("not a database ", 500))
	_, err := store.Open(t.Context(), path, store.Options{Migrations: schema(`CREATE TABLE a (n INTEGER)`)})
	if store.Fault(err) != problem.Damaged {
		t.Fatalf("fault = %q, err = %v", store.Fault(err), err)
	}
}

// A caller that survives its own panic can go on writing, and nothing of what it
// had begun is there.
func TestAPanicLeavesNoTransactionOpen(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "x.db"), schema(`CREATE TABLE a (n INTEGER)`))
	insert := func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO a VALUES (1)`)
		return err
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = db.Write(t.Context(), func(tx *sql.Tx) error {
			if err := insert(tx); err != nil {
				t.Error(err)
			}
			panic("boom")
		})
	}()
	if err := db.Write(t.Context(), insert); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.Reader().QueryRow(`SELECT count(*) FROM a`).Scan(&n); err != nil || n != 1 {
		t.Fatalf("n = %d, err = %v", n, err)
	}
}
