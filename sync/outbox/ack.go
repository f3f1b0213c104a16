package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// Verdict says what became of an acknowledgement.
type Verdict string

// The verdicts. All but the refusals are answers of a central that is there.
const (
	Advanced   Verdict = "advanced"    // records have been released
	Standing   Verdict = "standing"    // nothing new; what was lost is sent again
	Stale      Verdict = "stale"       // overtaken by a later one
	WentDown   Verdict = "went_down"   // a new generation lacks records; they are sent again
	Reopened   Verdict = "reopened"    // a new journal has begun
	RefJournal Verdict = "ref_journal" // refused: of another journal
	RefGen     Verdict = "ref_gen"     // refused: of a generation that is over
	RefHash    Verdict = "ref_hash"    // refused: not our hash at that place, or a place we never wrote
)

// Refused says whether the acknowledgement was not believed.
func (v Verdict) Refused() bool { return v == RefJournal || v == RefGen || v == RefHash }

// OnAck takes in an acknowledgement whose signature and topic have been
// verified. re is the id of the message it answers, where known: it tells a
// late repetition from the news that a batch on its way was out of order. A
// refusal is a Verdict, not an error: it is counted and changes nothing. An
// error is the journal's.
func (o *Outbox) OnAck(ctx context.Context, now time.Time, re string, a wire.Ack) (Verdict, error) {
	if err := o.load(ctx); err != nil {
		return "", err
	}
	v, err := o.judge(ctx, now, re, a)
	if err != nil {
		return "", err
	}
	o.count.acked(v)
	if v.Refused() || v == Reopened || v == Stale {
		return v, nil
	}
	o.strikes = 0
	if v == Advanced {
		o.heard = now
	}
	o.credit(now, a)
	return v, nil
}

func (o *Outbox) judge(ctx context.Context, now time.Time, re string, a wire.Ack) (Verdict, error) {
	switch {
	case a.Journal != o.journal:
		return RefJournal, nil
	case a.Gen < o.gen:
		return RefGen, nil
	case a.Reopen:
		return o.askedToReopen(ctx, now, re, a)
	case a.Gen > o.gen:
		return o.newGen(ctx, a)
	case a.Through < o.acked:
		return Stale, nil
	case a.Through == o.acked:
		return o.stand(now, re, a), nil
	}
	return o.advance(ctx, a)
}

// advance releases through a.Through, if that record is ours.
func (o *Outbox) advance(ctx context.Context, a wire.Ack) (Verdict, error) {
	n := a.Through - o.acked
	if n > uint64(len(o.buf)) {
		return o.leap(ctx, a)
	}
	if o.buf[n-1].Hash != a.Hash {
		return RefHash, nil
	}
	o.acked, o.hash, o.buf = a.Through, a.Hash, o.buf[n:]
	o.timeout, o.wentBack = firstTimeout, time.Time{}
	for len(o.flight) > 0 && o.flight[0].through <= o.acked {
		o.flight = append(o.flight[:0], o.flight[1:]...)
	}
	if len(o.flight) > 0 && o.flight[0].from <= o.acked || o.next <= o.acked {
		o.goBack() // part of a batch was stored, or more than is known to be on its way
	}
	return Advanced, nil
}

// leap releases records that are not in memory: sent before a restart.
func (o *Outbox) leap(ctx context.Context, a wire.Ack) (Verdict, error) {
	ok, err := o.release(ctx, a)
	if err != nil || !ok {
		return RefHash, err
	}
	if err := o.retake(ctx); err != nil {
		return "", err
	}
	o.timeout = firstTimeout
	return Advanced, nil
}

// newGen follows a restored central: it may know less than before.
func (o *Outbox) newGen(ctx context.Context, a wire.Ack) (Verdict, error) {
	before := o.acked
	ok, err := o.release(ctx, a)
	if err != nil || !ok {
		return RefHash, err
	}
	o.gen = a.Gen
	if err := o.retake(ctx); err != nil {
		return "", err
	}
	o.timeout = firstTimeout
	switch {
	case a.Through < before:
		return WentDown, nil
	case a.Through == before:
		return Standing, nil
	}
	return Advanced, nil
}

