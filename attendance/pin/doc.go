// Package pin holds the PIN: a type that cannot be printed by accident, the
// rules that every PIN obeys, its hash, and the sealing of hashes to one kiosk.
//
// It knows no database and no clock; randomness is an argument. The rules are
// pure functions over what the caller looked up in its own transaction. All
// functions are safe for concurrent use.
package pin
