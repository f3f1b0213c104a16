package diagnostics

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"sync"
)

// What is remembered of the log at most: lines, and bytes of one line.
const (
	maxLines = 1000
	maxLine  = 1 << 10
)

// leftOut stands in place of a value that may be about a person.
const leftOut = "[left out]"

// harmless says whether the values under key are about the machine and never about a
// person. A key that is not here is one that nobody has thought about yet.
func harmless(key string) bool {
	switch key {
	case slog.TimeKey, slog.LevelKey, slog.MessageKey,
		"action", "address", "bcrypt_ms", "by_central", "ends", "err", "failures", "file", "fleet", "gen", "gid", "kind", "kiosk",
		"node", "number", "org", "part", "path", "people", "program", "reader", "reason", "records", "roster", "seq", "state",
		"through", "took", "type", "uid", "verb", "verdict", "version", "what", "wish", "zone":
		return true
	}
	return false
}

// Lines remembers the newest lines of the log. It is safe for concurrent use.
type Lines struct {
	mu   sync.Mutex
	ring [][]byte // of maxLines at most; next is the oldest once it is full
	next int
}

// NewLines gives Lines that remember nothing yet.
func NewLines() *Lines { return &Lines{} }

// Handler gives a handler that remembers each line of slog.LevelInfo and above and
// hands everything on to next.
func (l *Lines) Handler(next slog.Handler) slog.Handler {
	own := slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: redact})
	return both{own, next}
}

// redact leaves out what is not known to be harmless, in groups, too.
func redact(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindGroup || harmless(a.Key) {
		return a
	}
	return slog.String(a.Key, leftOut)
}

// Write remembers one line.
func (l *Lines) Write(line []byte) (int, error) {
	kept := bytes.Clone(line)
	if len(kept) > maxLine {
		kept = append(kept[:maxLine:maxLine], '\n')
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ring) < maxLines {
		l.ring = append(l.ring, kept)
	} else {
		l.ring[l.next] = kept
		l.next = (l.next + 1) % maxLines
	}
	return len(line), nil
}

// Bytes gives what is remembered, the oldest line first.
func (l *Lines) Bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Join(append(slices.Clone(l.ring[l.next:]), l.ring[:l.next]...), nil)
}

// both is a handler that hands everything to two.
type both struct{ own, next slog.Handler }

// Enabled says whether one of the two wants it.
func (b both) Enabled(ctx context.Context, level slog.Level) bool {
	return b.own.Enabled(ctx, level) || b.next.Enabled(ctx, level)
}

// Handle hands a record to each that wants it.
func (b both) Handle(ctx context.Context, r slog.Record) error {
	if b.own.Enabled(ctx, r.Level) {
		if err := b.own.Handle(ctx, r.Clone()); err != nil {
			return err
		}
	}
	if b.next.Enabled(ctx, r.Level) {
		return b.next.Handle(ctx, r)
	}
	return nil
}

// WithAttrs hands the attributes to both.
func (b both) WithAttrs(as []slog.Attr) slog.Handler {
	return both{b.own.WithAttrs(as), b.next.WithAttrs(as)}
}

// WithGroup hands the group to both.
func (b both) WithGroup(name string) slog.Handler {
	return both{b.own.WithGroup(name), b.next.WithGroup(name)}
}
