// Package outbox sends a kiosk's records to central and lets go of them only
// when central has said, under its own signature, that it stores them.
//
// It is a stepping core: no goroutine, no clock, no connection. Whoever owns an
// Outbox calls Next to learn what to send now, OnAck with every acknowledgement
// whose signature has been verified, and Next again when Deadline has passed.
// Records leave strictly in order, in batches of at most wire.MaxBatch, with at
// most wire.Window batches on their way; a lost one is found by an
// acknowledgement that does not advance or by time, and everything from there
// on is sent again (go back N). Central recognises what it has by its hash, so
// that sending twice does no harm.
//
// What an acknowledgement says is believed only if its hash is the kiosk's own
// hash at that place. Released records are written down in steps, not one by
// one: after a crash a few are sent again, none is lost.
//
// An Outbox is used by one goroutine at a time; Stats alone is safe for
// concurrent use.
package outbox
