// Package store opens SQLite databases that keep what they were given.
//
// It is the one door to the SQLite driver. A database opened here runs WAL with
// synchronous=FULL, has one writer connection and separate read-only ones, and
// every pragma is read back on every new connection: the driver's own default
// (synchronous=NORMAL) loses committed rows in a power cut, and a misspelt
// setting is silent. Migrations are embedded by the caller, numbered, and never
// edited once released. A DB is safe for concurrent use; Write calls queue.
package store
