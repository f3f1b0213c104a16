package inbox

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// page collects a part of a roster page and applies what is complete and fits.
func (in *Inbox) page(ctx context.Context, now time.Time, e wire.Envelope) (Event, error) {
	var p wire.Page
	if e.Decode(&p) != nil || !wellFormed(p) {
		return malformed(), nil
	}
	gen, version, err := in.cfg.Cache.Version(ctx)
	if err != nil {
		return Event{}, fmt.Errorf("read roster version: %w", err)
	}
	in.count.expired.Add(in.sets.expire(now))
	switch {
	case older(p, gen, version):
		return stale(), nil
	case p.Gen == gen && p.To == version && (p.From != 0 || p.To == 0):
		return Event{Kind: Current, Gen: gen, Version: version}, nil
	case p.From == p.To: // it leads nowhere, and not from here
		return Event{Kind: Unfit, Gen: p.Gen, Version: p.To}, nil
	}
	if !in.sets.add(now, p, len(e.Body)) {
		return Event{Kind: Dropped, Reason: Crowded}, nil
	}
	ev, err := in.settle(ctx, gen, version)
	if err != nil || ev.Kind == Applied {
		return ev, err
	}
	if !in.sets.complete(p) {
		return Event{Kind: Part}, nil
	}
	return Event{Kind: Unfit, Gen: p.Gen, Version: p.To}, nil // it is kept: what leads up to it may still come
}

// settle applies complete pages as long as one fits.
func (in *Inbox) settle(ctx context.Context, gen, version uint64) (Event, error) {
	ev := Event{Kind: Part}
	for {
		pages := in.sets.fitting(gen, version)
		if pages == nil {
			return ev, nil
		}
		key := keyOf(pages[0])
		err := in.cfg.Cache.Apply(ctx, pages)
		in.sets.remove(key)
		if problem.Is(err, problem.Conflict) || problem.Is(err, problem.Untrusted) {
			in.count.drop(Stale)
			continue // the cache knows better; the rest may fit
		}
		if problem.Is(err, problem.Invalid) {
			in.count.drop(Malformed) // a row this version can't read; the roster in force stays
			continue
		}
		if err != nil {
			return Event{}, fmt.Errorf("apply roster %d to %d: %w", key.from, key.to, err)
		}
		gen, version = key.gen, key.to
		in.sets.forget(gen, version)
		in.count.applied.Add(1)
		ev = Event{Kind: Applied, Gen: gen, Version: version, Whole: ev.Whole || key.from == 0}
	}
}

// wellFormed says whether the numbers of a page make sense.
func wellFormed(p wire.Page) bool {
	return p.Parts >= 1 && p.Parts <= maxParts && p.Part >= 0 && p.Part < p.Parts && p.To >= p.From
}

// older says whether a page would lead back. A snapshot of the very version in
// force is no step back: central sends it when the kiosk's rows are in doubt.
func older(p wire.Page, gen, version uint64) bool {
	return p.Gen < gen || (p.Gen == gen && p.To < version)
}
