package main

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/timepost/timepost/attendance/pin"
)

// measureHash makes the hash that nothing matches, at the cost in use, and logs
// how long a comparison takes here: people wait for it with each PIN.
func measureHash(log *slog.Logger) (dummy []byte, took time.Duration, err error) {
	h, err := pin.NewHasher(pin.ProductionCost)
	if err != nil {
		return nil, 0, err
	}
	if dummy, err = h.Dummy(); err != nil {
		return nil, 0, err
	}
	p, err := pin.Parse("0000")
	if err != nil {
		return nil, 0, err
	}
	began := time.Now()
	if _, err := pin.Matches(dummy, pin.Personal, "nobody", p); err != nil {
		return nil, 0, fmt.Errorf("measure comparison: %w", err)
	}
	took = time.Since(began)
	log.Info("comparison measured", "bcrypt_ms", took.Milliseconds(), "cost", pin.ProductionCost)
	return dummy, took, nil
}
