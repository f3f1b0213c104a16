// Package simulate steps a whole fleet in one goroutine: the real Terminals, journals,
// outboxes and inboxes of kiosks and the real ingest, rosters and tables of central, over
// a clock and a network that a seed decides.
//
// The seed also decides what goes wrong: messages that are lost, repeated, held up and
// overtaken, networks cut in two, daemons and central killed, machines rebooted, clocks set
// to anything, the power failing in the middle of a commit, central restored from a backup,
// kiosks revoked and set up anew, cards put back to an older copy, people hired, archived,
// locked out and given new PINs. After each
// step the promises are checked; a seed gives the same trace each time, so that a failure
// can be looked at again: make simulate SEED=... STEPS=...
//
// What is left out: goroutines and their timing, TLS and brokers, which other tests have.
//
// testdata/frozen holds worlds as earlier versions left them: they are opened, and go on.
package simulate
