// Package export hands out lists of people with their PINs: the assignees of one
// kiosk, for a file or for slips of paper.
//
// A PIN leaves only with a reason, at most five lists an hour to one actor, and
// only after the audit log and the notice to the owners are committed: an export
// that is cut off before its first byte has happened all the same. Where owners
// have switched the export off, the list says how each PIN is instead. An owner's
// PIN is in no list that somebody else asked for.
//
// It also hands out what is kept of one person, for that person to have: no PIN is
// in it, and it is audited in the same way.
//
// The package decides nothing about who may call and whether they have just shown
// their password: the faces do. Safe for concurrent use.
package export
