package hw

import (
	"context"
	"io"
	"strings"
	"sync"

	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/internal/problem"
)

// leastLearnt is how many characters prove a reader: nobody types so many on a
// keyboard without leaving Silence between two of them.
const leastLearnt = 4

// Learn waits for a card at a device with keys that is no reader yet, and notes the
// device as one. While it waits, what is typed on such devices reaches nobody
// else. It fails with problem.Expired when ctx ends before a card came, and with
// problem.NotFound where no such device can be read.
func (r *Readers) Learn(ctx context.Context) (Reader, error) {
	found, err := r.inputs.list(nil)
	if err != nil {
		return Reader{}, problem.New(problem.OutOfOrder, "The devices of this machine can't be listed.",
			"Ask your operator to look at the log.").Because(err)
	}
	wait, cancel := context.WithCancel(ctx)
	defer cancel()
	cards := make(chan Reader, 1)
	var devices sync.WaitGroup
	opened := 0
	for _, in := range found {
		if _, known := r.file.find(in.id); known || !in.keys {
			continue
		}
		stream, err := r.inputs.open(in.node)
		if err != nil {
			r.log.Warn("input can't be opened", "node", in.node, "err", err)
			continue
		}
		opened++
		devices.Go(func() { listen(wait, in, stream, cards) })
	}
	if opened == 0 {
		return Reader{}, problem.New(problem.NotFound, "There is no new reader to learn.",
			"Plug it in, and check that this kiosk may read input devices.")
	}
	one, err := first(ctx, cards)
	cancel()
	devices.Wait()
	if err != nil {
		return Reader{}, err
	}
	r.log.Info("badge reader learnt", "reader", one.ID, "name", one.Name)
	return one, r.file.Put(one)
}

// first waits for the first card.
func first(ctx context.Context, cards <-chan Reader) (Reader, error) {
	select {
	case one := <-cards:
		return one, nil
	case <-ctx.Done():
		return Reader{}, problem.New(problem.Expired, "No card was read.", "Hold a card to the new reader and try again.").Because(ctx.Err())
	}
}

// listen gives the device as a reader once a card was held to it.
func listen(ctx context.Context, in input, stream io.ReadCloser, cards chan<- Reader) {
	// A device that vanishes was not the one.
	_ = typedUntil(ctx, stream, func(text string) {
		if len(strings.TrimSpace(text)) < leastLearnt {
			return
		}
		one := Reader{ID: in.id, Name: in.name, Transform: badge.Transform{Format: badge.Telling(text)}}
		if one.Check() != nil {
			return
		}
		select {
		case cards <- one:
		default: // another was first
		}
	})
}
