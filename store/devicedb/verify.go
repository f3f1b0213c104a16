package devicedb

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"

	"github.com/timepost/timepost/store"
	"github.com/timepost/timepost/sync/record"
)

// verifyChunk is how many records are verified by one signature.
const verifyChunk = 1000

// selectAfter and selectRecord find by id, which is journal and seq in one: a search for
// either of them would look at every record.
const (
	selectAfter  = `SELECT seq, body, hash, sig FROM records WHERE id > ($1 << 40) + $2 AND id < ($1 + 1) << 40 ORDER BY id LIMIT $3`
	selectRecord = `SELECT seq, body, hash, sig FROM records WHERE id = ($1 << 40) + $2`
)

// verifyTail recomputes every hash above the acknowledged record, checks a
// signature per chunk, and gives h standing at the newest record. SQLite does
// not checksum rows: the chain is the integrity check. What does not hold is an
// errSetAside that names the last good record.
//
// mended are records whose own signature is damaged while a later one vouches
// for them: their signature is made again, because central may need just that
// one. A damaged signature that nothing vouches for is never made again: that
// would sign whatever somebody wrote into the file. To look at every signature
// takes ten times as long as all the rest: only where every is true. A start
// leaves it to After, which looks at each before it is sent.
func (j *Journal) verifyTail(ctx context.Context, db *store.DB, h head, every bool) (_ head, mended []record.Record, err error) {
	if h, err = j.standAtAcked(ctx, db, h); err != nil {
		return h, nil, err
	}
	chain := j.chain(h.Journal)
	for {
		run, err := readRecords(ctx, db.Reader(), h.Journal, h.n, h.Seq, verifyChunk)
		if err != nil {
			return h, nil, err
		}
		for i, fault := range record.Verify(chain, j.id.public(), h.Hash, run) {
			if run[i].Seq != h.Seq+1 {
				return h, nil, corruptAt(h, fmt.Errorf("record %d follows %d", run[i].Seq, h.Seq))
			}
			if fault != record.Good {
				return h, nil, corruptAt(h, fmt.Errorf("record %d is %s", run[i].Seq, fault))
			}
			h.Seq, h.Hash = run[i].Seq, run[i].Hash
			if every && !j.signedBy(run[i]) {
				run[i].Sig = ed25519.Sign(j.id.Key, h.Hash[:])
				mended = append(mended, run[i])
			}
		}
		if len(run) < verifyChunk {
			if err := endsAt(ctx, db, h); err != nil {
				return h, nil, err
			}
			h.Queue = int(h.Seq - h.Acked)
			if !every {
				h.inherited = h.Seq
			}
			return h, mended, nil
		}
	}
}

// endsAt checks that the newest record is the last one there was: where its number is
// damaged, or how many its page holds, it would be missed by nobody.
func endsAt(ctx context.Context, db *store.DB, h head) error {
	var last, punch sql.Null[int64]
	err := db.Reader().QueryRowContext(ctx, `SELECT (SELECT max(id) FROM records), (SELECT max(seq) FROM punches WHERE journal = $1)`, h.n).Scan(&last, &punch)
	if err != nil {
		return fmt.Errorf("read last record: %w", err)
	}
	if want := h.n<<40 + int64(h.Seq); last.V != want || punch.V > int64(h.Seq) {
		return corruptAt(h, fmt.Errorf("the last record has number %d and the last punch %d, not %d", last.V, punch.V, want))
	}
	return nil
}

// signedBy says whether r has our signature. Ed25519 always gives the same one,
// and signing is cheaper than verifying.
func (j *Journal) signedBy(r record.Record) bool {
	return bytes.Equal(ed25519.Sign(j.id.Key, r.Hash[:]), r.Sig)
}

