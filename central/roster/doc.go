// Package roster keeps each kiosk's copy of the people who may use it, and of
// its settings, with PIN hashes that only that kiosk can open.
//
// A roster is a set of rows, each stored with the version that last changed it.
// Refresh compares the rows a kiosk should have with those it has by
// fingerprints of their inputs; what differs becomes one new version, and a row
// that is gone stays as a delete. So the delta from any version is a query, and
// a hash is sealed again only when the PIN, the role or the kiosk's key has
// changed. A small delta is pushed at once as a signed page; a large one is only
// announced, and the kiosk pulls it. A kiosk of another generation, or ahead of
// this server, gets a snapshot.
//
// The package decides nothing about people or PINs; it reads what was
// committed. Rosters is safe for concurrent use and has no goroutine.
package roster
