package wire

import "github.com/timepost/timepost/internal/problem"

// Unfollowed is a setting of the roster in force that a kiosk can't follow, mostly
// because its software is older than central's. Setting is the name on the wire;
// Value is what was asked for, cut to MaxUnfollowedValue bytes.
type Unfollowed struct {
	Setting string `json:"setting"`
	Value   string `json:"value"`
}

// The bounds of what a kiosk says of settings; MaxUnfollowedValue is in bytes.
const (
	maxUnfollowed      = 20
	maxSettingName     = 40
	MaxUnfollowedValue = 120
)

// NewUnfollowed gives an Unfollowed whose value is short enough for the wire.
func NewUnfollowed(setting, value string) Unfollowed {
	if len(value) > MaxUnfollowedValue {
		value = value[:MaxUnfollowedValue]
	}
	return Unfollowed{Setting: setting, Value: value}
}

func validateUnfollowed(all []Unfollowed) error {
	if len(all) > maxUnfollowed {
		return problem.New(problem.Invalid, "This health message names too many settings.", "")
	}
	for _, u := range all {
		// JSON puts three bytes in place of each that is no UTF-8
		if u.Setting == "" || len(u.Setting) > maxSettingName || len(u.Value) > 3*MaxUnfollowedValue {
			return problem.New(problem.Invalid, "A setting in this health message has no name, or is too long.", "")
		}
	}
	return nil
}
