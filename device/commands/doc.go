// Package commands runs what central wants this kiosk to do, in order and each at
// most once.
//
// That a command is begun is on disk before anything of it happens, so a power cut
// can cut one short but never run it twice; what became of it is a record like any
// other, written together with the note that it is over. A command that was cut short
// is recorded as failed, unless it is one that a restart completes, or that goes on where
// it was.
//
// A Runner decides when; what a verb does is a Verb of the caller's. Begun and Take
// may be called from any goroutine; Run is one.
package commands
