// Package ledger verifies the log of records as a whole, long after it was taken in: each
// journal is gapless but for what was written down as missing or set aside, every hash
// follows from the one before, every record is signed by a key that its kiosk has had,
// and every punch says what its record does.
//
// It reads only, page by page, and may run beside the server.
package ledger
