package device

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// lastShown is how many punches of one's own are listed.
const lastShown = 10

// sameEntry is how far apart two times of one punch may be: central may have put
// right what this kiosk's clock said.
const sameEntry = 2 * time.Minute

// Hours gives what a person may see of their own time: what central last sent, and
// on top what was recorded here since. It is for who typed their own PIN; a card
// alone may have been found. See local.Desk for its errors.
func (t *Terminal) Hours(ctx context.Context, id string) (local.Hours, error) {
	stamp := t.stamp(ctx)
	now := instantOf(stamp).boot
	s, err := t.take(id, now, false)
	if err != nil {
		return local.Hours{}, err
	}
	defer t.putBack(s, now)
	if s.auth != attendance.AuthPersonal && s.auth != attendance.AuthBadgePIN {
		return local.Hours{}, errNotProven()
	}
	all, err := t.c.Journal.Punches(ctx, s.person.ID, math.MinInt64)
	if err != nil {
		return local.Hours{}, err
	}
	past, through, err := t.past(ctx, s.person.ID, all)
	if err != nil {
		return local.Hours{}, err
	}
	h := local.Hours{Through: through}
	h.Days = t.days(past, stamp)
	for _, d := range h.Days {
		h.Week += d.Worked
	}
	h.Today = h.Days[len(h.Days)-1].Worked
	for _, p := range slices.Backward(past) {
		if len(h.Last) < lastShown {
			h.Last = append(h.Last, p.shown())
		}
	}
	return h, nil
}

// entry is a punch, wherever it was made, with what is shown of it.
type entry struct {
	attendance.Punch
	project, kiosk string // names
	fixed          bool
}

func (e entry) shown() local.Past {
	return local.Past{Action: e.Action, At: e.At.UnixMilli(), Project: e.project, Kiosk: e.kiosk, Fixed: e.fixed}
}

// past gives a person's punches in order, as far as this kiosk knows them, and up
// to when it knows those of other kiosks, unix ms; 0: it knows none of them. all are
// those made here.
func (t *Terminal) past(ctx context.Context, person string, all []devicedb.Punch) ([]entry, int64, error) {
	sum, told, err := t.c.Roster.Summary(ctx, person)
	if err != nil {
		return nil, 0, err
	}
	if !told {
		own, err := t.entries(ctx, all)
		return own, 0, err
	}
	later, err := t.c.Journal.PunchesAfter(ctx, person, sum.Journal, sum.AsOf)
	if err != nil {
		return nil, 0, err
	}
	undone, err := t.c.Journal.Voided(ctx, person, sum.Journal, sum.AsOf)
	if err != nil {
		return nil, 0, err
	}
	fresh, err := t.entries(ctx, later)
	if err != nil {
		return nil, 0, err
	}
	// Before the summary begins there is only what was recorded here.
	before, err := t.entries(ctx, slices.DeleteFunc(slices.Clone(all), func(u devicedb.Punch) bool { return !u.At.Before(sum.Since) || slices.Contains(later, u) }))
	if err != nil {
		return nil, 0, err
	}
	through := sum.Came
	if last := t.lastContact(); last.After(through) {
		through = last
	}
	settings, err := t.settings(ctx)
	if err != nil {
		return nil, 0, err
	}
	return append(before, merge(counted(sum, undone, settings.KioskName), fresh)...), through.UnixMilli(), nil
}

func (t *Terminal) lastContact() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.link.last
}

// entries gives punches made here with the names of their projects.
func (t *Terminal) entries(ctx context.Context, punches []devicedb.Punch) ([]entry, error) {
	out := make([]entry, len(punches))
	for i, p := range punches {
		name, err := t.projectName(ctx, p.Project)
		if err != nil {
			return nil, err
		}
		out[i] = entry{Punch: p.Punch, project: name}
	}
	return out, nil
}

// counted gives the punches of a summary without those that were taken back since
// it was made, at this kiosk: here is its name.
func counted(sum devicedb.Summary, undone []devicedb.Punch, here string) []entry {
	var out []entry
	for _, p := range sum.Punches {
		if p.Action.Valid() {
			out = append(out, heard(p, here))
		}
	}
	for _, u := range undone {
		for i, e := range slices.Backward(out) {
			if e.Action == u.Action && e.At.Sub(u.At).Abs() <= sameEntry {
				out = slices.Delete(out, i, i+1)
				break
			}
		}
	}
	return out
}

// heard gives a punch as central tells it. Where it was made here, no kiosk is named.
func heard(p wire.SummaryPunch, here string) entry {
	e := entry{
		Punch:   attendance.Punch{Action: p.Action, At: time.Unix(0, p.At).UTC(), Project: p.Project},
		project: p.Project, kiosk: p.Kiosk, fixed: p.Fixed,
	}
	if e.kiosk == here {
		e.kiosk = ""
	}
	return e
}

// merge puts two runs together by time. Each keeps its own order: a clock may have
// stepped back.
func merge(a, b []entry) []entry {
	var out []entry
	for len(a) > 0 && len(b) > 0 {
		if b[0].At.Before(a[0].At) {
			out, b = append(out, b[0]), b[1:]
		} else {
			out, a = append(out, a[0]), a[1:]
		}
	}
	return append(append(out, a...), b...)
}

func bareOf(past []entry) []attendance.Punch {
	out := make([]attendance.Punch, len(past))
	for i, e := range past {
		out[i] = e.Punch
	}
	return out
}

// days sums Monday to today in the kiosk's zone, in which a day may have 23 or 25
// hours. A shift whose end is not known counts nothing and is said to be in doubt:
// also one that is open and looks like a forgotten clock-out.
func (t *Terminal) days(past []entry, stamp attendance.Stamp) []local.Day {
	punches := bareOf(past)
	spans := attendance.Spans(punches)
	t.doubt(spans, punches, stamp)
	zone, now := t.location(stamp.Zone), stamp.Time()
	y, m, d := now.In(zone).Date()
	monday := d - (int(now.In(zone).Weekday())+6)%7
	var out []local.Day
	for ; monday <= d; monday++ {
		from, to := attendance.DayStart(y, m, monday, zone), attendance.DayStart(y, m, monday+1, zone)
		out = append(out, local.Day{
			Date: from.Format(time.DateOnly), Worked: attendance.Worked(spans, from, to, now).Milliseconds(),
			Doubt: slices.ContainsFunc(spans, func(s attendance.Span) bool {
				return s.Doubt && !s.Break && !s.Start.Before(from) && s.Start.Before(to)
			}),
		})
	}
	return out
}

// doubt marks the open span of a shift that looks like a forgotten clock-out.
func (t *Terminal) doubt(spans []attendance.Span, punches []attendance.Punch, stamp attendance.Stamp) {
	if len(spans) == 0 || !spans[len(spans)-1].Open() {
		return
	}
	began := spans[len(spans)-1].Start
	for _, u := range slices.Backward(punches) {
		if u.Action == attendance.In {
			began = u.At
			break
		}
	}
	if t.forgotten(attendance.StateIn, began, stamp) {
		spans[len(spans)-1].Doubt = true
	}
}
