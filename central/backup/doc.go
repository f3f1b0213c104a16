// Package backup is the file that a backup of central is: a gzipped tar that any
// machine can open, with a manifest first that names every file in it with its
// SHA-256. It knows neither the database nor what is in it.
//
// The keys are in a backup only under a passphrase, as an age file: a backup that is
// stolen without it shows names and times, and no PIN.
//
// A file is written beside its place, flushed and renamed, so that it is there whole
// or not at all; nothing that was read from a backup is to be used before Extract or
// Verify has returned without an error.
package backup
