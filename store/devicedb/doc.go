// Package devicedb is a kiosk's two databases.
//
// journal.db is what must never be lost: the signed, chained records, what
// central has acknowledged of them, an index of the punches, and the guess
// counters. Everything that belongs together is one commit, and a method that
// writes returns only after that commit is on disk. cache.db is what central can
// send again: the roster, the settings, and where people stand by punches made
// elsewhere. A database that is found corrupt is set aside under another name,
// never repaired in place, and a new one is begun; the journal's first record
// then says so.
//
// The package holds tables, not rules: who may punch and when a guess is refused
// is decided above it. Journal and Cache are safe for concurrent use.
package devicedb
