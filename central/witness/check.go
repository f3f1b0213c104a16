package witness

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

const (
	page       = 2000 // records read at once
	mostFaults = 20   // that are told of one by one
)

// Kind names what a line shows.
type Kind string

// The kinds.
const (
	Foreign  Kind = "foreign"   // the line is of another organisation
	Forged   Kind = "forged"    // the line is not what the server signed
	GoneBack Kind = "gone_back" // the database ends before what it had
	Other    Kind = "other"     // the database has other records than it had
	Audit    Kind = "audit"     // the audit log is another one than it was
)

func (k Kind) words() string {
	switch k {
	case Foreign:
		return "the line is of another organisation"
	case Forged:
		return "the line is not what this server has signed"
	case GoneBack:
		return "the database has gone back: it ends before what it had then"
	case Audit:
		return "the audit log no longer contains the rows that it had then"
	}
	return "the database no longer contains the records that it had then"
}

func (k Kind) next() string {
	switch k {
	case Foreign:
		return "Take this server's own file."
	case Forged:
		return "Take the file, or the mail, from where nobody could change it."
	case GoneBack, Other:
		return "If this server was restored from a backup made before that day, that is why: begin a new file, and keep this one with the note. If it was not, somebody replaced or rewrote the database: copy the data folder, and compare with your backups."
	}
	return "If this server was restored from a backup made before that day, that is why. If it was not, somebody rewrote the log of who did what: copy the data folder, and compare with your backups."
}

// Fault is a line that the database does not bear out.
type Fault struct {
	At   time.Time `json:"at"` // of the line
	Kind Kind      `json:"kind"`
	Why  string    `json:"why"`  // in words
	Next string    `json:"next"` // what to do
}

// String names the day and what is wrong.
func (f Fault) String() string { return f.At.Format(time.DateOnly) + ": " + f.Why }

// Report is what was found. Unknown lines were signed by a key that is not known here:
// by one that has been replaced since.
type Report struct {
	Lines   int       `json:"lines"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Unknown int       `json:"unknown_key"`
	Broken  int       `json:"broken"` // faults in all
	Faults  []Fault   `json:"faults"` // the first of them
}

// Err gives problem.Damaged for a database that is not what it was.
func (r Report) Err() error {
	if r.Broken == 0 {
		return nil
	}
	f := r.Faults[0]
	return problem.New(problem.Damaged, fmt.Sprintf("%d of %d lines of the witness do not hold; the first is of %s.", r.Broken, r.Lines, f), f.Next).With("faults", r.Faults)
}

func (r *Report) add(l Line, k Kind) {
	r.Broken++
	if len(r.Faults) < mostFaults {
		r.Faults = append(r.Faults, Fault{At: l.At, Kind: k, Why: k.words(), Next: k.next()})
	}
}

// Check holds the database of an organisation to lines that were kept elsewhere. keys are
// the server's message keys by their ids. What does not hold is in the report; an error
// says that the database could not be read.
func Check(ctx context.Context, s Store, org string, keys map[string]ed25519.PublicKey, lines []Line) (Report, error) {
	r := Report{Lines: len(lines), Faults: []Fault{}}
	lines = slices.SortedFunc(slices.Values(lines), func(a, b Line) int { return a.At.Compare(b.At) })
	var ours []Line
	for _, l := range lines {
		switch key, known := keys[l.Key]; {
		case l.Org != org:
			r.add(l, Foreign)
			continue
		case !known:
			r.Unknown++
		case !l.SignedBy(key):
			r.add(l, Forged)
			continue
		}
		ours = append(ours, l)
	}
	if len(lines) > 0 {
		r.First, r.Last = lines[0].At, lines[len(lines)-1].At
	}
	past, err := pastOf(ctx, s, org, ours)
	if err != nil {
		return r, err
	}
	for n, l := range ours {
		switch p := past[n]; {
		case l.UpTo > p.end:
			r.add(l, GoneBack)
		case p.sum() != l.Heads || p.n != l.Journals:
			r.add(l, Other)
		}
		same, err := sameAudit(ctx, s, l)
		if err != nil {
			return r, err
		}
		if !same {
			r.add(l, Audit)
		}
	}
	return r, nil
}

func sameAudit(ctx context.Context, s Store, l Line) (bool, error) {
	if l.AuditRows == 0 {
		return true, nil
	}
	rows, err := s.Audit(ctx, l.AuditRows-1, 1)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	return rows[0].ID == l.AuditRows && string(rows[0].Hash) == string(l.AuditHash[:]), nil
}

// past is what the database says it had when a line was made.
type past struct {
	*digest
	upto int64
	end  int64 // the last record that there is
}

// pastOf works out, in one pass over all records, the heads at the moment of each line:
// within a journal records come in in order, so its head was the last one that had come
// in by then.
func pastOf(ctx context.Context, s Store, org string, lines []Line) ([]*past, error) {
	out := make([]*past, len(lines))
	byUpTo := make([]*past, len(lines))
	for n, l := range lines {
		out[n] = &past{digest: newDigest(org), upto: l.UpTo}
		byUpTo[n] = out[n]
	}
	slices.SortStableFunc(byUpTo, func(a, b *past) int { return cmp.Compare(a.upto, b.upto) })
	j, end := &journalWalk{all: byUpTo}, int64(0)
	for after := (centraldb.JournalHead{}); ; {
		rows, err := s.HeadsAfter(ctx, after, page)
		if err != nil {
			return nil, err
		}
		for _, h := range rows {
			j.take(h)
			end = max(end, h.ID)
		}
		if len(rows) < page {
			break
		}
		after = rows[len(rows)-1]
	}
	j.finish()
	for _, p := range out {
		p.end = end
	}
	return out, nil
}

// journalWalk goes through the records of one journal after the other.
type journalWalk struct {
	all  []*past // by upto
	at   int     // those before have their head in this journal
	last centraldb.JournalHead
}

func (j *journalWalk) take(h centraldb.JournalHead) {
	if h.JournalKey != j.last.JournalKey {
		j.finish()
	}
	for j.at < len(j.all) && j.all[j.at].upto < h.ID {
		j.settle()
	}
	j.last = h
}

// settle gives the next moment the head that the journal had then.
func (j *journalWalk) settle() {
	if j.last.Seq > 0 {
		j.all[j.at].add(j.last)
	}
	j.at++
}

// finish ends a journal.
func (j *journalWalk) finish() {
	for j.at < len(j.all) {
		j.settle()
	}
	j.at, j.last = 0, centraldb.JournalHead{}
}
