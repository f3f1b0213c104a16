// Package correct puts punches right: it adds what no kiosk recorded, gives an
// entry other values, and voids what does not count. Each is a new row with who,
// when and why; what a kiosk recorded is never changed and never removed.
//
// Where a person stands follows in the same transaction, from what holds then, and
// the kiosks are told after the commit. A day that the organisation has sealed
// stays as it is.
//
// A Correct is safe for concurrent use.
package correct
