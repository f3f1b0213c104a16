package ingest

import (
	"context"
	"crypto/ed25519"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// Deposit takes in records that an enrolled kiosk hands in past its broker, as if
// they had come over it, and gives the acknowledgement. Key is the one that the
// caller has verified; problem.Forbidden where it is not the kiosk's key in force.
// It fails with problem.Invalid for what is no run of records.
func (g *Ingest) Deposit(ctx context.Context, kiosk string, key ed25519.PublicKey, b wire.Records) (wire.Ack, error) {
	inForce, err := g.keys.of(ctx, kiosk, wire.KeyID(key))
	if err != nil {
		return wire.Ack{}, err
	}
	if !inForce.Equal(key) {
		return wire.Ack{}, problem.New(problem.Forbidden, "This is not the key of this kiosk.", "")
	}
	from := sender{topic: wire.Topic{Org: g.cfg.Org, Kiosk: kiosk, Channel: wire.UpRecords}, key: key}
	ack := wire.Ack{}
	for len(b.Entries) > 0 {
		part := b
		part.Entries = b.Entries[:min(len(b.Entries), wire.MaxBatch)]
		if !wellFormed(part) {
			return ack, problem.New(problem.Invalid, "These are no records of a journal.", "")
		}
		cur, err := g.take(ctx, from, part)
		if err != nil {
			return ack, err
		}
		gen, err := g.generation(ctx, false)
		if err != nil {
			return ack, err
		}
		ack = ackOf(gen, b.Journal, cur)
		b.From, b.Entries = b.From+uint64(len(part.Entries)), b.Entries[len(part.Entries):]
	}
	return ack, nil
}
