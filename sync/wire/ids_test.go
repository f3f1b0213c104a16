package wire_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/timepost/timepost/sync/wire"
)

func TestIDs(t *testing.T) {
	t.Parallel()
	ids, err := wire.NewIDs(strings.NewReader("\x00\x01\x02\x03\x04\x05\x06\xff"))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := ids.Next(), ids.Next(); a != "00010203040506ff-1" || b != "00010203040506ff-2" {
		t.Errorf("%s, %s", a, b)
	}
	other, err := wire.NewIDs(rand.NewChaCha8([32]byte{1}))
	if err != nil || strings.HasPrefix(other.Next(), "00010203040506ff-") {
		t.Errorf("another boot has the same prefix, %v", err)
	}
	if _, err := wire.NewIDs(strings.NewReader("short")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("short randomness: %v", err)
	}
}
