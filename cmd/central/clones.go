package main

import (
	"context"
	"crypto/ed25519"
)

// cloned passes on that a kiosk's keys are on two machines.
func (s *server) cloned(ctx context.Context, kiosk string, key ed25519.PublicKey) error {
	return s.fleet.Cloned(ctx, kiosk, key)
}
