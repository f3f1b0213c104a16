// Package ingest takes in what kiosks send: it verifies each message, stores
// records exactly once and only then acknowledges them, answers hellos and
// pulls, and turns the stored log into punches and presence, and into what
// admins are told of: a forgotten PIN, a locked one.
//
// Nothing is believed before the envelope's signature has been verified under
// the record key of the kiosk that the topic names; what fails is counted and
// answered with silence, or a hostile broker could have records acknowledged
// that never were stored. After that, every record of a batch is received:
// usable ones go to the log, unusable ones into quarantine under the same
// sequence number, and both advance the cursor, so that one bad record blocks
// nothing. An acknowledgement follows the commit, never precedes it, and a
// database that fails is answered with silence too: the kiosk sends again.
//
// Ingest.Handle may be called from many goroutines; messages of one kiosk must
// come one after the other, as the exchange does it. Batches that wait at the
// same time share one commit. Projector and Presence are services of their own;
// each runs once.
package ingest
