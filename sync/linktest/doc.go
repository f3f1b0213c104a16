// Package linktest is a network for tests: wire.Link ends in memory that drop,
// repeat, reorder and stall messages by chance from a seed, and the contract
// that every wire.Link has to keep.
//
// A Network has no goroutine and no clock. Things happen only inside Publish,
// Tick and Settle, so a single-threaded user replays exactly from the seed, and
// it may be used inside a testing/synctest bubble. It is safe for concurrent
// use. Imported by tests only.
package linktest
