package record

import "crypto/ed25519"

// Fault says what is wrong with one record of a run.
type Fault string

// The faults. A run with none is what its writer wrote.
const (
	Good      Fault = ""
	Altered   Fault = "altered"   // the bytes do not give the carried hash
	Unsigned  Fault = "unsigned"  // the signature does not hold
	Malformed Fault = "malformed" // the body is empty or too long; also for readers whose Decode fails
)

// Verify checks a run of consecutive records of one chain that follows prev and
// gives a fault for each. It verifies the last signature first: that one
// commits to all before it, so an honest run costs one verification; if it does
// not hold, each is checked. Verify looks at bytes, not at what they say: a body
// that Decode does not read may be Good. That the run is consecutive is the
// caller's to see to. After a fault the chain goes on from the carried
// hash, so that one bad record blocks nothing.
func Verify(c Chain, key ed25519.PublicKey, prev Hash, run []Record) []Fault {
	faults := make([]Fault, len(run))
	linked := true
	for i, r := range run {
		if len(r.Body) == 0 || len(r.Body) > MaxBody {
			faults[i], linked = Malformed, false
		} else if c.Next(r.Seq, prev, r.Body) != r.Hash {
			faults[i], linked = Altered, false
		}
		prev = r.Hash
	}
	if len(run) == 0 {
		return faults
	}
	last := run[len(run)-1]
	if linked && Signed(key, last.Hash, last.Sig) {
		return faults
	}
	for i, r := range run {
		if faults[i] == Good && !Signed(key, r.Hash, r.Sig) {
			faults[i] = Unsigned
		}
	}
	return faults
}
