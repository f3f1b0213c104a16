// Package ledger verifies the log of records as a whole, long after it was taken in: each
// journal is gapless but for what was written down as missing or set aside, every hash
// follows from the one before, and every run is signed by a key that its kiosk has had.
//
// It reads only, page by page, and may run beside the server.
package ledger
