package simulate

import (
	"time"

	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/wire"
)

// patience is how long an answer is waited for.
const patience = 10 * time.Second

// hangUp loses the link: the conversation begins again.
func (k *kiosk) hangUp() {
	k.w.must(k.outbox.Reset(k.w.ctx))
	k.welcomed, k.helloID, k.pull = false, "", false
	k.askAt, k.pullAt = time.Time{}, time.Time{}
}

// talk does what is due in the conversation: hello, the pull, records.
func (k *kiosk) talk() {
	now := k.w.now
	k.house()
	if k.cut || k.revoked {
		return
	}
	if !now.Before(k.askAt) {
		k.hello()
	}
	if !k.welcomed {
		return
	}
	if k.pull && !now.Before(k.pullAt) {
		p, err := k.inbox.Pull(k.w.ctx)
		k.w.must(err)
		k.pullAt = now.Add(patience)
		k.send(wire.UpReq, wire.TypePull, k.ids.Next(), p)
	}
	ms, err := k.outbox.Next(k.w.ctx, now)
	k.w.must(err)
	for _, m := range ms {
		k.w.net.put(k.id, "", m)
	}
	k.w.must(k.outbox.Prepare(k.w.ctx))
}

// house lets the Terminal keep its house.
func (k *kiosk) house() {
	before := k.head().Oldest
	k.w.must(k.terminal.Tick(k.w.ctx))
	if oldest := k.head().Oldest; oldest > before {
		k.w.pruned = max(k.w.pruned, int(oldest)-1)
		k.w.note("%s lets go of records before %d", k.id, oldest)
	}
}

func (k *kiosk) hello() {
	h, err := k.outbox.Head(k.w.ctx)
	k.w.must(err)
	k.inbox.SetJournal(h.Journal)
	at, err := k.inbox.Pull(k.w.ctx)
	k.w.must(err)
	k.helloID, k.askAt = k.ids.Next(), k.w.now.Add(patience)
	if k.welcomed {
		k.askAt = k.w.now.Add(time.Minute)
	}
	k.send(wire.UpReq, wire.TypeHello, k.helloID, wire.Hello{
		Versions: wire.Versions{1}, Software: "simulated", Journal: h.Journal, Head: h.Seq, HeadHash: h.Hash, Oldest: h.Oldest,
		Acked: h.Acked, AckedHash: h.AckedHash, Queue: h.Queue, Gen: at.Gen, Roster: at.Version, Keyset: 1, Real: k.w.now.UnixNano(),
	})
}

func (k *kiosk) send(ch wire.Channel, typ wire.Type, id string, body any) {
	m, err := wire.NewSigner(k.key).Seal(wire.Topic{Org: org, Kiosk: k.id, Channel: ch}, typ, id, "", body)
	k.w.must(err)
	k.w.net.put(k.id, "", m)
}

// take takes a message in, as the agent does.
func (k *kiosk) take(m wire.Message) {
	w := k.w
	ev, err := k.inbox.Take(w.ctx, w.now, m)
	w.must(err)
	w.note("%s took %s %s", k.id, ev.Kind, ev.Reason)
	switch ev.Kind {
	case inbox.Ack:
		k.acked(ev.Re, ev.Ack)
	case inbox.Welcome:
		if ev.Re != k.helloID {
			return
		}
		k.welcomed, k.askAt = true, w.now.Add(time.Minute)
		if !ev.Welcome.Ack.Journal.IsZero() {
			k.acked(ev.Re, ev.Welcome.Ack)
		}
		at := k.roster()
		k.pull = k.pull || ev.Welcome.Gen > at.gen || ev.Welcome.Gen == at.gen && ev.Welcome.Roster > at.version
	case inbox.Applied:
		k.applied()
	case inbox.Current:
		k.pull = false
	case inbox.Unfit:
		k.pull, k.pullAt = true, w.now
	case inbox.Refetch, inbox.Part:
		k.pullAt = w.now.Add(patience)
	}
}

func (k *kiosk) acked(re string, a wire.Ack) {
	v, err := k.outbox.OnAck(k.w.ctx, k.w.now, re, a)
	k.w.must(err)
	switch {
	case v.Refused() || v == outbox.Stale:
	case v != outbox.Reopened:
		k.terminal.SetStored(k.w.now)
	default:
		k.askAt = k.w.now // central learns the new journal from a hello
	}
}

// applied takes note of a roster that came into force.
func (k *kiosk) applied() {
	k.forward()
	k.pull = false
	k.w.note("%s has roster %+v", k.id, k.newest)
}

// forward checks that a roster never goes back.
func (k *kiosk) forward() {
	at := k.roster()
	if at.gen < k.newest.gen || at.gen == k.newest.gen && at.version < k.newest.version {
		k.w.broke("rosters never go back", "%s: %+v after %+v", k.id, at, k.newest)
	}
	k.newest = at
}
