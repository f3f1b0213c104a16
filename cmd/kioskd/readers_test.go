package main

import (
	"context"
	"testing"

	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/device/local"
)

// taken is a Terminal that notes the cards as it would know them, and ends the
// test's world after the last.
type taken struct {
	cards []badge.Canonical
	end   context.CancelFunc
}

func (k *taken) Badge(_ context.Context, read string, how badge.Transform) local.BadgeRead {
	card, err := badge.Parse(read, how)
	if err != nil {
		card = badge.Canonical(err.Error())
	}
	if k.cards = append(k.cards, card); len(k.cards) == 2 {
		k.end()
	}
	return local.BadgeRead{}
}

func TestEachReaderSaysWhatItsNumbersMean(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	reads := make(chan hw.Read, 2)
	reads <- hw.Read{Reader: hw.Reader{ID: "08ff:0009", Transform: badge.Transform{Format: badge.Decimal}}, Text: "0010693503"}
	reads <- hw.Read{Reader: hw.Reader{ID: "ffff:0035", Transform: badge.Transform{Reverse: true}}, Text: "7f2ba300"}
	k := &taken{end: cancel}
	if err := takeCards(ctx, reads, k); err != nil {
		t.Error(err)
	}
	if len(k.cards) != 2 || k.cards[0] != "00-A3-2B-7F" || k.cards[1] != k.cards[0] {
		t.Errorf("cards %v", k.cards)
	}
}
