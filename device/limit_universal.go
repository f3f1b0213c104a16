package device

import "time"

// The Universal PIN's budget. Every failed try of its length at a profile that it
// could open is also a guess at it, and an insider can reset their own counter
// with their own PIN; so this budget is refilled by running time only.
const (
	universalBudget = 40
	universalRefill = 36 * time.Minute
)

// universalCounter is what is left of the budget of one version of the kiosk's
// Universal PIN. At is the running time up to which refills have been given.
type universalCounter struct {
	PIN    uint64        `json:"pin"`
	Left   int           `json:"left"`
	At     time.Duration `json:"at"`
	Told   bool          `json:"told,omitempty"` // central knows that it is empty
	Opened bool          `json:"opened"`         // false: there is no counter yet
}

// current gives the counter for the PIN version in force at running time run,
// with what has been given back since. After a loss it starts empty.
func (c universalCounter) current(version uint64, run time.Duration, lost bool) universalCounter {
	if !c.Opened || version > c.PIN {
		fresh := universalCounter{PIN: version, Left: universalBudget, At: run, Opened: true}
		if !c.Opened && lost {
			fresh.Left = 0
		}
		return fresh
	}
	given := max(0, run-c.At) / universalRefill
	c.At += given * universalRefill
	c.Left = min(universalBudget, c.Left+int(given))
	if c.Left == universalBudget {
		c.At = run
	}
	if c.Left > 0 {
		c.Told = false
	}
	return c
}

// charge takes one try; ok is false where the budget was empty.
func (c universalCounter) charge() (_ universalCounter, ok bool) {
	if c.Left == 0 {
		return c, false
	}
	c.Left--
	return c, true
}

// refund gives one try back that was no failure, in the same PIN version only.
func (c universalCounter) refund(version uint64) universalCounter {
	if version == c.PIN {
		c.Left = min(universalBudget, c.Left+1)
	}
	return c
}
