package broker

import (
	"context"
	"log/slog"
	"sync"

	"github.com/timepost/timepost/sync/wire"
)

// Handler answers one message of a kiosk; the messages it returns are published.
// It is called concurrently for different kiosks, never for the same one.
type Handler func(ctx context.Context, m wire.Message) []wire.Message

// How many messages are handled at once, how many of one kiosk wait, and how many
// of all. An honest kiosk has a handful on the way: two batches, a question, its
// health.
const (
	DefaultWorkers = 8
	maxOfKiosk     = 64
	maxWaiting     = 1024
)

// lanes is a bounded pool of workers in which each kiosk has a lane of its own.
// The kiosks take turns, a message each, so that one that floods is heard as
// often as any other and no more; what its lane can't hold is dropped.
type lanes struct {
	workers int
	handle  Handler
	publish func(ctx context.Context, m wire.Message) error
	log     *slog.Logger

	room chan struct{} // a token for each message that waits
	due  chan *lane    // the kiosks whose turn it is, in order

	mu    sync.Mutex
	of    map[string]*lane
	flood map[string]int // messages dropped since the kiosk's lane was empty
}

// lane is what waits of one kiosk. It is due, or in a worker's hands, from its
// first message until it is empty, and then it is gone.
type lane struct {
	kiosk   string
	waiting []wire.Message
}

func newLanes(workers int, handle Handler, publish func(context.Context, wire.Message) error, log *slog.Logger) *lanes {
	if workers <= 0 {
		workers = DefaultWorkers
	}
	return &lanes{
		workers: workers, handle: handle, publish: publish, log: log,
		// Lanes are never empty, so there are no more of them than messages, and
		// those that the workers hold.
		room: make(chan struct{}, maxWaiting), due: make(chan *lane, maxWaiting+workers),
		of: map[string]*lane{}, flood: map[string]int{},
	}
}

// run works until ctx ends. What then still waits is dropped: it was never
// acknowledged, so its kiosk sends it again.
func (l *lanes) run(ctx context.Context) {
	var working sync.WaitGroup
	for range l.workers {
		working.Go(func() { l.work(ctx) })
	}
	working.Wait()
}

// offer puts a message into its kiosk's lane, or drops it where that is full, and
// waits for room while too many wait of all kiosks. It reports false when ctx has
// ended.
func (l *lanes) offer(ctx context.Context, m wire.Message) bool {
	topic, err := wire.ParseTopic(m.Topic)
	if err != nil {
		l.log.Debug("message dropped, its topic is not of this protocol", "topic", m.Topic)
		return ctx.Err() == nil
	}
	if l.full(topic.Kiosk) {
		return ctx.Err() == nil
	}
	select {
	case l.room <- struct{}{}:
		l.put(topic.Kiosk, m)
		return true
	case <-ctx.Done():
		return false
	}
}

// full says whether a kiosk's lane can't hold another message, and notes the
// first that is dropped.
func (l *lanes) full(kiosk string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w := l.of[kiosk]; w == nil || len(w.waiting) < maxOfKiosk {
		return false
	}
	if l.flood[kiosk]++; l.flood[kiosk] == 1 {
		l.log.Warn("kiosk sends more than is answered, messages dropped", "kiosk", kiosk)
	}
	return true
}

func (l *lanes) put(kiosk string, m wire.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.of[kiosk]
	if w == nil {
		w = &lane{kiosk: kiosk}
		l.of[kiosk] = w
		l.due <- w // has room for all of them
	}
	w.waiting = append(w.waiting, m)
}

func (l *lanes) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case w := <-l.due:
			l.answer(ctx, l.next(w))
			l.turn(w)
		}
	}
}

// next takes the oldest message out of a lane.
func (l *lanes) next(w *lane) wire.Message {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := w.waiting[0]
	w.waiting[0] = wire.Message{}
	w.waiting = w.waiting[1:]
	<-l.room
	return m
}

// turn puts a lane behind all others that are due, or ends it where it is empty.
func (l *lanes) turn(w *lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(w.waiting) > 0 {
		l.due <- w
		return
	}
	delete(l.of, w.kiosk)
	if n := l.flood[w.kiosk]; n > 0 {
		l.log.Warn("kiosk sends no more than is answered again", "kiosk", w.kiosk, "dropped", n)
		delete(l.flood, w.kiosk)
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
