// Package wipe makes a machine forget that it was a kiosk: its keys, its identity, its
// list of people and its punches.
//
// Mark puts on disk that it shall; Finish, which the daemon calls before anything else of
// the folder is read, does it. Between the two the power may fail as often as it likes.
//
// What is removed is removed from the file system. Flash memory may hold old pages of it
// for a while: without the keys, which go first, PINs stay sealed in them.
package wipe
