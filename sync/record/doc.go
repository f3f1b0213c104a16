// Package record is the unit of truth: the bytes of what happened at a kiosk,
// chained and signed the moment it is written.
//
// A record is (kiosk, journal, seq). A journal is 16 random bytes drawn each
// time a journal database is created; seq is gapless from 1. Each record's hash
// commits to everything before it, so one good signature vouches for a prefix.
// The bytes hashed here are frozen: testdata/v1 holds vectors that never change.
// The package keeps no state, and everything in it is safe for concurrent use.
package record
