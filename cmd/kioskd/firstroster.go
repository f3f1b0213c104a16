package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/agent"
)

// fetchRoster talks to central until the first roster is on disk: from then on
// people can clock in here even if the network is never seen again. It reports
// false where it did not come in time, and where a running daemon, which sees to
// it itself, has the folder.
func fetchRoster(ctx context.Context, dir string, id *enrol.Identity, step func(local.EnrolStep)) (came bool, err error) {
	unlock, err := lockFolder(dir)
	if problem.Is(err, problem.Conflict) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer unlock()
	clocks, err := hw.OpenClocks()
	if err != nil {
		return false, err
	}
	k := &kiosk{cmd: &runCmd{Data: dir}, clocks: clocks, log: slog.New(slog.DiscardHandler)}
	s, err := k.openStore(ctx, id)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	a, _, err := k.agent(ctx, id, newCredential(id), s, nil, nil, nil)
	if err != nil {
		return false, err
	}
	step(local.EnrolStep{Name: enrol.StepFirstRoster})
	if came, err = converse(ctx, a, s.cache); err != nil || !came {
		return false, err
	}
	step(local.EnrolStep{Name: enrol.StepFirstRoster, Done: true})
	return true, nil
}

// converse lets the agent work until there is a roster, or for as long as the
// end of an enrolment waits for one.
func converse(ctx context.Context, a *agent.Agent, cache *devicedb.Cache) (came bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, firstRoster)
	var talking sync.WaitGroup
	defer talking.Wait()
	defer cancel()
	changed := cache.Follow(ctx)
	talking.Go(func() { _ = a.Run(ctx) }) // it tries until it is stopped, and has no error
	for {
		_, version, err := cache.Version(ctx)
		if ctx.Err() != nil {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("look for roster: %w", err)
		}
		if version > 0 {
			return true, nil
		}
		select {
		case <-ctx.Done():
			return false, nil
		case <-changed:
		}
	}
}
