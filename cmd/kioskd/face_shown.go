package main

import "github.com/timepost/timepost/device/local"

// RestartScreen has touchscreens that follow the state end, for their service to
// start them again. Token is one that was not used before.
func (f *face) RestartScreen(token string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.restart = token
	f.turn()
}

// dressed gives s with what the touchscreen is to do besides.
func (f *face) dressed(s local.State) local.State {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.Restart, s.Provisioning, s.Notice, s.Identify, s.Wireless, s.Dismissed = f.restart, f.card, f.notice, f.identify, f.there, f.dismissed
	return s
}

// provisioned says what came of the provisioning file; nil: nothing to say.
func (f *face) provisioned(p *local.Provisioning) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p == nil && f.card == nil {
		return
	}
	f.card = p
	f.turn()
}

// Dismiss tells the touchscreen whether central has turned this kiosk away for good.
func (f *face) Dismiss(away bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dismissed != away {
		f.dismissed = away
		f.turn()
	}
}
