package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// benchKeep lets a kiosk send what it has each evening, for months.
func benchKeep(ctx context.Context) (s section, err error) {
	k := &soak{people: 100, days: 100}
	s = section{
		Title: "A journal of months",
		Note: fmt.Sprintf("%d people, four punches a day each, for %d days of simulated time, through the real Terminal; central has everything each evening. "+
			"Records go when it has had them for %d days in which the machine was running; the file's pages are used again.", k.people, k.days, devicedb.KeepFor/(24*time.Hour)),
	}
	dir, err := os.MkdirTemp("", "keep")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	s.Rows, err = k.keep(ctx, dir)
	return s, err
}

// keep punches for days, and compares the journal at the end with what it was half-way.
func (s *soak) keep(ctx context.Context, dir string) (rows []row, err error) {
	s.began = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	s.now = s.began
	k, err := newBenchKiosk(ctx, dir, s.clocks)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	var half int64
	for day := range s.days {
		if err := errors.Join(s.day(ctx, k, day), s.evening(ctx, k)); err != nil {
			return nil, fmt.Errorf("day %d: %w", day+1, err)
		}
		if day == s.days/2-1 {
			if half, err = journalSize(dir); err != nil {
				return nil, err
			}
		}
	}
	end, err := journalSize(dir)
	if err != nil {
		return nil, err
	}
	head, age, err := s.oldest(ctx, k)
	if err != nil {
		return nil, err
	}
	early := int64(0)
	if age < devicedb.KeepFor-24*time.Hour { // the one before it was made and sent up to a day before
		early = 1
	}
	const mib = 1 << 20
	return []row{
		figure("punches made", float64(len(s.shown)), 0, ""),
		figure("records held at the end", float64(head.Seq-head.Oldest+1), 0, ""),
		figure("days since the oldest of them was made", age.Hours()/24, 0, ""),
		none("records that went before their time", early),
		atMost(fmt.Sprintf("size of the journal at the end; the baseline is day %d", s.days/2), float64(end)/mib, float64(half)/mib, 1.1, "MiB"),
	}, nil
}

// evening lets central have everything, and the house be kept over night.
func (s *soak) evening(ctx context.Context, k *benchKiosk) error {
	h, err := k.journal.Head(ctx)
	if err != nil {
		return err
	}
	if err := k.journal.Release(ctx, h.Journal, h.Seq, h.Hash, 1); err != nil {
		return err
	}
	k.terminal.SetStored(s.now)
	for range 30 {
		s.now = s.now.Add(10 * time.Minute)
		if err := k.terminal.Tick(ctx); err != nil {
			return err
		}
	}
	return nil
}

// oldest gives how long ago the oldest record that is held was made.
func (s *soak) oldest(ctx context.Context, k *benchKiosk) (devicedb.Head, time.Duration, error) {
	h, err := k.journal.Head(ctx)
	if err != nil {
		return h, 0, err
	}
	recs, err := k.journal.After(ctx, h.Oldest-1, 1)
	if err != nil || len(recs) == 0 {
		return h, 0, errors.Join(err, errors.New("the oldest record is not there"))
	}
	b, err := record.Decode(recs[0].Body)
	return h, s.now.Sub(time.Unix(0, b.Stamp.Real)), err
}

// journalSize is the length of the database and its log.
func journalSize(dir string) (size int64, err error) {
	for _, name := range []string{"journal.db", "journal.db-wal"} {
		f, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return 0, err
		}
		size += f.Size()
	}
	return size, nil
}
