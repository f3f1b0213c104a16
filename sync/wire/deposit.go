package wire

import (
	"encoding/json"
	"fmt"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
)

// MaxDeposit is the most records one Deposit carries: with bodies of 4 KiB it is
// below MaxUpload.
const MaxDeposit = 1000

// Deposit is records of one journal as a kiosk hands them in at the device
// listener: of kind UploadDeposit what it has not sent, in whole runs; of kind
// UploadSalvage what could be read of a journal that is closed. The runs are in
// order of seq. Central finds out by which of the kiosk's keys they are signed: it
// need not be the one that signs the upload.
type Deposit struct {
	Journal record.JournalID `json:"journal"`
	Reason  string           `json:"reason,omitempty"`
	Runs    []Run            `json:"runs"`
}

// Run is consecutive records. Prev is the hash before the first, where it is known.
type Run struct {
	From    uint64      `json:"from"`
	Prev    record.Hash `json:"prev,omitzero"`
	Entries []Entry     `json:"entries"`
}

// Receipt answers a Deposit, in an Envelope of central's for the kiosk's down/ack,
// as the answer to the id that is the hex of the upload's SHA-256. What it names is
// committed. Stored is in the log, Review is new and kept for a person to look at; the
// kiosk may release the records up to the place of Ack.
type Receipt struct {
	Journal record.JournalID `json:"journal"`
	Stored  int              `json:"stored"`
	Review  int              `json:"review"`
	Ack     *Ack             `json:"ack,omitempty"`
}

// UploadReply is the body of the answer to a deposit or a salvage. Payload is an
// Envelope of TypeReceipt for the kiosk's down/ack; Keyset vouches for the key that
// signed it, for a kiosk that has not heard of it yet.
type UploadReply struct {
	Payload []byte `json:"payload"`
	Keyset  Keyset `json:"keyset"`
}

// TypeReceipt is down/ack: Receipt. It comes as the answer of the device listener only.
const TypeReceipt Type = "receipt"

// ReadDeposit reads and checks the body of an upload. It fails with problem.Invalid.
func ReadDeposit(body []byte) (Deposit, error) {
	var d Deposit
	if err := json.Unmarshal(body, &d); err != nil {
		return Deposit{}, badUpload(err)
	}
	if d.Journal.IsZero() || len(d.Reason) > maxReason || len(d.Runs) == 0 {
		return Deposit{}, badUpload(fmt.Errorf("journal or reason is not one"))
	}
	n, next := 0, uint64(1)
	for _, r := range d.Runs {
		if r.From < next || r.From > maxSeq || len(r.Entries) == 0 {
			return Deposit{}, badUpload(fmt.Errorf("run from %d after %d", r.From, next))
		}
		n, next = n+len(r.Entries), r.From+uint64(len(r.Entries))
		for _, e := range r.Entries {
			if len(e.Body) > 2*record.MaxBody || len(e.Sig) > 128 {
				return Deposit{}, badUpload(fmt.Errorf("record of %d bytes", len(e.Body)))
			}
		}
	}
	if n > MaxDeposit {
		return Deposit{}, problem.New(problem.Invalid, "These are too many records at once.", fmt.Sprintf("At most %d.", MaxDeposit))
	}
	return d, nil
}

const (
	maxReason = 200
	maxSeq    = 1 << 62
)

// Records gives a run as records of the journal.
func (d Deposit) Records(r Run) []record.Record {
	out := make([]record.Record, len(r.Entries))
	for i, e := range r.Entries {
		out[i] = record.Record{Journal: d.Journal, Seq: r.From + uint64(i), Body: e.Body, Hash: e.Hash, Sig: e.Sig}
	}
	return out
}
