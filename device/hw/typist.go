package hw

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"time"
)

const (
	// Silence ends a read of a reader that types no Enter: readers leave a few
	// milliseconds between two keys, people some hundred.
	Silence = 100 * time.Millisecond

	maxTyped  = 64 // more is no card: the rest up to its end is dropped
	eventSize = 24 // struct input_event on a 64-bit machine
	evSyn     = 0
	evKey     = 1
	synLost   = 3 // SYN_DROPPED: the kernel's queue was full
)

// event is what the kernel says of an input device (struct input_event).
type event struct {
	typ, code uint16
	value     int32 // of a key: 0 up, 1 down, 2 repeated
}

// Typed gives each text that is typed on a device's stream of events to emit, until
// the stream ends or ctx does; the caller closes events when ctx ends. A text ends with
// Enter, Tab or Silence. What is not the text of a card gives nothing: with a
// control key held, longer than a card's, or with events lost.
func Typed(ctx context.Context, events io.Reader, emit func(text string)) error {
	keys := make(chan event, 64)
	ended := make(chan error, 1)
	go func() { // ends with the stream, or with ctx; it is waited for below
		defer close(keys)
		ended <- pump(ctx, events, keys)
	}()
	var t typist
	// Silence is waited for in two halves: after a time in which this program did not
	// run, what the kernel holds is taken before the second half is over.
	halves, silence := 0, time.NewTimer(Silence/2)
	defer silence.Stop()
	for {
		select {
		case e, open := <-keys:
			if !open {
				return <-ended
			}
			if text, ok := t.take(e); ok {
				emit(text)
			}
			halves = 0
			silence.Reset(Silence / 2)
		case <-silence.C:
			if halves++; halves == 1 {
				silence.Reset(Silence / 2)
			} else if text, ok := t.end(); ok {
				emit(text)
			}
		}
	}
}

// pump passes events on until the stream ends.
func pump(ctx context.Context, events io.Reader, keys chan<- event) error {
	r := bufio.NewReaderSize(events, 64*eventSize)
	var raw [eventSize]byte
	for {
		if _, err := io.ReadFull(r, raw[:]); err != nil {
			if ctx.Err() != nil || errors.Is(err, io.EOF) {
				return nil //nolint:nilerr // it was closed because ctx ended
			}
			return err
		}
		e := event{
			typ: binary.NativeEndian.Uint16(raw[16:]), code: binary.NativeEndian.Uint16(raw[18:]),
			value: int32(binary.NativeEndian.Uint32(raw[20:])),
		}
		select {
		case keys <- e:
		case <-ctx.Done():
			return nil
		}
	}
}

// typist turns the keys of one device into texts.
type typist struct {
	text        []byte
	left, right bool // shift keys held
	caps        bool
	control     int  // control keys held
	spoilt      bool // what is being typed is no card
}

// take takes one event and gives the text that it ends, if it does.
func (t *typist) take(e event) (string, bool) {
	switch {
	case e.typ == evSyn && e.code == synLost:
		t.left, t.right, t.control, t.spoilt = false, false, 0, true
		return "", false
	case e.typ != evKey || e.value < 0 || e.value > 1: // a held key says nothing new
		return "", false
	case t.hold(e.code, e.value == 1) || e.value == 0:
		return "", false
	}
	switch e.code {
	case keyEnter, keyKPEnter, keyTab:
		return t.end()
	}
	t.spoilt = t.spoilt || t.control > 0
	if c, ok := character(e.code, t.left || t.right, t.caps); ok {
		t.add(c)
	}
	return "", false
}

// hold takes the keys that change what others mean.
func (t *typist) hold(code uint16, down bool) bool {
	switch code {
	case keyLeftShift:
		t.left = down
	case keyRightShift:
		t.right = down
	case keyCapsLock:
		t.caps = t.caps != down
	case keyLeftCtrl, keyRightCtrl, keyLeftAlt, keyRightAlt, keyLeftMeta, keyRightMeta:
		if down {
			t.control++
		} else {
			t.control = max(0, t.control-1)
		}
	default:
		return false
	}
	return true
}

func (t *typist) add(c byte) {
	if len(t.text) == maxTyped {
		t.spoilt = true
		return
	}
	t.text = append(t.text, c)
}

// end gives what was typed, if it may be a card, and begins anew.
func (t *typist) end() (string, bool) {
	text, ok := string(t.text), len(t.text) > 0 && !t.spoilt
	t.text, t.spoilt = t.text[:0], false
	return text, ok
}
