// Package attendance holds the words of the business: who works here, what a
// punch is, what a person may do now, and how punches become worked time.
//
// Everything here is a value with its rules. The package does no I/O, reads no
// clock and draws no randomness: time is always an argument, in UTC, and a zone
// is a name that the reader resolves. All values are safe for concurrent use
// as long as nobody writes to them.
package attendance
