package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/timepost/timepost/sync/wire"
)

// pushOff gets a kiosk off the outside brokers: the authority can make a certificate for
// every name, and a broker lets go of the one before as another comes by the same name.
func (s *server) pushOff(ctx context.Context, kiosk string) error {
	roots, err := s.brokerRoots()
	if err != nil {
		return err
	}
	var errs []error
	for _, url := range s.cmd.Broker {
		if url == embeddedBroker {
			continue // it was asked to, and will not let it in
		}
		dialer, err := s.brokerAs(url, roots, nil)(kiosk, kiosk, wire.KioskFilter(s.org.ID, kiosk))
		if err != nil {
			return err
		}
		if err := takePlace(ctx, dialer); err != nil {
			errs = append(errs, fmt.Errorf("take the place of %s: %w", kiosk, err))
		}
	}
	return errors.Join(errs...)
}

func takePlace(ctx context.Context, d wire.Dialer) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	link, err := d.Dial(ctx)
	if err != nil {
		return err
	}
	return link.Close()
}
