package admin

import (
	"strconv"

	"github.com/timepost/timepost/store/centraldb"
)

// settingsFact says whether a kiosk does what its newest settings say.
func (p *pages) settingsFact(h centraldb.KioskHealth, s centraldb.KioskSettings, seen string) machineFact {
	f := machineFact{Name: "Settings", Value: "in force"}
	if s.Since != 0 {
		f.More = "version " + strconv.FormatUint(s.Version, 10) + ", since " + p.when(s.Since)
	}
	switch {
	case s.Version > h.Roster:
		f.Value, f.More = "waiting for the kiosk", "last heard "+seen
		if s.AskedAt != 0 {
			f.More = "changed " + p.when(s.AskedAt) + ", " + f.More
		}
	case len(h.Unfollowed) > 0:
		f.Value, f.Wrong = plural(len(h.Unfollowed), "setting", "settings")+" not followed", true
	}
	return f
}
