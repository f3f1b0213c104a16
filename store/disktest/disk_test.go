package disktest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
	"github.com/timepost/timepost/store/disktest"
)

func schema() fstest.MapFS {
	return fstest.MapFS{"0001_init.sql": {Data: []byte("CREATE TABLE notes (n INTEGER PRIMARY KEY, text TEXT NOT NULL);")}}
}

func open(t *testing.T, dir string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(dir, "notes.db"), store.Options{Migrations: schema(), AutoCheckpoint: 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func write(ctx context.Context, db *store.DB, n int) error {
	return db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO notes (n, text) VALUES ($1, $2)", n, fmt.Sprint("note ", n))
		return err
	})
}

// count gives how many notes there are, without a gap from 1 on.
func count(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	var most int
	if err := db.Reader().QueryRowContext(t.Context(), "SELECT count(*), coalesce(max(n), 0) FROM notes").Scan(&n, &most); err != nil {
		t.Fatal(err)
	}
	var sound string
	if err := db.Reader().QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" || n != most {
		t.Fatalf("integrity %q, %v; %d notes, the last is %d", sound, err, n, most)
	}
	return n
}

// cuts writes notes and cuts the power before calls of every kind; it gives how many
// images lack a note that was committed before the cut.
func cuts(t *testing.T, weaken string) (images, lacking int) {
	dir, rng := t.TempDir(), rand.New(rand.NewPCG(3, 1))
	disk := disktest.Watch(t, dir)
	db := open(t, dir)
	if weaken != "" {
		st, err := db.Prepare(t.Context(), weaken)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := st.ExecContext(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	type image struct {
		disktest.Image
		notes int
	}
	var committed atomic.Int64
	var all []image
	disk.Before(func(disktest.Call) error {
		if rng.IntN(4) == 0 {
			all = append(all, image{disk.Cut(rng), int(committed.Load())})
		}
		return nil
	})
	for n := 1; n <= 40; n++ {
		if err := write(t.Context(), db, n); err != nil {
			t.Fatal(err)
		}
		committed.Store(int64(n))
	}
	disk.Before(nil)
	for _, i := range all {
		there := t.TempDir()
		if err := i.Write(there); err != nil {
			t.Fatal(err)
		}
		if count(t, open(t, there)) < i.notes {
			lacking++
		}
	}
	return len(all), lacking
}

// What was committed is there after each cut; with synchronous=NORMAL it is not, so
// that the disk does forget what was not flushed.
func TestCuts(t *testing.T) {
	t.Parallel()
	images, lacking := cuts(t, "")
	if images < 30 || lacking > 0 {
		t.Errorf("FULL: %d of %d images (at least 30) lack a committed note", lacking, images)
	}
	images, lacking = cuts(t, "PRAGMA synchronous=NORMAL")
	t.Logf("NORMAL: %d of %d images lack a committed note", lacking, images)
	if lacking == 0 {
		t.Errorf("NORMAL: none of %d images lacks a note: the disk does not forget", images)
	}
}

// Each kind of call can be refused, with the error SQLite makes of it.
func TestFaults(t *testing.T) {
	t.Parallel()
	const full, broken = "database or disk is full", "disk I/O error"
	for _, c := range []struct {
		op    disktest.Op
		fault error
		want  string
	}{
		{disktest.Write, syscall.ENOSPC, full},
		{disktest.Write, syscall.EIO, broken},
		{disktest.Write, disktest.Short(7), full},
		{disktest.Sync, syscall.EIO, broken},
	} {
		dir := t.TempDir()
		disk := disktest.Watch(t, dir)
		db := open(t, dir)
		failed := false
		disk.Before(func(call disktest.Call) error {
			if failed && errors.As(c.fault, new(disktest.Short)) && call.Op == disktest.Write {
				return syscall.ENOSPC // the disk is full now
			}
			if call.Op != c.op || failed {
				return nil
			}
			failed = true
			return c.fault
		})
		if err := write(t.Context(), db, 1); store.Fault(err) != problem.OutOfOrder || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %v: %v, want %q", c.op, c.fault, err, c.want)
		}
		disk.Before(nil)
		if err := write(t.Context(), db, 1); err != nil {
			t.Errorf("after %s with %v: %v", c.op, c.fault, err)
		}
	}
}
