package hw

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// look is how often Readers looks for devices that have come.
const look = time.Second

// Read is what a reader typed when a card was held to it.
type Read struct {
	Reader Reader
	Text   string
}

// Readers reads the badge readers of a kiosk, those that come while it runs
// included. Run must run; there may be as many readers of one kind as there are plugs.
type Readers struct {
	inputs Inputs
	file   *ReaderFile
	log    *slog.Logger
	reads  chan Read

	mu      sync.Mutex
	open    map[string]Reader // by node
	refused map[string]string // nodes that could not be opened, and why: said once
}

// NewReaders gives the Readers that file names.
func NewReaders(inputs Inputs, file *ReaderFile, log *slog.Logger) *Readers {
	return &Readers{
		inputs: inputs, file: file, log: log, reads: make(chan Read, 16),
		open: map[string]Reader{}, refused: map[string]string{},
	}
}

// Reads gives what the readers read, in order. Nothing is dropped: a receiver that
// is slow keeps the readers waiting.
func (r *Readers) Reads() <-chan Read { return r.reads }

// Attached says whether a reader of this vendor:product is being read.
func (r *Readers) Attached(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range r.open {
		if o.ID == id {
			return true
		}
	}
	return false
}

// Run reads the readers until ctx ends, and waits for the last of them. A device
// that vanishes or can't be opened is a line in the log, and tried again.
func (r *Readers) Run(ctx context.Context) error {
	var devices sync.WaitGroup
	defer devices.Wait()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	var known map[string]input
	var before error
	for {
		found, err := r.inputs.list(known)
		if err != nil && (before == nil || err.Error() != before.Error()) {
			r.log.Warn("badge readers can't be looked for", "err", err)
		}
		known, before = found, err
		r.forget(known)
		for _, in := range known {
			r.begin(ctx, in, &devices)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// forget drops what is remembered of devices that are gone.
func (r *Readers) forget(known map[string]input) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for node := range r.refused {
		if _, there := known[node]; !there {
			delete(r.refused, node)
		}
	}
}

// begin reads a device if it is a reader and not read yet.
func (r *Readers) begin(ctx context.Context, in input, devices *sync.WaitGroup) {
	reader, ok := r.file.find(in.id)
	if !ok || !r.mark(in.node, reader) {
		return
	}
	stream, err := r.inputs.open(in.node)
	if err != nil {
		r.unmark(in.node, err)
		return
	}
	r.unmark(in.node, nil)
	r.mark(in.node, reader)
	r.log.Info("badge reader attached", "reader", reader.ID, "name", in.name, "node", in.node)
	devices.Go(func() { r.follow(ctx, in.node, reader, stream) })
}

// follow reads one device until it vanishes or ctx ends.
func (r *Readers) follow(ctx context.Context, node string, reader Reader, stream io.ReadCloser) {
	err := typedUntil(ctx, stream, func(text string) {
		now, ok := r.file.find(reader.ID)
		if !ok {
			return // it was forgotten meanwhile
		}
		select {
		case r.reads <- Read{now, text}:
		case <-ctx.Done():
		}
	})
	r.unmark(node, nil)
	if ctx.Err() == nil {
		r.log.Warn("badge reader is gone", "reader", reader.ID, "node", node, "err", err)
	}
}

// typedUntil is Typed over a stream that it closes.
func typedUntil(ctx context.Context, stream io.ReadCloser, emit func(text string)) error {
	one, cancel := context.WithCancel(ctx)
	defer cancel()
	var closing sync.WaitGroup
	closing.Go(func() {
		<-one.Done()
		_ = stream.Close() // it was only read
	})
	err := Typed(one, stream, emit)
	cancel()
	closing.Wait()
	return err
}

func (r *Readers) mark(node string, reader Reader) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, busy := r.open[node]; busy {
		return false
	}
	r.open[node] = reader
	return true
}

// unmark notes that a device is not read any more; err says why it never was.
func (r *Readers) unmark(node string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, node)
	if err == nil {
		delete(r.refused, node)
		return
	}
	if r.refused[node] != err.Error() {
		r.log.Warn("badge reader can't be opened", "node", node, "err", err)
	}
	r.refused[node] = err.Error()
}

// List gives the readers this kiosk knows, in the order of their ids.
func (r *Readers) List() []Reader {
	return slices.SortedFunc(slices.Values(r.file.all()), func(a, b Reader) int { return strings.Compare(a.ID, b.ID) })
}
