package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/sync/record"
)

// drain lets the kiosk send everything to a central of its own, and compares.
func (s *soak) drain(ctx context.Context, dir string, k *benchKiosk) (rows []row, err error) {
	w, err := newWorld(ctx, dir, k.key)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.db.Close()) }()
	running, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.group.Run(running) }()
	took, err := w.drainFrom(running, dir, k.key, k.journal)
	var made soakCount
	if err == nil {
		made, err = s.compare(ctx, dir, k)
	}
	cancel()
	if err = errors.Join(err, <-ended); err != nil {
		return nil, err
	}
	return []row{
		figure("sent and acknowledged", float64(made.records)/took.Seconds(), 0, "records/s"),
		none(fmt.Sprintf("records of %d that central lacks, has twice, out of order or other than they were made", made.records), made.wrongRecords),
		none(fmt.Sprintf("punches of %d shown that central has not, in the order of their making, or that nobody was shown", made.punches), made.wrongPunches),
	}, nil
}

// soakCount is what is at central, and how much of it is not what it should be.
type soakCount struct{ records, wrongRecords, punches, wrongPunches int64 }

// compare waits until central's punches are drawn from its records, and holds both
// against the kiosk's journal and against what people were shown.
func (s *soak) compare(ctx context.Context, dir string, k *benchKiosk) (c soakCount, err error) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "central.db")+"?mode=ro&_query_only=on")
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	last := func() (n int64) {
		if err := db.QueryRowContext(ctx, `SELECT COALESCE(max(seq), 0) FROM punches`).Scan(&n); err != nil {
			return 0 // asked again
		}
		return n
	}
	newest, n := int64(-1), last()
	for n != newest { // it goes on as long as more come, and a while longer
		newest = n
		if err := pause(ctx, time.Second); err != nil {
			return c, err
		}
		n = last()
	}
	head, err := k.journal.Head(ctx)
	if err != nil {
		return c, err
	}
	own, err := k.journal.After(ctx, 0, int(head.Seq))
	if err != nil {
		return c, err
	}
	c.records, c.punches = int64(len(own)), int64(len(s.shown))
	if c.wrongRecords, err = wrongRecords(ctx, db, own); err != nil {
		return c, err
	}
	c.wrongPunches, err = s.wrongPunches(ctx, db)
	return c, err
}

// wrongRecords counts where the records at central, as they came in, are not those
// of the journal, one after the other.
func wrongRecords(ctx context.Context, db *sql.DB, own []record.Record) (wrong int64, err error) {
	rows, err := db.QueryContext(ctx, `SELECT seq, hash FROM records ORDER BY id`)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	i := 0
	for ; rows.Next(); i++ {
		var seq uint64
		var hash []byte
		if err := rows.Scan(&seq, &hash); err != nil {
			return 0, err
		}
		if i >= len(own) || seq != own[i].Seq || string(hash) != string(own[i].Hash[:]) {
			wrong++
		}
	}
	return wrong + int64(max(0, len(own)-i)), rows.Err()
}

// wrongPunches does the same with the punches and what people were shown.
func (s *soak) wrongPunches(ctx context.Context, db *sql.DB) (wrong int64, err error) {
	rows, err := db.QueryContext(ctx, `SELECT person, action, at FROM punches ORDER BY id`)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	i := 0
	for ; rows.Next(); i++ {
		var p shownPunch
		if err := rows.Scan(&p.person, &p.action, &p.at); err != nil {
			return 0, err
		}
		p.at /= int64(time.Millisecond)
		if i >= len(s.shown) || p != s.shown[i] {
			wrong++
		}
	}
	return wrong + int64(max(0, len(s.shown)-i)), rows.Err()
}
