package wire

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"sync/atomic"
)

// IDs gives message ids that are unique per sender and boot: a random prefix
// and a counter. It is safe for concurrent use.
type IDs struct {
	prefix string
	next   atomic.Uint64
}

// NewIDs draws the prefix, 8 bytes, from random.
func NewIDs(random io.Reader) (*IDs, error) {
	var b [8]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return nil, fmt.Errorf("draw message id prefix: %w", err)
	}
	return &IDs{prefix: hex.EncodeToString(b[:]) + "-"}, nil
}

// Next gives an id that this value has not given before, at most 37 characters.
func (i *IDs) Next() string { return i.prefix + strconv.FormatUint(i.next.Add(1), 10) }
