// Package reserve keeps room on the disk for punches: a file that takes it, and is removed
// when everything else is full.
//
// Whatever fills a kiosk's disk, an update, a log, somebody's film, a punch still has
// where to go, and the screen says early that somebody has to look. It knows nothing of
// punches. A Reserve is used by one goroutine.
package reserve
