package main

import (
	"context"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// tellBack tells each enrolled kiosk that this server is at its broker again, so that
// what waits there for an answer need not wait for a time-out. It is a hint: what
// can't be told is noted, and kiosks try again by themselves.
func (s *server) tellBack(ctx context.Context) {
	kiosks, err := s.db.Kiosks(ctx)
	if err != nil {
		s.log.Warn("kiosks not told that the server is back", "err", err)
		return
	}
	told := 0
	for _, k := range kiosks {
		if k.Status != centraldb.KioskEnrolled {
			continue
		}
		if err := s.tellOne(ctx, k.Kiosk); err != nil {
			if ctx.Err() == nil {
				s.log.Warn("kiosks not told that the server is back", "kiosk", k.ID, "err", err)
			}
			return
		}
		told++
	}
	s.log.Info("kiosks told that the server is back", "kiosks", told)
}

func (s *server) tellOne(ctx context.Context, k attendance.Kiosk) error {
	m, err := s.ingest.Back(ctx, k.ID)
	if err != nil {
		return err
	}
	return s.wire.Publish(ctx, m)
}
