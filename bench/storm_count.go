package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// end waits until every kiosk is empty, stops all, and counts.
func (w *storm) end(ctx context.Context) (err error) {
	waiting := func() (n int) {
		stands, err := w.crews.stands()
		for _, k := range stands {
			if k.Queue > 0 {
				n++
			}
		}
		if err != nil {
			n++
		}
		return n
	}
	err = until(ctx, stormLimit, func() bool { return waiting() == 0 })
	if err != nil {
		err = fmt.Errorf("%d kiosks still hold records: %w", waiting(), err)
	}
	if err == nil {
		err = pause(ctx, 3*time.Second) // the punches are drawn from the records
	}
	w.central.stop()
	if err == nil {
		err = errors.Join(w.tell(), w.count(ctx))
	}
	return err
}

// tell puts how long acknowledgements took among the rows. Every punch is
// acknowledged by now.
func (w *storm) tell() error {
	for _, at := range slices.Backward(w.waits) {
		took, err := w.crews.samples(at.span.From, at.span.Until)
		if err != nil {
			return err
		}
		if len(took) == 0 {
			return fmt.Errorf("%s: nobody punched", at.name)
		}
		w.rows = slices.Insert(w.rows, at.row,
			figure(at.name+", p50", percentile(took, 0.5), 0, "s"), figure("the same, p99", percentile(took, 0.99), 0, "s"),
			figure("the same, the slowest", percentile(took, 1), 0, "s"))
	}
	return nil
}

// count compares central's records with each kiosk's journal.
func (w *storm) count(ctx context.Context) (err error) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(w.home, "central.db")+"?mode=ro&_query_only=on")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var lost int64
	stands, err := w.crews.stands()
	if err != nil {
		return err
	}
	for _, k := range stands {
		var n int64
		row := db.QueryRowContext(ctx, `SELECT count(*) FROM records WHERE kiosk = $1 AND journal = $2 AND seq <= $3`, k.Kiosk, k.Journal, k.Seq)
		if err := row.Scan(&n); err != nil {
			return err
		}
		lost += int64(k.Seq) - n
	}
	var records, different, punches, aside int64
	for _, q := range []struct {
		sql string
		n   *int64
	}{
		{`SELECT count(*) FROM records`, &records},
		{`SELECT count(*) FROM punches`, &punches},
		{`SELECT count(*) FROM (SELECT DISTINCT kiosk, person, at FROM punches)`, &different}, // no two have the same nanosecond
		{`SELECT count(*) FROM quarantine`, &aside},
	} {
		if err := db.QueryRowContext(ctx, q.sql).Scan(q.n); err != nil {
			return err
		}
	}
	made := w.punches
	w.rows = append(w.rows,
		none(fmt.Sprintf("records of %d that central lacks", records), lost),
		none(fmt.Sprintf("punches of %d at the kiosks that central has not", made), made-different),
		none("punches that central has twice", punches-different),
		none("records set aside as forged or forked", aside))
	return nil
}

// none makes a row that must be nought.
func none(what string, n int64) row {
	return row{What: what, Value: fmt.Sprint(n), Gate: "0", Pass: n == 0}
}

// memory gives the resident memory of a process in bytes; 0 where it can't be read.
func memory(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(text, []byte("VmRSS:"))
	var kib int64
	if _, err := fmt.Sscan(string(rest), &kib); err != nil {
		return 0
	}
	return kib << 10
}
