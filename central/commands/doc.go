// Package commands tells kiosks what to do, and keeps what became of it.
//
// A command is a row before it is a message: it is numbered, pushed to a kiosk that
// is connected, and comes again with the answer to each hello until the kiosk says
// that it has begun. The kiosk runs it at most once; how it went comes back as a
// record of its journal. What nobody could tell the kiosk in time expires, a wipe
// excepted, and what has not begun can be taken back. A command is for the machine
// that was the kiosk when it was asked for: it dies with that machine's keys.
//
// Everything is safe for concurrent use. Run expires what is over.
package commands
