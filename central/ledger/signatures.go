package ledger

import (
	"runtime"
	"sync"

	"github.com/timepost/timepost/sync/record"
)

// signatures looks at the signature of each record that is good so far, on all
// processors: a signature costs many times what a hash does.
func signatures(key []byte, recs []record.Record, faults []record.Fault) {
	workers := min(runtime.GOMAXPROCS(0), len(recs))
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for n := w; n < len(recs); n += workers {
				if faults[n] == record.Good && !record.Signed(key, recs[n].Hash, recs[n].Sig) {
					faults[n] = record.Unsigned
				}
			}
		})
	}
	all.Wait()
}
