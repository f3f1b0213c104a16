// Package device is what one kiosk does: it finds out who stands before it,
// opens a session that offers what this person may do now, records what they
// choose, and says so once it is on disk.
//
// Terminal is the heart. It reaches the journal and the roster through the small
// interfaces declared here and knows no network: whether there is one changes
// nothing but a line on the screen. The guess limits (guess.go and the limit_*
// files) are pure functions over counters that the journal keeps; no wall clock
// takes part in any of them. Terminal is safe for concurrent use.
package device
