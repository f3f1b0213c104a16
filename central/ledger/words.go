package ledger

import "github.com/timepost/timepost/sync/record"

// Kind names what is wrong.
type Kind string

// The kinds.
const (
	Altered    Kind = "altered"     // the bytes do not give the hash, or the record does not follow from the one before
	Unsigned   Kind = "unsigned"    // the signature is not the kiosk's
	Malformed  Kind = "malformed"   // it is empty or too long
	Missing    Kind = "missing"     // it is not there, and nothing says why
	OtherEnd   Kind = "other_end"   // the log ends otherwise than it was acknowledged
	NoPunch    Kind = "no_punch"    // a punch was recorded, and is not among the punches
	NoRecord   Kind = "no_record"   // a punch was not recorded
	OtherPunch Kind = "other_punch" // a punch says something else than its record
)

func kindOf(f record.Fault) Kind {
	switch f {
	case record.Altered:
		return Altered
	case record.Unsigned:
		return Unsigned
	}
	return Malformed
}

// words says what a kind is.
func (k Kind) words() string {
	switch k {
	case Altered:
		return "altered: its bytes do not give its hash, or it does not follow from the record before"
	case Unsigned:
		return "its signature is not the kiosk's"
	case Malformed:
		return "it is empty or too long: no kiosk writes that"
	case Missing:
		return "missing, and nothing says why"
	case OtherEnd:
		return "the log ends otherwise than it was acknowledged to the kiosk"
	case NoPunch:
		return "it is a punch, and there is none of it among the punches"
	case NoRecord:
		return "there is a punch, and no record of it"
	}
	return "the punch that was made of it says something else"
}

// next says what to do about it.
func (k Kind) next() string {
	switch k {
	case Missing, OtherEnd:
		return "Look for the newest backup that still holds: central verify on a restored copy says so. The kiosk keeps its own journal: don't clear it, and have it hand in diagnostics."
	case Unsigned:
		return "What the records say still follows from later ones, if only signatures are wrong. Compare with your backups, and see who could write to the database."
	case NoPunch, NoRecord, OtherPunch:
		return "The record is what the kiosk signed; the punch is what lists and exports show. Put it right on the page Punches, with the reason, and see who could write to the database."
	}
	return "Look for the newest backup that still holds: central verify on a restored copy says so. The kiosk may still have the record."
}
