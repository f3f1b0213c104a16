package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// expire goes back when the oldest batch has waited too long.
func (o *Outbox) expire(now time.Time) {
	if len(o.flight) == 0 || now.Before(o.due()) {
		return
	}
	o.count.timeouts.Add(1)
	o.strikes++
	o.timeout = min(2*o.timeout, lastTimeout)
	o.goBack()
}

// due is when the oldest batch is given up. One that has released records since
// it was sent shows that central is working through what it has; one that stands
// still (each round's welcome brings one) shows nothing.
func (o *Outbox) due() time.Time {
	at := o.flight[0].sent
	if o.heard.After(at) {
		at = o.heard
	}
	return at.Add(o.timeout)
}

// fill reads ahead, so that one query serves several batches.
func (o *Outbox) fill(ctx context.Context) error {
	end := o.acked + uint64(len(o.buf)) // the last seq held
	if end >= o.next-1+uint64(o.size) {
		return nil
	}
	recs, err := o.cfg.Journal.After(ctx, end, readAhead)
	if err != nil {
		return fmt.Errorf("read records after %d: %w", end, err)
	}
	for i, r := range recs {
		if r.Journal != o.journal {
			return o.retake(ctx)
		}
		if r.Seq != end+1+uint64(i) {
			return problem.New(problem.Damaged, "Some saved punches can't be read.",
				"Tell your operator; the kiosk goes on recording.").With("seq", r.Seq)
		}
	}
	if len(recs) > 0 {
		o.buf = append(append(make([]record.Record, 0, len(o.buf)+len(recs)), o.buf...), recs...)
	}
	return nil
}

// retake begins anew with a journal that somebody else opened.
func (o *Outbox) retake(ctx context.Context) error {
	o.loaded = false
	return o.load(ctx)
}

// ready gives what the next batch may carry, and notes whether more is waiting.
func (o *Outbox) ready() []record.Record {
	held := o.buf[min(o.next-o.acked-1, uint64(len(o.buf))):]
	o.more = len(held) > 0
	if o.limit < o.next {
		return nil
	}
	n := min(uint64(len(held)), uint64(o.size), o.limit-o.next+1)
	return held[:n]
}

// sealed is a batch that is ready to leave.
type sealed struct {
	batch
	m wire.Message
}

// send notes a batch as on its way and gives its message.
func (o *Outbox) send(now time.Time, s sealed) wire.Message {
	s.sent = now
	o.flight = append(o.flight, s.batch)
	o.next = s.through + 1
	o.count.batches.Add(1)
	o.count.records.Add(s.through - s.from + 1)
	return s.m
}

// following gives the batch that is to leave next; ok is false when there is
// none, or no credit for it.
func (o *Outbox) following(ctx context.Context) (s sealed, ok bool, err error) {
	if o.spare != nil && o.spare.from == o.next && o.spare.through <= o.limit {
		s, o.spare = *o.spare, nil
		return s, true, nil
	}
	if err := o.fill(ctx); err != nil {
		return s, false, err
	}
	recs := o.ready()
	if len(recs) == 0 {
		return s, false, nil
	}
	s, err = o.seal(recs)
	return s, err == nil, err
}

// seal makes one message of recs, or of as many of them as fit.
func (o *Outbox) seal(recs []record.Record) (sealed, error) {
	for {
		id := o.cfg.IDs()
		m, err := o.cfg.Sealer.Seal(o.cfg.Topic, wire.TypeRecords, id, "", body(recs))
		if wire.IsTooLarge(err) && len(recs) > 1 {
			recs = recs[:(len(recs)+1)/2]
			o.size, o.fitted = len(recs), 0
			o.count.halved.Add(1)
			continue
		}
		if err != nil {
			return sealed{}, fmt.Errorf("seal records from %d: %w", recs[0].Seq, err)
		}
		o.grow(len(recs))
		return sealed{batch{id: id, from: recs[0].Seq, through: recs[len(recs)-1].Seq}, m}, nil
	}
}

// grow tries a larger batch again after a while: notes come in bursts.
func (o *Outbox) grow(n int) {
	if n < o.size || o.size == wire.MaxBatch {
		return
	}
	if o.fitted++; o.fitted >= growAfter {
		o.size, o.fitted = min(2*o.size, wire.MaxBatch), 0
	}
}

func body(recs []record.Record) wire.Records {
	b := wire.Records{Journal: recs[0].Journal, From: recs[0].Seq, Entries: make([]wire.Entry, len(recs))}
	for i, r := range recs {
		b.Entries[i] = wire.Entry{Body: r.Body, Hash: r.Hash, Sig: r.Sig}
	}
	return b
}
