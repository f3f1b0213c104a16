package broker

import (
	"context"
	"hash/fnv"
	"log/slog"
	"sync"

	"github.com/timepost/timepost/sync/wire"
)

// Handler answers one message of a kiosk; the messages it returns are published.
// It is called concurrently for different kiosks, never for the same one.
type Handler func(ctx context.Context, m wire.Message) []wire.Message

// Lanes: how many messages are handled at once, and how many wait in each lane.
const (
	DefaultWorkers = 8
	laneDepth      = 64
)

// lanes is a bounded pool in which a kiosk always has the same worker.
type lanes struct {
	queues  []chan wire.Message
	handle  Handler
	publish func(ctx context.Context, m wire.Message) error
	log     *slog.Logger
}

func newLanes(workers int, handle Handler, publish func(context.Context, wire.Message) error, log *slog.Logger) *lanes {
	if workers <= 0 {
		workers = DefaultWorkers
	}
	l := &lanes{handle: handle, publish: publish, log: log}
	for range workers {
		l.queues = append(l.queues, make(chan wire.Message, laneDepth))
	}
	return l
}

// run works until ctx ends. What then still waits is dropped: it was never
// acknowledged, so its kiosk sends it again.
func (l *lanes) run(ctx context.Context) {
	var workers sync.WaitGroup
	for _, q := range l.queues {
		workers.Go(func() { l.work(ctx, q) })
	}
	workers.Wait()
}

// offer puts a message into its kiosk's lane and waits for room. It reports
// false when ctx has ended.
func (l *lanes) offer(ctx context.Context, m wire.Message) bool {
	topic, err := wire.ParseTopic(m.Topic)
	if err != nil {
		l.log.Debug("message dropped, its topic is not of this protocol", "topic", m.Topic)
		return ctx.Err() == nil
	}
	h := fnv.New32a()
	h.Write([]byte(topic.Kiosk)) // never fails, by the contract of hash.Hash
	select {
	case l.queues[h.Sum32()%uint32(len(l.queues))] <- m:
		return true
	case <-ctx.Done():
		return false
	}
}

func (l *lanes) work(ctx context.Context, queue <-chan wire.Message) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-queue:
			l.answer(ctx, m)
		}
	}
}

// answer publishes what the handler returns. A lost answer is repaired by the
// kiosk's next try, so it is noted and not repeated.
func (l *lanes) answer(ctx context.Context, m wire.Message) {
	if ctx.Err() != nil {
		return
	}
	for _, reply := range l.handle(ctx, m) {
		if err := l.publish(ctx, reply); err != nil && ctx.Err() == nil {
			l.log.Warn("answer not sent", "topic", reply.Topic, "err", err)
		}
	}
}
