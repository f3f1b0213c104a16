package outbox

import "github.com/timepost/timepost/sync/record"

// Head is where a journal stands.
type Head struct {
	Journal record.JournalID
	Seq     uint64      // the last record
	Hash    record.Hash // its hash
	Oldest  uint64      // the first record still held
	Acked   uint64      // the last record that central is known to store
	Queue   int         // records above Acked
}
