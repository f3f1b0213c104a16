// Package team administers people and their PINs: create, edit, archive, import,
// assign to kiosks, and the Universal PINs of kiosks, because the rules bind
// personal and Universal PINs to each other.
//
// The PIN rules P3 to P6 and P10 are checked in the same write transaction as
// the change, and writers run one after the other, so they hold under any
// number of concurrent callers. A change that would break a rule for a PIN that
// exists already (a promotion, a new assignment) is not refused: that person
// gets a new PIN and the caller is told. A typed PIN that breaks one is refused
// in words that do not say why.
//
// PINs lie in the database under the data key (Book); the Hasher makes their
// bcrypt hashes in the background. The package decides nothing about who may
// call: the faces ask access.Allowed. Safe for concurrent use.
package team
