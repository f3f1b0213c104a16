package salvage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// files hands in the journals that were set aside, one by one: one that can't be read
// holds up no other.
func (s *Sender) files(ctx context.Context) (n int, err error) {
	if !s.swept { // a power cut leaves the copy that a rescue works on
		if err := s.sweep(); err != nil {
			return 0, err
		}
		s.swept = true
	}
	files, err := devicedb.SetAsides(s.cfg.Path)
	if err != nil {
		return 0, err
	}
	gen, err := s.cfg.Gen(ctx)
	if err != nil {
		return 0, err
	}
	ran := s.ran()
	for _, file := range files {
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
		m, ferr := s.file(ctx, file, gen, ran)
		n, err = n+m, errors.Join(err, ferr)
	}
	return n, errors.Join(err, s.trim(files))
}

// ran gives how long the daemon has run since the last look.
func (s *Sender) ran() time.Duration {
	now := s.cfg.Now()
	before := s.looked
	s.looked = now
	if before.IsZero() {
		return 0
	}
	return max(0, now.Sub(before)) // by the monotonic clock
}

// scratch is where copies lie that are being read.
func (s *Sender) scratch() string { return filepath.Join(filepath.Dir(s.cfg.Path), "rescue") }

func (s *Sender) sweep() error {
	left, err := filepath.Glob(s.scratch() + "*")
	for _, dir := range left {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	if err != nil {
		return fmt.Errorf("remove what a rescue left behind: %w", err)
	}
	return nil
}

// file hands in one journal that was set aside, again under each new generation of
// central's, whose backup may lack it. When its time is over central is asked once more,
// for it may have been restored while it was not heard, and then the file goes.
func (s *Sender) file(ctx context.Context, path string, gen uint64, ran time.Duration) (n int, err error) {
	had, found, err := noteOf(path)
	if err != nil {
		return 0, err
	}
	due := false
	if found && had.Gen >= gen {
		s.unsaved[path] += ran
		had.Kept += s.unsaved[path]
		if due = had.Kept >= KeepFor; !due {
			return 0, s.keep(path, had)
		}
	}
	if tried, failed := s.unreadable[path]; failed && s.cfg.Now().Sub(tried) < unreadableWait {
		return 0, nil
	}
	n, answered, err := s.handFile(ctx, path, max(gen, had.Gen))
	if err != nil || answered == 0 {
		return n, err
	}
	if due && answered == had.Gen {
		delete(s.unsaved, path)
		s.cfg.Logger.Info("journal set aside removed", "file", filepath.Base(path), "handed_in", had.At)
		return 0, removeAll(path)
	}
	s.cfg.Logger.Warn("journal set aside handed in", "file", filepath.Base(path), "records", n, "gen", answered, "again", found)
	delete(s.unsaved, path)
	return n, note{At: s.cfg.Now(), Gen: answered}.write(path)
}

// keep writes down, now and then, how long a file was kept.
func (s *Sender) keep(path string, n note) error {
	if s.unsaved[path] < noteEvery {
		return nil
	}
	delete(s.unsaved, path)
	return n.write(path)
}

// handFile hands in what can be read of a file, and gives the generation that has answered
// for all of it: gen at least, 0 where nothing can be read.
func (s *Sender) handFile(ctx context.Context, path string, gen uint64) (n int, answered uint64, err error) {
	if err := os.MkdirAll(s.scratch(), 0o700); err != nil {
		return 0, 0, fmt.Errorf("rescue records: %w", err)
	}
	defer func() { _ = os.Remove(s.scratch()) }() // if it is empty
	found, err := devicedb.Rescue(ctx, path, s.scratch())
	if ctx.Err() != nil {
		return 0, 0, ctx.Err()
	}
	if err != nil {
		// It stays where it is for somebody with better tools, and is tried again now and
		// then: the disk may have been full.
		s.unreadable[path] = s.cfg.Now()
		s.cfg.Logger.Error("journal set aside can't be read", "file", filepath.Base(path), "err", err)
		return 0, 0, nil
	}
	answered = gen
	for i, u := range found {
		m, by, err := s.rescued(ctx, path, u)
		n += m
		if err != nil {
			return n, 0, err
		}
		if by < gen {
			return n, 0, problem.New(problem.Conflict, "The server's answer was not the newest.", "It is tried again later.")
		}
		if i == 0 || by < answered {
			answered = by
		}
	}
	return n, max(answered, 1), nil
}

// rescued hands in one journal of a file, in parts, and gives the oldest generation that
// answered.
func (s *Sender) rescued(ctx context.Context, path string, u devicedb.Unsent) (n int, by uint64, err error) {
	for n < len(u.Records) {
		part := u.Records[n:min(n+wire.MaxDeposit, len(u.Records))]
		ack, err := s.hand(ctx, wire.UploadSalvage, wire.Deposit{Journal: u.Journal, Reason: reasonOf(path), Runs: runsOf(part)})
		if err != nil {
			return n, 0, err
		}
		if last := part[len(part)-1]; ack.Through != last.Seq || ack.Hash != last.Hash {
			return n, 0, fmt.Errorf("hand in %s: the answer is for record %d, not %d", filepath.Base(path), ack.Through, last.Seq)
		}
		if n == 0 || ack.Gen < by {
			by = ack.Gen
		}
		n += len(part)
	}
	return n, by, nil
}

// trim removes those that were handed in longest ago where they are too large together.
func (s *Sender) trim(files []string) error {
	type kept struct {
		path string
		note note
		size int64
	}
	var all []kept
	var sum int64
	for _, path := range files {
		n, found, err := noteOf(path)
		if err != nil {
			return err
		}
		if k := (kept{path, n, sizeOf(path)}); found && k.size > 0 {
			k.note.Kept += s.unsaved[path]
			all, sum = append(all, k), sum+k.size
		}
	}
	slices.SortFunc(all, func(a, b kept) int { return cmp.Compare(b.note.Kept, a.note.Kept) })
	for _, k := range all {
		if sum <= s.most {
			return nil
		}
		s.cfg.Logger.Warn("journal set aside removed, they are too large together", "file", filepath.Base(k.path), "handed_in", k.note.At)
		if err := removeAll(k.path); err != nil {
			return err
		}
		sum -= k.size
	}
	return nil
}

// reasonOf gives why a file was set aside, as its name says.
func reasonOf(path string) string {
	_, after, _ := strings.Cut(filepath.Base(path), ".db.")
	why, _, _ := strings.Cut(after, "-")
	return why
}