// release writes an acknowledgement down at once; ok is false when the journal
// does not know the hash.
func (o *Outbox) release(ctx context.Context, a wire.Ack) (ok bool, err error) {
	if err := o.writeDown(ctx); err != nil {
		return false, err
	}
	if a.Through == 0 { // it claims nothing, so there is nothing to compare
		c := record.Chain{Org: o.cfg.Topic.Org, Kiosk: o.cfg.Topic.Kiosk, Journal: o.journal}
		a.Hash = c.Genesis(o.cfg.Key)
	}
	err = o.cfg.Journal.Release(ctx, a.Journal, a.Through, a.Hash, a.Gen)
	if problem.Is(err, problem.Untrusted) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("release records through %d: %w", a.Through, err)
	}
	return true, nil
}

// stand handles an acknowledgement that does not advance. If it answers a batch
// on its way, an earlier one was lost: everything is sent again, at once the
// first time, then not more often than each second.
func (o *Outbox) stand(now time.Time, re string, a wire.Ack) Verdict {
	if a.Through > 0 && o.hash != (record.Hash{}) && o.hash != a.Hash {
		return RefHash
	}
	if !o.answers(re) || (!o.wentBack.IsZero() && now.Sub(o.wentBack) < againAfter) {
		return Standing
	}
	o.wentBack = now
	o.count.goBacks.Add(1)
	o.goBack()
	return Standing
}

// answers says whether re names a batch on its way; an unnamed answer counts as
// one while any is.
func (o *Outbox) answers(re string) bool {
	for _, b := range o.flight {
		if re == "" || b.id == re {
			return true
		}
	}
	return false
}

// credit takes in how much central is ready for. None means: wait, and ask
// again with a first batch after the timeout, which grows meanwhile.
func (o *Outbox) credit(now time.Time, a wire.Ack) {
	if a.Credits > 0 {
		o.paused, o.limit = time.Time{}, o.acked+uint64(a.Credits)
		return
	}
	o.goBack()
	o.more = o.more || len(o.buf) > 0
	o.limit = noLimit
	o.paused = now.Add(o.timeout)
	o.timeout = min(2*o.timeout, lastTimeout)
	o.count.waits.Add(1)
}

// askedToReopen obeys, unless the order answers a hello that was overtaken by
// our own records: central then took an old head for a journal that has gone
// back. Our hash where central stands shows that it has not. A journal that
// central has closed for another reason is told so again with its next batch.
func (o *Outbox) askedToReopen(ctx context.Context, now time.Time, re string, a wire.Ack) (Verdict, error) {
	if o.answers(re) || a.Gen > o.gen {
		return o.reopen(ctx, a)
	}
	if a.Through < o.acked {
		return Stale, nil
	}
	recs, err := o.cfg.Journal.After(ctx, max(a.Through, 1)-1, 1)
	if err != nil {
		return "", fmt.Errorf("read record %d: %w", a.Through, err)
	}
	if len(recs) == 0 || recs[0].Seq != a.Through || recs[0].Hash != a.Hash {
		return o.reopen(ctx, a)
	}
	a.Reopen = false
	return o.judge(ctx, now, re, a)
}

// reopen begins a new journal: central has seen this one fork or go back. What
// it is known to store of the old one is written down first.
func (o *Outbox) reopen(ctx context.Context, a wire.Ack) (Verdict, error) {
	if err := o.writeDown(ctx); err != nil {
		return "", err
	}
	if err := o.cfg.Journal.Reopen(ctx, "reopen"); err != nil {
		return "", fmt.Errorf("reopen journal: %w", err)
	}
	o.gen = max(o.gen, a.Gen)
	o.timeout, o.strikes = firstTimeout, 0
	return Reopened, o.retake(ctx)
}
