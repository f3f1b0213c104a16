// Package health makes what a kiosk tells central of its machine each round.
//
// A part that can't be read is left out and logged once: the rest is wanted all
// the more. A Collector may be used from many goroutines.
package health
