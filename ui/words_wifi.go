package ui

import (
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// wifiWords are about wireless networks.
type wifiWords struct {
	Wifi, WifiSub, WifiAgain, WifiLooking, WifiNone    string
	WifiHere, WifiOpen, WifiStrong, WifiFair, WifiWeak string
	WifiCompany, WifiOld                               string
	WifiPassword, WifiJoining, WifiJoined, WifiPortal  string
	WifiWrong, WifiGone, WifiSilent, WifiMayNot        string
}

// From how much on, in per cent, a network is strong, and fair: as the bars of
// NetworkManager's own programs (nmcli shows three of four from 55, two from 30).
const (
	strongFrom = 55
	fairFrom   = 30
)

// network says what there is to know of one.
func (w *words) network(n local.Network) string {
	strength := w.WifiWeak
	switch {
	case n.Strength >= strongFrom:
		strength = w.WifiStrong
	case n.Strength >= fairFrom:
		strength = w.WifiFair
	}
	switch {
	case n.Active:
		return w.WifiHere + " \u00b7 " + strength
	case n.Security == "company":
		return w.WifiCompany
	case n.Security == "old":
		return w.WifiOld
	case n.Security == "open":
		return w.WifiOpen + " \u00b7 " + strength
	}
	return strength
}

// notJoined says why a network was not joined, or could not be looked for.
func (w *words) notJoined(name string, err error) string {
	text := w.WifiSilent
	switch problem.CodeOf(err) {
	case problem.Unauthenticated, problem.Invalid:
		text = w.WifiWrong
	case problem.NotFound:
		text = w.WifiGone
	case problem.Forbidden:
		text = w.WifiMayNot
	}
	return fill(text, "name", name)
}
