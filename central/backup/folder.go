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

// Prune removes all but the newest keep backups of an organisation from dir, and
// gives the names of those it removed. Files that are no backups, or are another
// organisation's, are not touched.
func Prune(dir, org string, keep int) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("remove old backups: %w", err)
	}
	var ours []string
	for _, e := range entries {
		if made, ok := madeAt(e.Name(), org); ok && e.Type().IsRegular() && FileName(org, made) == e.Name() {
			ours = append(ours, e.Name())
		}
	}
	slices.Sort(ours)
	old := ours[:max(0, len(ours)-max(keep, 1))]
	var gone []string
	for _, name := range old {
		m, err := ReadManifest(filepath.Join(dir, name))
		if err != nil || m.Org != org {
			continue // somebody should look at it before it goes
		}
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
