// Package hw reads the machine a kiosk runs on: its clocks and its badge readers.
//
// It is the one door to the kernel's clock calls and to evdev. A badge reader is a
// USB keyboard that types a card's number: Readers finds those it was told of,
// takes each for itself, so that nothing they type reaches anybody else, and gives
// what they read. Learn finds a new one by a card held to it. Missing hardware is a
// log line elsewhere, never a failure here. Everything is safe for concurrent use.
package hw
