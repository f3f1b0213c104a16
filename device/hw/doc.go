// Package hw reads the machine a kiosk runs on. Today that is its clocks.
//
// It is the one door to the kernel's clock calls. Missing hardware is a log
// line elsewhere, never a failure here. Everything is safe for concurrent use.
package hw