// allSigned says whether the records of run that were there at the start have our
// signature: nobody has looked at each of theirs. The caller holds mu for reading.
func (j *Journal) allSigned(run []record.Record) bool {
	signed := j.signed.Load()
	for _, r := range run {
		if r.Seq > signed && r.Seq <= j.head.inherited && !j.signedBy(r) {
			return false
		}
	}
	if n := len(run); n > 0 && run[0].Seq <= signed+1 && run[n-1].Seq > signed {
		j.signed.CompareAndSwap(signed, run[n-1].Seq) // another reader may be further: that one counts
	}
	return true
}

// mendSignatures reopens the journal and looks at every signature of its tail.
func (j *Journal) mendSignatures(ctx context.Context) error {
	j.unsigned.Store(true)
	j.suspect.Store(true)
	return j.Update(ctx, func(*JournalTx) error { return nil })
}

// mend writes the signatures that were made again.
func (t *JournalTx) mend(recs []record.Record) error {
	for _, r := range recs {
		_, err := t.tx.ExecContext(t.ctx, `UPDATE records SET sig = $1 WHERE id = ($2 << 40) + $3`, r.Sig, t.head.n, int64(r.Seq))
		if err != nil {
			return fmt.Errorf("mend signature: %w", err)
		}
	}
	return nil
}

// standAtAcked gives h standing at the acknowledged record, or before record 1.
func (j *Journal) standAtAcked(ctx context.Context, db *store.DB, h head) (head, error) {
	var oldest sql.Null[uint64]
	err := db.Reader().QueryRowContext(ctx, `SELECT min(id) & 1099511627775 FROM records WHERE id > $1 << 40 AND id < ($1 + 1) << 40`, h.n).Scan(&oldest)
	if err != nil {
		return h, fmt.Errorf("read oldest record: %w", err)
	}
	h.Oldest = oldest.V
	if !oldest.Valid {
		return h, corruptAt(h, errors.New("the journal has no record"))
	}
	if h.Acked == 0 {
		h.Hash = j.chain(h.Journal).Genesis(j.id.public())
		return h, nil
	}
	at := h.Acked
	if h.Oldest == h.Acked+1 {
		at = h.Oldest // everything before is gone: it has its own signature to speak for it
	}
	run, err := readRecords(ctx, db.Reader(), h.Journal, h.n, at-1, 1)
	if err != nil {
		return h, err
	}
	if len(run) == 0 || run[0].Seq != at || !record.Signed(j.id.public(), run[0].Hash, run[0].Sig) {
		return h, corruptAt(h, fmt.Errorf("acknowledged record %d is missing or not signed", h.Acked))
	}
	h.Seq, h.Hash = at, run[0].Hash
	if at == h.Acked {
		h.AckedHash = h.Hash
	}
	return h, nil
}

// corruptAt says that the chain holds up to where h stands and no further.
func corruptAt(h head, err error) error {
	return &errSetAside{reason: ReasonCorrupt, prev: previous{h.Journal, h.Seq, h.Hash}, err: err}
}

// readRecords gives up to limit records above seq.
func readRecords(ctx context.Context, r *sql.DB, id record.JournalID, n int64, seq uint64, limit int) ([]record.Record, error) {
	return queryRecords(ctx, r, selectAfter, id, n, seq, limit)
}

func queryRecords(ctx context.Context, r *sql.DB, query string, id record.JournalID, n int64, seq uint64, limit int) ([]record.Record, error) {
	rows, err := r.QueryContext(ctx, query, n, int64(seq), limit)
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	return scanRecords(rows, id, limit)
}

func scanRecords(rows *sql.Rows, id record.JournalID, limit int) (_ []record.Record, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	out := make([]record.Record, 0, min(limit, verifyChunk))
	for rows.Next() {
		rec := record.Record{Journal: id}
		var hash []byte
		if err := rows.Scan(&rec.Seq, &rec.Body, &hash, &rec.Sig); err != nil {
			return nil, fmt.Errorf("read record: %w", err)
		}
		// A hash of another length is left zero: verification finds it altered.
		copy(rec.Hash[:], hash)
		out = append(out, rec)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	return out, nil
}
