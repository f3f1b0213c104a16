package local

import "github.com/timepost/timepost/internal/problem"

// BadgeRead is what came of a card held to the reader. Exactly one of Receipt,
// Person, Code and Refused is set.
type BadgeRead struct {
	Serial  uint64           `json:"serial"`            // one more for each card: the screen acts on a new one only
	Receipt *Receipt         `json:"receipt,omitempty"` // recorded
	Person  *PersonCard      `json:"person,omitempty"`  // now the PIN is wanted
	Code    string           `json:"code,omitempty"`    // an unknown card: what to tell the supervisor
	Refused *problem.Details `json:"refused,omitempty"`
}
