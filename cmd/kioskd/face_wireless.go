package main

import (
	"context"
	"time"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/device/wifi"
)

const (
	joinWithin = time.Minute
	lookForNet = 30 * time.Second // a USB stick for Wi-Fi may come, or NetworkManager start late
)

// wireless is the machine's Wi-Fi as the touchscreen sees it. The face's lock guards there.
type wireless struct {
	net   *wifi.Manager
	there bool
}

// lookForWireless looks from time to time whether there is Wi-Fi that can be set up here.
func (f *face) lookForWireless(ctx context.Context) error {
	for {
		f.lookOnce(ctx)
		if !pause(ctx, lookForNet) {
			return nil
		}
	}
}

func (f *face) lookOnce(ctx context.Context) {
	there := f.net.Present(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	if there != f.there && ctx.Err() == nil {
		f.there = there
		f.turn()
	}
}

// Networks lists the networks in reach.
func (f *face) Networks(ctx context.Context, session string) ([]local.Network, error) {
	if err := f.mayTend(ctx, session, "networks"); err != nil {
		return nil, err
	}
	all, err := f.net.Networks(ctx)
	out := make([]local.Network, len(all))
	for i, n := range all {
		out[i] = local.Network{SSID: n.SSID, Strength: n.Strength, Security: string(n.Security), Active: n.Active}
	}
	return out, err
}

// Join puts this machine into a network.
func (f *face) Join(ctx context.Context, j local.Join) (local.Joined, error) {
	if err := f.mayTend(ctx, j.Session, "join network"); err != nil {
		return local.Joined{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, joinWithin)
	defer cancel()
	got, err := f.net.Join(ctx, j.SSID, j.Password)
	return local.Joined{Portal: got.Portal}, err
}

// mayTend says whether this machine may be changed: by its caretaker, and by anybody who
// stands before it as long as it is no kiosk.
func (f *face) mayTend(ctx context.Context, session, wish string) error {
	if !f.isEnrolled() {
		return nil
	}
	t, _, _, err := f.now()
	if err != nil {
		return err
	}
	return t.Tend(ctx, session, wish)
}
