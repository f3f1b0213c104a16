package salvage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// KeepFor is how long a journal that was set aside stays on the disk after central
// has answered for what could be read of it.
const KeepFor = 35 * 24 * time.Hour

// file hands in one journal that was set aside, and removes it when its time is over.
func (s *Sender) file(ctx context.Context, path string) (n int, err error) {
	done, err := doneAt(path)
	if err != nil {
		return 0, err
	}
	if !done.IsZero() {
		if s.cfg.Now().Sub(done) < KeepFor {
			return 0, nil
		}
		s.cfg.Logger.Info("journal set aside removed", "file", filepath.Base(path), "handed_in", done)
		return 0, removeAll(path)
	}
	if s.unreadable[path] {
		return 0, nil
	}
	found, err := devicedb.Rescue(ctx, path, filepath.Dir(path))
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil {
		// It stays where it is for somebody with better tools, and is tried again after
		// the next start only.
		s.unreadable[path] = true
		s.cfg.Logger.Error("journal set aside can't be read", "file", filepath.Base(path), "err", err)
		return 0, nil
	}
	for _, u := range found {
		m, err := s.rescued(ctx, path, u)
		n += m
		if err != nil {
			return n, err
		}
	}
	s.cfg.Logger.Warn("journal set aside handed in", "file", filepath.Base(path), "records", n)
	return n, writeDone(path, s.cfg.Now())
}

// rescued hands in one journal of a file, in parts.
func (s *Sender) rescued(ctx context.Context, path string, u devicedb.Unsent) (n int, err error) {
	for n < len(u.Records) {
		part := u.Records[n:min(n+wire.MaxDeposit, len(u.Records))]
		ack, err := s.hand(ctx, wire.UploadSalvage, wire.Deposit{Journal: u.Journal, Reason: reasonOf(path), Runs: runsOf(part)})
		if err != nil {
			return n, err
		}
		if last := part[len(part)-1]; ack.Through != last.Seq || ack.Hash != last.Hash {
			return n, fmt.Errorf("hand in %s: the answer is for record %d, not %d", filepath.Base(path), ack.Through, last.Seq)
		}
		n += len(part)
	}
	return n, nil
}

// reasonOf gives why a file was set aside, as its name says.
func reasonOf(path string) string {
	_, after, _ := strings.Cut(filepath.Base(path), ".db.")
	why, _, _ := strings.Cut(after, "-")
	return why
}

func doneAt(path string) (time.Time, error) {
	b, err := os.ReadFile(path + devicedb.DoneExt)
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read when a journal was handed in: %w", err)
	}
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(string(b)))
	if err != nil {
		return time.Time{}, nil // cut short by a power cut: it is handed in again, which changes nothing
	}
	return at, nil
}

func writeDone(path string, at time.Time) error {
	if err := os.WriteFile(path+devicedb.DoneExt, []byte(at.UTC().Format(time.RFC3339)+"\n"), 0o600); err != nil {
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
