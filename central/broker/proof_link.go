package broker

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// topic is one of the kiosks' own.
func (t *trial) topic(kiosk int, ch wire.Channel) wire.Topic {
	return wire.Topic{Org: t.Org, Kiosk: t.Kiosks[kiosk], Channel: ch}
}

// message is one that no other is like. It has no envelope: who gets it by
// mistake drops it.
func (t *trial) message(topic wire.Topic) wire.Message {
	t.n++
	return wire.Message{Topic: topic.String(), Payload: fmt.Appendf(nil, "proof %s %d", t.Kiosks[0], t.n)}
}

// pass sends a message over from and waits for it at to.
func (t *trial) pass(ctx context.Context, from, to wire.Link, topic wire.Topic) error {
	m := t.message(topic)
	if err := from.Publish(ctx, m); err != nil {
		return err
	}
	return t.hears(ctx, to, to, m, wire.Message{}, "")
}

// hears waits at a link for the fence, or until the one who wrote is cut off.
// The bad message before it is a hole.
func (t *trial) hears(ctx context.Context, at, writer wire.Link, fence, bad wire.Message, hole string) error {
	limit := time.NewTimer(fenceWait)
	defer limit.Stop()
	for {
		select {
		case m, ok := <-at.Receive():
			switch {
			case !ok:
				return silentBroker(at.Err())
			case same(m, fence):
				return nil
			case hole != "" && same(m, bad):
				return found(hole)
			}
		case <-writer.Done():
			if writer != at {
				return nil
			}
			return silentBroker(at.Err())
		case <-limit.C:
			return silentBroker(nil)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// overheard looks whether a link of the first kiosk has got anything that is not
// its own. Central's message to that kiosk, sent now, comes after all of it.
func (t *trial) overheard(ctx context.Context, link wire.Link, hole string) error {
	fence := t.message(t.topic(0, wire.DownRes))
	if err := t.centre.Publish(ctx, fence); err != nil {
		return err
	}
	limit := time.NewTimer(fenceWait)
	defer limit.Stop()
	for {
		select {
		case m, ok := <-link.Receive():
			if !ok || same(m, fence) {
				return nil // it was cut off, or all has been seen
			}
			if topic, err := wire.ParseTopic(m.Topic); err != nil || topic.Kiosk != t.Kiosks[0] {
				return found(hole)
			}
		case <-limit.C:
			return silentBroker(nil)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func same(a, b wire.Message) bool {
	return a.Topic == b.Topic && string(a.Payload) == string(b.Payload)
}

func ended(l wire.Link) bool {
	select {
	case <-l.Done():
		return true
	default:
		return false
	}
}

func found(hole string) error {
	return problem.New(problem.Forbidden, "The outside broker must not be used: "+hole+".",
		"Give it the access rules of packaging/mosquitto, or their like.").Because(ErrHole)
}

func silentBroker(cause error) error {
	return problem.New(problem.Unavailable, "The broker lost a message while it was tried.", "It is tried again.").Because(cause)
}
