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
	AllIdentities(ctx context.Context) (map[string][]centraldb.Identity, error)
	Punches
}

// Options say how the log is verified.
type Options struct {
	Org string
	// Quick takes one signature for a run of records, which vouches for all of them:
	// what their own signatures are then does not show.
	Quick bool
	// Progress, where it is not nil, is told how many records are done of all there are.
	Progress func(done, total int64)
}

// Fault is a place where the log does not hold.
type Fault struct {
	Kiosk   string `json:"kiosk"`
	Journal string `json:"journal"`
	Seq     uint64 `json:"seq"` // the first that does not hold
	Kind    Kind   `json:"kind"`
	Why     string `json:"why"`  // in words
	Next    string `json:"next"` // what to do
}

// String names the place and what is wrong.
func (f Fault) String() string {
	return fmt.Sprintf("kiosk %s, journal %s, record %d: %s", f.Kiosk, f.Journal, f.Seq, f.Why)
}

// Report is what a verification found. Faults has the first of them.
type Report struct {
	Journals int     `json:"journals"`
	Records  int     `json:"records"`
	Punches  int     `json:"punches"` // compared with their records
	Broken   int     `json:"broken"`  // faults in all
	Faults   []Fault `json:"faults"`
}

// Verify reads the whole log of the organisation and the punches that were made of it.
// A log that does not hold is in the report; an error says that it could not be read.
func Verify(ctx context.Context, s Store, o Options) (Report, error) {
	r := Report{Faults: []Fault{}}
	upto, err := s.ProjectedUpTo(ctx) // first: what comes in meanwhile is for the next time
	if err != nil {
		return r, err
	}
	chains, err := s.Chains(ctx)
	if err != nil {
		return r, err
	}
	ids, err := s.AllIdentities(ctx)
	if err != nil {
		return r, err
	}
	p := newProgress(o, chains)
	for _, c := range chains {
		w := &walk{
			chain: c, like: record.Chain{Org: o.Org, Kiosk: c.Kiosk, Journal: c.Journal}, ids: ids[c.Kiosk], each: !o.Quick,
			report: &r, progress: p,
		}
		if err := w.run(ctx, s); err != nil {
			return r, err
		}
		r.Journals++
	}
	return r, comparePunches(ctx, s, upto, &r, p)
}

// progress counts each record twice: in its journal, and with its punch.
type progress struct {
	tell        func(done, total int64)
	done, total int64
}

func newProgress(o Options, chains []centraldb.Chain) *progress {
	p := &progress{tell: o.Progress}
	for _, c := range chains {
		p.total += 2 * int64(c.Through)
	}
	return p
}

func (p *progress) add(n int) {
	p.done = min(p.done+int64(n), p.total)
	if p.tell != nil {
		p.tell(p.done, p.total)
	}
}

// Err gives problem.Damaged for a log that does not hold.
func (r Report) Err() error {
	if r.Broken == 0 {
		return nil
	}
	f := r.Faults[0]
	places := "1 place in the log of records does not hold: "
	if r.Broken > 1 {
		places = fmt.Sprintf("%d places in the log of records do not hold; the first is ", r.Broken)
	}
	return problem.New(problem.Damaged, places+f.String()+".",
		"Somebody changed the database, or its disk is failing. Copy the data folder before anything else. "+f.Next).
		With("faults", r.Faults)
}

// add notes a fault; more goes on from what its kind says.
func (r *Report) add(kiosk string, j record.JournalID, seq uint64, kind Kind, more string) {
	r.Broken++
	if len(r.Faults) < mostFaults {
		r.Faults = append(r.Faults, Fault{Kiosk: kiosk, Journal: j.String(), Seq: seq, Kind: kind, Why: kind.words() + more, Next: kind.next()})
	}
}

// walk goes through one journal.
type walk struct {
	chain  centraldb.Chain
	like   record.Chain
	ids    []centraldb.Identity
	each   bool // every signature is looked at
	report *Report

	progress *progress

	key  []byte      // of the kiosk's keys, that of the last stretch
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
		w.progress.add(len(recs))
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
		w.fault(w.at, OtherEnd)
	}
	return nil
}

// stretch verifies consecutive records.
func (w *walk) stretch(recs []record.Record) {
	w.skip(recs[0].Seq - 1)
	faults := w.verify(recs)
	if w.each {
		signatures(w.key, recs, faults)
	}
	for n, f := range faults {
		if f != record.Good {
			w.fault(recs[n].Seq, kindOf(f))
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
			w.fault(w.at+1, Missing)
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

// verify gives the faults by that of the kiosk's keys under which there are fewest, and
// goes on with that one.
func (w *walk) verify(recs []record.Record) []record.Fault {
	var best []record.Fault
	least := len(recs) + 1
	keys := make([][]byte, 0, len(w.ids)+1)
	if w.key != nil {
		keys = append(keys, w.key)
	}
	for _, id := range w.ids {
		keys = append(keys, id.RecordKey)
	}
	for _, key := range keys {
		faults := w.verifyBy(key, recs)
		bad := 0
		for _, f := range faults {
			if f != record.Good {
				bad++
			}
		}
		if bad < least {
			best, least, w.key = faults, bad, key
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

func (w *walk) fault(seq uint64, kind Kind) {
	w.report.add(w.chain.Kiosk, w.chain.Journal, seq, kind, "")
}
