package ledger

import (
	"context"
	"fmt"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

const (
	page       = 1000 // records read at once
	mostFaults = 20   // that are told of one by one
)

// Store is the tables.
type Store interface {
	Chains(ctx context.Context) ([]centraldb.Chain, error)
	RecordsAfter(ctx context.Context, kiosk string, journal record.JournalID, after uint64, limit int) ([]record.Record, error)
	Identities(ctx context.Context, kiosk string) ([]centraldb.Identity, error)
}

// Fault is a place where a journal does not hold.
type Fault struct {
	Kiosk   string `json:"kiosk"`
	Journal string `json:"journal"`
	Seq     uint64 `json:"seq"` // the first that does not hold
	Why     string `json:"why"`
}

// Report is what a verification found. Faults has the first of them.
type Report struct {
	Journals int     `json:"journals"`
	Records  int     `json:"records"`
	Broken   int     `json:"broken"` // faults in all
	Faults   []Fault `json:"faults"`
}

// Verify reads the whole log of the organisation. A log that does not hold is in the
// report; an error says that it could not be read.
func Verify(ctx context.Context, s Store, org string) (Report, error) {
	r := Report{Faults: []Fault{}}
	chains, err := s.Chains(ctx)
	if err != nil {
		return r, err
	}
	for _, c := range chains {
		ids, err := s.Identities(ctx, c.Kiosk)
		if err != nil {
			return r, err
		}
		w := &walk{chain: c, like: record.Chain{Org: org, Kiosk: c.Kiosk, Journal: c.Journal}, ids: ids, report: &r}
		if err := w.run(ctx, s); err != nil {
			return r, err
		}
		r.Journals++
	}
	return r, nil
}

// Err gives problem.Damaged for a log that does not hold.
func (r Report) Err() error {
	if r.Broken == 0 {
		return nil
	}
	f := r.Faults[0]
	return problem.New(problem.Damaged, fmt.Sprintf("%d places in the log of records do not hold; the first is record %d of the kiosk %s: %s.", r.Broken, f.Seq, f.Kiosk, f.Why),
		"Somebody changed the database, or its disk is failing. Compare with your backups; the kiosk may still have the record.").
		With("faults", r.Faults)
}

// walk goes through one journal.
type walk struct {
	chain  centraldb.Chain
	like   record.Chain
	ids    []centraldb.Identity
	report *Report

	at   uint64      // the number before the next one
	hash record.Hash // the carried hash there; zero: not known
}

func (w *walk) run(ctx context.Context, s Store) error {
	after := uint64(0)
	for after < w.chain.Through {
		// What comes in meanwhile lies above; it is for the next time.
		recs, err := s.RecordsAfter(ctx, w.chain.Kiosk, w.chain.Journal, after, int(min(page, w.chain.Through-after)))
		if err != nil {
			return err
		}
		for len(recs) > 0 && recs[len(recs)-1].Seq > w.chain.Through {
			recs = recs[:len(recs)-1]
		}
		if len(recs) == 0 {
			break
		}
		after = recs[len(recs)-1].Seq
		w.report.Records += len(recs)
		for len(recs) > 0 {
			n := 1
			for n < len(recs) && recs[n].Seq == recs[n-1].Seq+1 {
				n++
			}
			w.stretch(recs[:n])
			recs = recs[n:]
		}
	}
	w.skip(w.chain.Through)
	if w.at == w.chain.Through && w.hash != (record.Hash{}) && w.chain.Hash != (record.Hash{}) && w.hash != w.chain.Hash {
		w.fault(w.at, "the log ends otherwise than it was acknowledged")
	}
	return nil
}

// stretch verifies consecutive records.
func (w *walk) stretch(recs []record.Record) {
	w.skip(recs[0].Seq - 1)
	faults := w.verify(recs)
	for n, f := range faults {
		if f != record.Good {
			w.fault(recs[n].Seq, string(f))
		}
	}
	last := recs[len(recs)-1]
	w.at, w.hash = last.Seq, last.Hash
}

// skip goes on to the number to; what lies between must be known to be missing.
func (w *walk) skip(to uint64) {
	for w.at < to {
		s, ok := w.absent(w.at + 1)
		if !ok {
			w.fault(w.at+1, "missing")
			w.at, w.hash = to, record.Hash{}
			return
		}
		w.at, w.hash = min(s.To, to), s.Hash
	}
}

// absent gives the stretch that says why seq is not there.
func (w *walk) absent(seq uint64) (centraldb.Stretch, bool) {
	var best centraldb.Stretch
	found := false
	for _, s := range w.chain.Absent {
		if s.From <= seq && seq <= s.To && (!found || s.To > best.To) {
			best, found = s, true
		}
	}
	return best, found
}

// verify gives the faults by that of the kiosk's keys under which there are fewest.
func (w *walk) verify(recs []record.Record) []record.Fault {
	var best []record.Fault
	least := len(recs) + 1
	for _, id := range w.ids {
		faults := w.verifyBy(id.RecordKey, recs)
		bad := 0
		for _, f := range faults {
			if f != record.Good {
				bad++
			}
		}
		if bad < least {
			best, least = faults, bad
		}
		if bad == 0 {
			break
		}
	}
	if best == nil { // no key is known: then nobody has signed
		best = make([]record.Fault, len(recs))
		best[0] = record.Unsigned
	}
	return best
}

func (w *walk) verifyBy(key []byte, recs []record.Record) []record.Fault {
	prev := w.hash
	if recs[0].Seq == 1 {
		prev = w.like.Genesis(key)
	}
	if prev != (record.Hash{}) {
		return record.Verify(w.like, key, prev, recs)
	}
	// What came before is not known: the first has its own signature to speak for it.
	first := record.Good
	if !record.Signed(key, recs[0].Hash, recs[0].Sig) {
		first = record.Unsigned
	}
	return append([]record.Fault{first}, record.Verify(w.like, key, recs[0].Hash, recs[1:])...)
}

func (w *walk) fault(seq uint64, why string) {
	w.report.Broken++
	if len(w.report.Faults) < mostFaults {
		w.report.Faults = append(w.report.Faults, Fault{Kiosk: w.chain.Kiosk, Journal: w.chain.Journal.String(), Seq: seq, Why: why})
	}
}
