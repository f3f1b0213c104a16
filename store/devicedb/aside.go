package devicedb

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// setAside renames a closed database and its -wal and -shm to
// PATH.WHY-BOOT[-N], so that it can be salvaged, and makes the renaming durable.
// The database must be closed: renaming a live one would cancel its locks.
func setAside(path, why, boot string) (string, error) {
	to := path + "." + why + "-" + shortBoot(boot)
	for n := 2; exists(to); n++ {
		to = fmt.Sprintf("%s.%s-%s-%d", path, why, shortBoot(boot), n)
	}
	// The file itself first: without its -wal it could be sound and lack records.
	// What a power cut then leaves behind, the next opening brings after it.
	for _, suffix := range []string{"", "-wal", "-shm"} {
		err := os.Rename(path+suffix, to+suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("set aside: %w", err)
		}
	}
	return to, syncDir(filepath.Dir(path))
}

// finishAside sets aside the -wal of a database that is gone: SQLite would
// delete it, and it may hold the newest records.
func finishAside(path, boot string) error {
	if exists(path) || !exists(path+"-wal") {
		return nil
	}
	_, err := setAside(path, ReasonCorrupt, boot)
	return err
}

// wasSetAside says whether a database at path has been set aside for this reason.
func wasSetAside(path, why string) bool {
	names, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return false // no folder yet: nothing was set aside in it
	}
	for _, n := range names {
		if strings.HasPrefix(n.Name(), filepath.Base(path)+"."+why+"-") {
			return true
		}
	}
	return false
}

func shortBoot(boot string) string {
	boot = strings.ReplaceAll(boot, "-", "")
	if boot == "" {
		return "unknown"
	}
	return boot[:min(8, len(boot))]
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}
