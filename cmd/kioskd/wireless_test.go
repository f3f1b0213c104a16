package main

import (
	"testing"
	"time"

	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/device/wifi"
	"github.com/timepost/timepost/device/wifi/wifitest"
	"github.com/timepost/timepost/internal/problem"
)

// Anybody puts a machine that is no kiosk into a network; a kiosk's caretaker alone does.
func TestWhoMaySetUpWireless(t *testing.T) {
	t.Parallel()
	clocks, err := hw.OpenClocks()
	if err != nil {
		t.Fatal(err)
	}
	net := wifitest.New(t, wifitest.AccessPoint{SSID: "Guests", Strength: 50})
	f := newFace(clocks, wifi.New(wifi.Config{Address: net.Address, Poll: time.Millisecond, Scan: time.Second}))
	if got, err := f.Networks(t.Context(), ""); err != nil || len(got) != 1 || got[0].SSID != "Guests" || got[0].Security != "open" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := f.Join(t.Context(), local.Join{SSID: "Guests"}); err != nil {
		t.Error(err)
	}
	f.fail(problem.OutOfOrder)
	if _, err := f.Networks(t.Context(), ""); err == nil {
		t.Error("a kiosk's networks are shown to anybody")
	}
	if _, err := f.Join(t.Context(), local.Join{SSID: "Guests"}); err == nil {
		t.Error("a kiosk's network is changed by anybody")
	}
}

// The screen is told that there is Wi-Fi, and that it has gone.
func TestWirelessIsLookedFor(t *testing.T) {
	t.Parallel()
	net := wifitest.New(t)
	f := newFace(nil, wifi.New(wifi.Config{Address: net.Address}))
	f.lookOnce(t.Context())
	if !f.dressed(local.State{}).Wireless {
		t.Error("not found")
	}
	changed := f.changed
	net.Change(false, false, true)
	f.lookOnce(t.Context())
	select {
	case <-changed:
	default:
		t.Error("the screen is not told")
	}
	if f.dressed(local.State{}).Wireless {
		t.Error("still there")
	}
}
