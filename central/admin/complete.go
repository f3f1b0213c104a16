package admin

import (
	"strconv"
	"time"

	"github.com/timepost/timepost/store/centraldb"
)

// completeness says up to when everything has arrived that kiosks recorded.
type completeness struct {
	Upto string   // "" where there are no kiosks, or one owes something
	Many bool     // kiosks, not one
	Late []string // what is missing, in words
	More int      // kiosks beyond those in Late
}

// completeness looks at the kiosk of the filter, or at all that are set up. A kiosk
// has sent everything when it said so itself, and has done so lately or after the
// days that are asked for.
func (p *pages) completeness(kiosks []centraldb.Kiosk, f punchFilter) completeness {
	const shown = 3
	end := earlier(p.Now(), f.To.Plus(1).In(p.zone))
	upto := end
	var c completeness
	n := 0
	for _, k := range kiosks {
		if f.Kiosk != k.ID && (f.Kiosk != "" || k.Status != centraldb.KioskEnrolled) {
			continue
		}
		n++
		late := p.owes(k, end)
		switch {
		case late == "":
			upto = earlier(upto, time.Unix(0, k.LastSeen))
		case len(c.Late) < shown:
			c.Late = append(c.Late, late)
		default:
			c.More++
		}
	}
	c.Many = n > 1
	if n > 0 && len(c.Late) == 0 {
		c.Upto = p.when(upto.UnixNano())
	}
	return c
}

// owes says in words what a kiosk may still hold of the time before end, "" for
// nothing.
func (p *pages) owes(k centraldb.Kiosk, end time.Time) string {
	switch {
	case k.LastSeen == 0:
		return k.Name + " has not been heard of yet"
	case k.LastQueue > 0:
		return k.Name + " still holds " + plural(k.LastQueue, "record", "records") + ", last heard " + p.when(k.LastSeen)
	case time.Unix(0, k.LastSeen).Before(end.Add(-kioskQuiet)):
		return k.Name + " has not reported since " + p.when(k.LastSeen)
	}
	return ""
}

func entryPath(id int64) string { return "/punches/" + strconv.FormatInt(id, 10) }
