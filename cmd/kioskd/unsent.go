package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// checkUnsent refuses to make another kiosk of a machine that holds punches the
// server does not have: under the new identity they would stay behind, set aside
// with the old journal. A running daemon must be stopped first: it would go on
// under keys that are gone.
func checkUnsent(ctx context.Context, dir string) error {
	id, err := enrol.Load(dir)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Damaged) {
		return nil // no kiosk yet, or one that can't send any more
	}
	if err != nil {
		return err
	}
	unlock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer unlock()
	clocks, err := hw.OpenClocks()
	if err != nil {
		return err
	}
	n, err := unsentPunches(ctx, filepath.Join(dir, "journal.db"),
		devicedb.Identity{Org: id.Org, Kiosk: id.Kiosk, Key: id.RecordKey},
		func() attendance.Stamp { return clocks.Stamp(id.Settings.Zone) })
	if err != nil || n == 0 {
		return err
	}
	return problem.New(problem.Conflict, fmt.Sprintf("%d punches made here have not reached the server.", n),
		"Let kioskd run until they have; or add --leave-unsent, and they stay in a file beside the new journal.").With("unsent", n)
}

// unsentPunches counts the punches of a journal that are not acknowledged.
func unsentPunches(ctx context.Context, path string, id devicedb.Identity, stamp func() attendance.Stamp) (n int, err error) {
	if missing(path) {
		return 0, nil
	}
	j, err := devicedb.OpenJournal(ctx, path, id, devicedb.Options{Random: rand.Reader, Stamp: stamp})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	head, err := j.Head(ctx)
	if err != nil {
		return 0, err
	}
	for seq := head.Acked; seq < head.Seq; {
		recs, err := j.After(ctx, seq, 500)
		if err != nil || len(recs) == 0 {
			return n, err
		}
		for _, r := range recs {
			if b, err := record.Decode(r.Body); err == nil && b.Type == record.Punched {
				n++
			}
		}
		seq = recs[len(recs)-1].Seq
	}
	return n, nil
}
