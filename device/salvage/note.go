package salvage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/timepost/timepost/store/devicedb"
)

// KeepFor is how long a journal that was set aside stays on the disk after central has
// answered for what could be read of it, in running time of the machine: a clock that was
// set to anything has no part in it.
const KeepFor = 35 * 24 * time.Hour

// KeepMost is how many bytes of such journals stay; beyond it the oldest go first.
const KeepMost = 512 << 20

// noteEvery is how often the time that a journal was kept is written down.
const noteEvery = time.Hour

// unreadableWait is how long until a file that nothing could be read of is tried again.
const unreadableWait = 24 * time.Hour

// note is what is known of a journal that was handed in.
type note struct {
	At   time.Time     // when, by the kiosk's clock: for people
	Gen  uint64        // the generation of central's that answered
	Kept time.Duration // how long the daemon has run since
}

// noteOf reads the note about a file; found is false where there is none, or one that
// nobody can read: then it is handed in again, which changes nothing.
func noteOf(path string) (n note, found bool, err error) {
	b, err := os.ReadFile(path + devicedb.DoneExt)
	if errors.Is(err, fs.ErrNotExist) {
		return n, false, nil
	}
	if err != nil {
		return n, false, fmt.Errorf("read when a journal was handed in: %w", err)
	}
	when, rest, _ := strings.Cut(strings.TrimSpace(string(b)), " ")
	if n.At, err = time.Parse(time.RFC3339, when); err != nil {
		return note{}, false, nil //nolint:nilerr // as above
	}
	var kept int64 // seconds
	if _, err := fmt.Sscanf(rest, "gen=%d kept=%d", &n.Gen, &kept); err != nil || kept < 0 {
		return note{At: n.At}, true, nil //nolint:nilerr // of a program that noted the time alone
	}
	n.Kept = time.Duration(kept) * time.Second
	return n, true, nil
}

// write puts the note beside its file, whole or not at all.
func (n note) write(path string) error {
	text := fmt.Sprintf("%s gen=%d kept=%d\n", n.At.UTC().Format(time.RFC3339), n.Gen, int64(n.Kept/time.Second))
	tmp := filepath.Join(filepath.Dir(path), ".new-"+filepath.Base(path)+devicedb.DoneExt)
	err := os.WriteFile(tmp, []byte(text), 0o600)
	if err == nil {
		err = os.Rename(tmp, path+devicedb.DoneExt)
	}
	if err != nil {
		return fmt.Errorf("note that a journal was handed in: %w", err)
	}
	return nil
}

// removeAll removes a journal that was set aside, the note about it last.
func removeAll(path string) error {
	for _, suffix := range []string{"-wal", "-shm", "", devicedb.DoneExt} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove journal set aside: %w", err)
		}
	}
	return nil
}

// sizeOf gives the bytes of a journal that was set aside.
func sizeOf(path string) (n int64) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if info, err := os.Lstat(path + suffix); err == nil {
			n += info.Size()
		}
	}
	return n
}
