package wipe_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/timepost/timepost/device/wipe"
	"github.com/timepost/timepost/internal/problem"
)

// kioskFiles is what a kiosk has kept after a long life.
func kioskFiles() []string {
	return []string{
		"keys/0a1b/tls.key", "keys/0a1b/record.key", "keys/0a1b/seal.key", "identity.json", ".new-123", "readers.json",
		"cache.db", "cache.db-wal", "cache.db-shm", "cache.db.corrupt-aaaaaaaa", "journal.db", "journal.db-wal", "journal.db-shm",
		"journal.db.former-bbbbbbbb", "journal.db.former-bbbbbbbb-wal", "journal.db.former-bbbbbbbb.done", "rescue/rescue-1/journal.db", "rescue-2/journal.db",
	}
}

func fill(t *testing.T, dir string, files ...string) {
	t.Helper()
	for _, name := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func left(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// Nothing of the kiosk is left, and nothing of others is touched.
func TestFinish(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fill(t, dir, append(kioskFiles(), "lock", "photo.jpg", "lost+found/x")...)
	if done, err := wipe.Finish(dir); done || err != nil || len(left(t, dir)) < 10 {
		t.Fatalf("without a mark: %t, %v, %v", done, err, left(t, dir))
	}
	if err := wipe.Mark(dir); err != nil {
		t.Fatal(err)
	}
	if done, err := wipe.Finish(dir); !done || err != nil {
		t.Fatal(done, err)
	}
	if got := left(t, dir); !slices.Equal(got, []string{"lock", "lost+found", "photo.jpg"}) {
		t.Error(got)
	}
	if done, err := wipe.Finish(dir); done || err != nil {
		t.Error("a second time:", done, err)
	}
}

// A power cut may leave any part of it: the next start goes on, and until it is done a
// mark is there.
func TestCutShort(t *testing.T) {
	t.Parallel()
	for n := range kioskFiles() {
		dir := t.TempDir()
		if err := wipe.Mark(dir); err != nil {
			t.Fatal(err)
		}
		fill(t, dir, kioskFiles()[n:]...)
		if done, err := wipe.Finish(dir); !done || err != nil || len(left(t, dir)) != 0 {
			t.Errorf("from file %d on: %t, %v, %v", n, done, err, left(t, dir))
		}
	}
}

// What can't be removed is told, and tried again at the next start.
func TestStuck(t *testing.T) {
	t.Parallel()
	if err := wipe.Mark(filepath.Join(t.TempDir(), "none")); !problem.Is(err, problem.OutOfOrder) {
		t.Error(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	fill(t, filepath.Dir(file), "file")
	if _, err := wipe.Finish(file); !problem.Is(err, problem.OutOfOrder) {
		t.Error(err)
	}
}
