package backup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const ext = ".tar.gz"

// FileName gives the name of a backup in a folder of them: in the order of the names
// they were made.
func FileName(org string, made time.Time) string {
	return "timepost-" + org + "-" + made.UTC().Format("20060102T150405Z") + ext
}

// Prune removes from dir an organisation's backups but the newest keep, and gives the
// names of those it removed. last is the file name of the one just made: it stays, and so
// does what has a later name. Such a one was made while the clock was ahead, or the clock
// is behind now, and who is older is not known. Files that are no backups, that can't be
// read or are another organisation's, are not touched and take no place.
func Prune(dir, org string, keep int, last string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("remove old backups: %w", err)
	}
	var old []string // what is there besides, the newest first
	for _, e := range slices.Backward(entries) {
		made, ok := madeAt(e.Name(), org)
		if !ok || !e.Type().IsRegular() || FileName(org, made) != e.Name() || e.Name() >= last {
			continue
		}
		if m, err := ReadManifest(filepath.Join(dir, e.Name())); err != nil || m.Org != org {
			continue // somebody should look at it before it goes
		}
		old = append(old, e.Name())
	}
	old = old[min(len(old), max(keep, 1)-1):]
	slices.Reverse(old)
	var gone []string
	for _, name := range old {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return gone, errors.Join(fmt.Errorf("remove old backup: %w", err), syncDir(dir))
		}
		gone = append(gone, name)
	}
	return gone, syncDir(dir)
}

func madeAt(name, org string) (time.Time, bool) {
	text, ok := strings.CutPrefix(name, "timepost-"+org+"-")
	if !ok {
		return time.Time{}, false
	}
	text, ok = strings.CutSuffix(text, ext)
	made, err := time.Parse("20060102T150405Z", text)
	return made, ok && err == nil
}
