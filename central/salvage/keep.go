package salvage

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"strconv"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// keep verifies what does not go into the log by itself and keeps it for review.
func (s *Salvage) keep(ctx context.Context, u wire.SignedUpload, d wire.Deposit, ids []centraldb.Identity) (wire.Receipt, error) {
	kind := centraldb.Salvaged
	if u.Kind == wire.UploadDeposit {
		kind = centraldb.Deposited
	}
	chain := record.Chain{Org: s.cfg.Org, Kiosk: u.Kiosk, Journal: d.Journal}
	var rows []centraldb.Late
	for _, run := range d.Runs {
		recs := d.Records(run)
		rows = append(rows, latesOf(recs, verify(chain, ids, run, recs))...)
	}
	takenBack(rows)
	r := wire.Receipt{Journal: d.Journal}
	gen, err := s.cfg.Store.Generation(ctx)
	if err != nil {
		return r, err
	}
	err = s.cfg.Store.Update(ctx, func(tx *centraldb.Tx) error {
		var err error
		if r.Review, err = tx.AddLate(ctx, u.Kiosk, kind, s.cfg.Now().UnixNano(), rows); err != nil || r.Review == 0 {
			return err
		}
		switch n, err := tx.CountLate(ctx, u.Kiosk); {
		case err != nil:
			return err
		case n > s.most:
			return problem.New(problem.Limited, "This kiosk has handed in more than is kept of one.", "Ask your operator; what is on the kiosk stays there.")
		case !asked(rows):
			return nil
		}
		return tx.AddNotice(ctx, s.notice(u.Kiosk, kind, d.Journal))
	})
	if err != nil {
		return r, err
	}
	last := rows[len(rows)-1].Record
	r.Ack = &wire.Ack{Gen: gen, Journal: d.Journal, Through: last.Seq, Hash: last.Hash, Credits: wire.MaxBatch}
	s.cfg.Logger.Warn("records came in late", "kiosk", u.Kiosk, "kind", kind, "journal", d.Journal.String(), "records", len(rows), "new", r.Review, "reason", d.Reason)
	return r, nil
}

// notice tells admins once per journal.
func (s *Salvage) notice(kiosk, kind string, j record.JournalID) centraldb.Notice {
	return centraldb.Notice{
		At: s.cfg.Now().UnixNano(), Kind: "records." + kind, Key: "late:" + kiosk + ":" + j.String(), Audience: centraldb.ToAdmins,
		Title: "Punches came in late",
		Body:  fmt.Sprintf("The kiosk %s has handed in records that do not count by themselves. Somebody has to look at them under Review.", kiosk),
		Path:  "/review",
	}
}

// verify gives a fault for each record of a run, by that of the kiosk's keys which
// has signed most of it.
func verify(chain record.Chain, ids []centraldb.Identity, run wire.Run, recs []record.Record) []record.Fault {
	var best []record.Fault
	least := len(recs) + 1
	for _, id := range ids {
		faults := verifyBy(chain, id.RecordKey, run, recs)
		bad := 0
		for _, f := range faults {
			if f != record.Good {
				bad++
			}
		}
		if bad < least {
			best, least = faults, bad
		}
	}
	return best
}

// verifyBy verifies a run whose hash before is not always known: then the first
// record has its own signature to speak for it.
func verifyBy(chain record.Chain, key ed25519.PublicKey, run wire.Run, recs []record.Record) []record.Fault {
	prev := run.Prev
	if run.From == 1 {
		prev = chain.Genesis(key)
	}
	if prev != (record.Hash{}) {
		return record.Verify(chain, key, prev, recs)
	}
	first := record.Good
	switch n := len(recs[0].Body); {
	case n == 0 || n > record.MaxBody:
		first = record.Malformed
	case !record.Signed(key, recs[0].Hash, recs[0].Sig):
		first = record.Unsigned
	}
	return append([]record.Fault{first}, record.Verify(chain, key, recs[0].Hash, recs[1:])...)
}

// latesOf says of each record why it is looked at, and whether anybody must: what
// the machine tells of itself needs nobody.
func latesOf(recs []record.Record, faults []record.Fault) []centraldb.Late {
	out := make([]centraldb.Late, len(recs))
	for n, r := range recs {
		out[n] = centraldb.Late{Record: r, Reason: string(faults[n]), Asks: asks(r)}
	}
	return out
}

func asks(r record.Record) bool {
	b, err := record.Decode(r.Body)
	if err != nil {
		return true
	}
	switch b.Type {
	case record.Opened, record.Boot, record.Lock, record.RosterApplied, record.BadgeUnknown, record.MessageRead, record.Forgot:
		return false
	}
	return true
}

// takenBack notes on punches that a later record took them back.
func takenBack(rows []centraldb.Late) {
	at := map[uint64]int{}
	for n, l := range rows {
		at[l.Record.Seq] = n
	}
	for _, l := range rows {
		b, err := record.Decode(l.Record.Body)
		if err != nil || b.Type != record.Void {
			continue
		}
		if n, ok := at[b.Seq]; ok && rows[n].Reason == "" {
			rows[n].Reason = centraldb.LateTakenBack + strconv.FormatUint(l.Record.Seq, 10)
		}
	}
}

func asked(rows []centraldb.Late) bool {
	for _, l := range rows {
		if l.Asks {
			return true
		}
	}
	return false
}
