package main

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/timepost/timepost/attendance/pin"
)

// measureHash makes the hash that nothing matches, at the cost in use, and logs
// how long a comparison takes here: people wait for it with each PIN.
func measureHash(log *slog.Logger) ([]byte, error) {
	h, err := pin.NewHasher(pin.ProductionCost)
	if err != nil {
		return nil, err
	}
	dummy, err := h.Dummy()
	if err != nil {
		return nil, err
	}
	p, err := pin.Parse("0000")
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if _, err := pin.Matches(dummy, pin.Personal, "nobody", p); err != nil {
		return nil, fmt.Errorf("measure comparison: %w", err)
	}
	log.Info("comparison measured", "bcrypt_ms", time.Since(began).Milliseconds(), "cost", pin.ProductionCost)
	return dummy, nil
}
