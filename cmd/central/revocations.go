package main

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/store/centraldb"
)

// How often the list is looked after without a reason, and how often and how many times
// a kiosk is pushed off a broker that may not have read the list yet.
const (
	listEvery = time.Minute
	pushEvery = 5 * time.Second
	pushTimes = 12
)

// revocations keeps the list by which outside brokers refuse kiosks, and gets those off
// that are connected: no broker looks at the list again while they are.
type revocations struct {
	path    string
	keys    *fleet.Keys
	db      *centraldb.DB
	recall  func(ctx context.Context) error
	push    func(ctx context.Context, kiosk string) error
	changed chan struct{}
	log     *slog.Logger

	pushing map[string]int // how many times more, by kiosk
}

// crl gives where the list lies.
func (c *serveCmd) crl() string {
	if c.BrokerCRL != "" {
		return c.BrokerCRL
	}
	return filepath.Join(c.Data, fileCRL)
}

func (s *server) makeRevocations() *revocations {
	return &revocations{
		path: s.cmd.crl(), keys: s.keys, db: s.db, recall: s.fleet.Recall, push: s.pushOff,
		changed: s.wire.changed, log: s.log, pushing: map[string]int{},
	}
}

// Run keeps it until ctx ends. What fails is noted and tried again.
func (r *revocations) Run(ctx context.Context) error {
	if err := r.recall(ctx); err != nil && ctx.Err() == nil {
		r.log.Error("certificates of earlier enrolments not noted", "err", err)
	}
	for ctx.Err() == nil {
		if err := r.keep(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("list of revoked certificates not written", "file", r.path, "err", err)
		}
		r.pushAll(ctx)
		wait := listEvery
		if len(r.pushing) > 0 {
			wait = pushEvery
		}
		select {
		case <-ctx.Done():
		case <-r.changed:
		case <-time.After(wait):
		}
	}
	return nil
}

// keep writes the list where it has changed, and notes whom to push off.
func (r *revocations) keep(ctx context.Context) error {
	before, err := readAny(r.path)
	if err != nil {
		return err
	}
	now := time.Now()
	revoked, err := r.db.RevokedCertificates(ctx, now.UnixNano())
	if err != nil {
		return err
	}
	text, err := r.keys.RevocationList(before, revoked, now)
	if err != nil || bytes.Equal(text, before) {
		return err
	}
	if err := replaceFile(r.path, text, 0o644); err != nil {
		return err
	}
	listed := fleet.Listed(before)
	for _, c := range revoked {
		if slices.Contains(listed, c.Serial) {
			continue
		}
		switch c.Status {
		case "": // nobody comes by that name
		case centraldb.KioskEnrolled:
			r.pushing[c.Kiosk] = 1 // not more often: it would hit the new machine
		default:
			r.pushing[c.Kiosk] = pushTimes
		}
	}
	r.log.Info("list of revoked certificates written", "file", r.path, "certificates", len(revoked))
	return nil
}

func (r *revocations) pushAll(ctx context.Context) {
	for kiosk, times := range r.pushing {
		if err := r.push(ctx, kiosk); err != nil && ctx.Err() == nil {
			r.log.Warn("kiosk not pushed off the broker", "kiosk", kiosk, "err", err)
		}
		if r.pushing[kiosk] = times - 1; times <= 1 {
			delete(r.pushing, kiosk)
		}
	}
}
