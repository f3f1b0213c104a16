package main

import (
	"context"
	"log/slog"
	"slices"

	"github.com/timepost/timepost/device/enrol"
)

// brokers keeps where central's brokers are. Those of before stay in reserve until this
// kiosk was welcomed at one of the new: a list that was typed wrong locks nobody out.
type brokers struct {
	own      *credential
	keep     func(list, reserve []string) error // on disk, and in own
	welcomed func() (at string)                 // notes that central was heard, and gives the broker
	log      *slog.Logger
}

// list gives them in the order in which they are tried.
func (b *brokers) list() []string {
	id := b.own.Identity()
	return slices.Concat(id.Brokers, id.Reserve)
}

// Welcomed takes over what central says.
func (b *brokers) Welcomed(_ context.Context, list []string) (move bool) {
	at, id := b.welcomed(), b.own.Identity()
	changed := !slices.Equal(list, id.Brokers)
	there := slices.Contains(list, at)
	if len(list) == 0 || !changed && (!there || len(id.Reserve) == 0) {
		return false
	}
	var reserve []string
	if !there {
		reserve = slices.DeleteFunc(b.list(), func(old string) bool { return slices.Contains(list, old) })
	}
	if err := b.keep(list, reserve); err != nil {
		b.log.Warn("brokers not taken over", "brokers", list, "err", err)
		return false
	}
	b.log.Info("brokers taken over", "brokers", list, "reserve", reserve)
	return changed && at != list[0]
}

// KeepBrokers takes over another list of brokers, on disk first.
func (c *credential) KeepBrokers(dir string, list, reserve []string) error {
	return c.change(dir, func() error { return enrol.KeepBrokers(dir, list, reserve) })
}
