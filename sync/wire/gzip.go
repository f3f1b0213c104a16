package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"

	"github.com/timepost/timepost/internal/problem"
)

// squeeze compresses b. What the compressor makes of the same bytes may differ
// between versions: signatures cover what was there before.
func (s *Signer) squeeze(b []byte) ([]byte, error) {
	var buf bytes.Buffer
	z, ok := s.writers.Get().(*gzip.Writer)
	if ok {
		z.Reset(&buf)
	} else {
		var err error
		if z, err = gzip.NewWriterLevel(&buf, gzip.BestSpeed); err != nil {
			return nil, fmt.Errorf("make compressor: %w", err)
		}
	}
	if _, err := z.Write(b); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	s.writers.Put(z)
	return buf.Bytes(), nil
}

// expand undoes squeeze where the payload is gzip, and never gives more than
// MaxMessage bytes, whatever the payload claims.
func expand(b []byte) ([]byte, error) {
	if len(b) < 2 || b[0] != 0x1f || b[1] != 0x8b {
		return b, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, notGzip(err)
	}
	var buf bytes.Buffer
	buf.Grow(claimed(b) + bytes.MinRead)
	n, err := buf.ReadFrom(io.LimitReader(z, MaxMessage+1))
	if err != nil {
		return nil, notGzip(err)
	}
	if n > MaxMessage {
		return nil, TooLarge()
	}
	return buf.Bytes(), nil
}

// claimed gives the size that a gzip payload says it has (RFC 1952, ISIZE), at
// most MaxMessage: a hint for memory, believed for nothing else.
func claimed(b []byte) int {
	if len(b) < 18 {
		return 0
	}
	return int(min(binary.LittleEndian.Uint32(b[len(b)-4:]), MaxMessage))
}

func notGzip(err error) error {
	return problem.New(problem.Invalid, "This is not a message.", "").Because(err)
}
