package admin

import "github.com/timepost/timepost/store/centraldb"

// settingsFact says whether a kiosk does what its settings say; waiting: it has not
// taken in the newest ones.
func settingsFact(h centraldb.KioskHealth, waiting bool) machineFact {
	f := machineFact{Name: "Settings", Value: "in force"}
	switch {
	case waiting:
		f.Value, f.More = "on their way", "it takes them in with its next round"
	case len(h.Unfollowed) > 0:
		f.Value, f.Wrong = plural(len(h.Unfollowed), "setting", "settings")+" not followed", true
	}
	return f
}
