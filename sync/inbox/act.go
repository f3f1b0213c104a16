package inbox

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// act does what a verified message says.
func (in *Inbox) act(ctx context.Context, now time.Time, e wire.Envelope) (Event, error) {
	switch e.Type {
	case wire.TypeAck:
		var a wire.Ack
		if e.Decode(&a) != nil {
			return malformed(), nil
		}
		return Event{Kind: Ack, Ack: a, Gen: a.Gen}, nil
	case wire.TypeWelcome:
		return in.welcome(ctx, e)
	case wire.TypePage:
		return in.page(ctx, now, e)
	case wire.TypePresence:
		return in.presence(ctx, e)
	case wire.TypeSummary:
		return in.summary(ctx, now, e)
	case wire.TypeCommands:
		var c wire.Commands
		if e.Decode(&c) != nil {
			return malformed(), nil
		}
		return Event{Kind: Commands, Commands: c.List}, nil
	case wire.TypeBack:
		return Event{Kind: Back}, nil
	case wire.TypeRefetch:
		var r wire.Refetch
		if e.Decode(&r) != nil {
			return malformed(), nil
		}
		return Event{Kind: Refetch, Gen: r.Gen, Version: r.Version}, nil
	case wire.TypeUnsupported:
		var u wire.Unsupported
		if e.Decode(&u) != nil {
			return malformed(), nil
		}
		return Event{Kind: Unsupported, Type: u.Type}, nil
	}
	return Event{Kind: Unknown}, nil
}

func malformed() Event { return Event{Kind: Dropped, Reason: Malformed} }

func stale() Event { return Event{Kind: Dropped, Reason: Stale} }

// welcome takes over a newer keyset, on disk first.
func (in *Inbox) welcome(ctx context.Context, e wire.Envelope) (Event, error) {
	ev := Event{Kind: Welcome}
	if e.Decode(&ev.Welcome) != nil {
		return malformed(), nil
	}
	k := ev.Welcome.Keyset
	if k == nil || k.Version == in.keyset.Version {
		return ev, nil
	}
	ca, err := in.keyset.Follow(in.cfg.CA, *k, in.cfg.Org)
	if k.Version < in.keyset.Version || err != nil {
		in.count.keysets.Add(1)
		return ev, nil // the rest of the message is signed by a key that holds
	}
	err = in.cfg.KeepKeyset(ctx, *k)
	if problem.Is(err, problem.Untrusted) { // it does not go with the certificate that is in force here
		in.count.keysets.Add(1)
		return ev, nil
	}
	if err != nil {
		return Event{}, fmt.Errorf("keep keyset %d: %w", k.Version, err)
	}
	in.keyset, in.cfg.CA = *k, ca
	return ev, nil
}

// mark is a place in the kiosk's own journal, under a generation.
type mark struct {
	gen     uint64
	journal record.JournalID
	seq     uint64
}

// presence takes over where people stand.
func (in *Inbox) presence(ctx context.Context, e wire.Envelope) (Event, error) {
	var p wire.PresencePage
	if e.Decode(&p) != nil {
		return malformed(), nil
	}
	at := mark{gen: p.Gen, journal: p.Journal, seq: p.AsOf}
	if fresh, err := in.fresh(ctx, at, in.asOf); err != nil || !fresh {
		return stale(), err
	}
	if err := in.cfg.Cache.ApplyPresence(ctx, p); err != nil {
		return Event{}, fmt.Errorf("apply presence: %w", err)
	}
	in.asOf = at
	return Event{Kind: Presence, Gen: p.Gen}, nil
}

// summary takes over what people have recorded lately.
func (in *Inbox) summary(ctx context.Context, now time.Time, e wire.Envelope) (Event, error) {
	var p wire.SummaryPage
	if e.Decode(&p) != nil {
		return malformed(), nil
	}
	at := mark{gen: p.Gen, journal: p.Journal, seq: p.AsOf}
	if fresh, err := in.fresh(ctx, at, in.summed); err != nil || !fresh {
		return stale(), err
	}
	err := in.cfg.Cache.ApplySummary(ctx, now, p)
	if problem.Is(err, problem.Invalid) {
		return malformed(), nil
	}
	if err != nil {
		return Event{}, fmt.Errorf("apply summary: %w", err)
	}
	in.summed = at
	return Event{Kind: Summary, Gen: p.Gen}, nil
}

// fresh refuses what central counted along another journal, or before what it has
// already told.
func (in *Inbox) fresh(ctx context.Context, at, last mark) (bool, error) {
	if !in.journal.IsZero() && !at.journal.IsZero() && at.journal != in.journal {
		return false, nil
	}
	gen, _, err := in.cfg.Cache.Version(ctx)
	if err != nil {
		return false, fmt.Errorf("read roster version: %w", err)
	}
	if at.gen < gen || at.gen < last.gen {
		return false, nil
	}
	return at.gen != last.gen || at.journal != last.journal || at.seq >= last.seq, nil
}
