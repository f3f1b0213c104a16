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
	s.Restart, s.Provisioning, s.Notice, s.Identify, s.Wireless, s.Dismissed, s.Cramped, s.Leaving = f.restart, f.card, f.notice, f.identify, f.there, f.dismissed, f.cramped, f.leaving
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

// Cramp says whether the disk has no room left but what was kept for punches.
func (f *face) Cramp(cramped bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cramped != cramped {
		f.cramped = cramped
		f.turn()
	}
}

// Leave ends for good what this kiosk records: when it returns no punch is under way.
func (f *face) Leave() {
	f.mu.Lock()
	t := f.terminal
	f.leaving = true
	f.turn()
	f.mu.Unlock()
	if t != nil {
		t.Retire()
	}
}
