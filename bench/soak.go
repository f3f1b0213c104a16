package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

// soak is a kiosk that is left alone: so many people clock in and out every day,
// without a network, on a clock that passes as fast as they can.
type soak struct {
	days, people int
	now          time.Time
	began        time.Time
	shown        []shownPunch
}

// shownPunch is what a person was told to be recorded.
type shownPunch struct {
	person string
	action attendance.Action
	at     int64 // unix milliseconds
}

// doing is what everybody does at a time of the day.
type doing struct {
	at     time.Duration // since midnight
	action attendance.Action
}

func aDay() []doing {
	return []doing{{8 * time.Hour, attendance.In}, {12 * time.Hour, attendance.BreakStart}, {13 * time.Hour, attendance.BreakEnd}, {17 * time.Hour, attendance.Out}}
}

// benchSoak leaves a kiosk with 500 people alone for 30 days, and lets it send
// everything then.
func benchSoak(ctx context.Context) (section, error) {
	s := section{
		Title: "30 days offline with 500 people",
		Note: "Four punches a day each, by PIN (bcrypt left out), through the real Terminal over real databases, on a clock that passes as fast as that goes; no network. " +
			"Then it sends everything: agent, MQTT over mutual TLS, central's ingest and projection. At the end every record and every punch at central is compared with what people were shown, in order. " +
			"Written is what SQLite gave to write(2), for the log and for the database.",
	}
	dir, err := os.MkdirTemp("", "soak")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	k := &soak{days: 30, people: rosterSize}
	s.Rows, err = k.run(ctx, dir)
	return s, err
}

// run punches for days, drains, and compares.
func (s *soak) run(ctx context.Context, dir string) (rows []row, err error) {
	home := filepath.Join(dir, "kiosk")
	if err := os.Mkdir(home, 0o700); err != nil {
		return nil, err
	}
	s.began = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	s.now = s.began
	k, err := newBenchKiosk(ctx, home, s.clocks)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	before, err := bytesGiven()
	if err != nil {
		return nil, err
	}
	started := time.Now()
	for day := range s.days {
		if err := s.day(ctx, k, day); err != nil {
			return nil, fmt.Errorf("day %d: %w", day+1, err)
		}
	}
	punching := time.Since(started)
	given, err := bytesGiven()
	if err != nil {
		return nil, err
	}
	rows, err = s.sizes(ctx, k, home, given-before)
	if err != nil {
		return rows, err
	}
	more, err := s.drain(ctx, dir, k)
	return append(append(rows, figure("simulated", float64(len(s.shown))/punching.Seconds(), 0, "punches/s")), more...), err
}

// clocks gives the stamp of the simulated now: one boot without end.
func (s *soak) clocks(zone string) attendance.Stamp {
	up := int64(s.now.Sub(s.began) + time.Hour)
	return attendance.Stamp{
		Real: s.now.UnixNano(), Boot: up, Mono: up, Raw: up, BootID: "8f1c6a52-33ab-4f0e-9a56-0d9e1e6d9c11", Zone: zone, TZData: "2026a",
	}
}

// day lets everybody do what they do on one day, one every three seconds.
func (s *soak) day(ctx context.Context, k *benchKiosk, day int) error {
	for _, round := range aDay() {
		s.now = s.began.AddDate(0, 0, day).Add(round.at)
		for i := range s.people {
			s.now = s.now.Add(3 * time.Second)
			who := benchPerson(i)
			in, err := k.terminal.Identify(ctx, local.Attempt{Person: who, PIN: k.code})
			if err != nil {
				return fmt.Errorf("identify: %w", err)
			}
			if !slices.Contains(in.Actions, round.action) {
				return fmt.Errorf("%s may not %s, but %v", who, round.action, in.Actions)
			}
			r, err := k.terminal.Punch(ctx, local.PunchRequest{Session: in.ID, Action: round.action})
			if err != nil {
				return fmt.Errorf("punch: %w", err)
			}
			s.shown = append(s.shown, shownPunch{who, r.Action, r.At})
		}
		if err := k.terminal.Tick(ctx); err != nil {
			return fmt.Errorf("keep the house: %w", err)
		}
	}
	return nil
}

// sizes tells what the month has left on the disk, and what it took to write it.
func (s *soak) sizes(ctx context.Context, k *benchKiosk, home string, given int64) ([]row, error) {
	head, err := k.journal.Head(ctx)
	if err != nil {
		return nil, err
	}
	records, err := k.journal.After(ctx, 0, int(head.Seq))
	if err != nil {
		return nil, err
	}
	var content int64
	for _, r := range records {
		content += int64(len(r.Body) + len(r.Hash) + len(r.Sig))
	}
	size, err := journalSize(home)
	if err != nil {
		return nil, err
	}
	n := float64(len(s.shown))
	return []row{
		figure("punches made and shown", n, 0, ""),
		figure("the journal has grown to", float64(size)/(1<<20), 0, "MiB"),
		figure("the same, for each punch", float64(size)/n, 0, "B"),
		figure("written, for each punch; the baseline is what its record holds", float64(given)/n/1024, float64(content)/n/1024, "KiB"),
	}, nil
}

// bytesGiven is how much this process has given to write(2) so far.
func bytesGiven() (int64, error) {
	return strconv.ParseInt(field("/proc/self/io", "wchar", ":"), 10, 64)
}
