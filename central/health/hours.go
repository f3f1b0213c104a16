package health

import (
	"context"
	"time"

	"github.com/timepost/timepost/store/centraldb"
)

// A kiosk is expected to work from an hour before the time of day at which it was
// used on the same weekday, in any of the last weeks, until an hour after.
const (
	weeks   = 4
	ahead   = time.Hour
	usedFor = 5 * time.Minute // how long an answer of the tables is good
)

// usedKiosks remembers which kiosks are usually used around now.
type usedKiosks struct {
	at  time.Time
	ids map[string]bool
}

// dropResting leaves out the silence of kiosks that nobody uses at this time of the
// week: it begins no alert, and ends none.
func (w *Watch) dropResting(ctx context.Context, found map[key]named) error {
	w.resting = map[key]bool{}
	for k, n := range found {
		if k.kind != Silent {
			continue
		}
		expected, err := w.expected(ctx, n.kiosk)
		if err != nil {
			return err
		}
		if !expected {
			delete(found, k)
			w.resting[k] = true
		}
	}
	return nil
}

// expected says whether a kiosk should be working now. Of a new one nobody knows yet
// when it is used: it is expected in the hours in which most people work.
func (w *Watch) expected(ctx context.Context, k centraldb.Kiosk) (bool, error) {
	now := w.now()
	if now.AddDate(0, 0, -7*weeks).Before(time.Unix(0, k.EnrolledAt)) && officeHours(now.In(zoneOf(k.Zone))) {
		return true, nil
	}
	if w.used.ids == nil || now.Sub(w.used.at) >= usedFor {
		ids := map[string]bool{}
		for week := 1; week <= weeks; week++ {
			then := now.AddDate(0, 0, -7*week)
			some, err := w.db.KiosksUsed(ctx, then.Add(-ahead).UnixNano(), then.Add(ahead).UnixNano())
			if err != nil {
				return false, err
			}
			for _, id := range some {
				ids[id] = true
			}
		}
		w.used = usedKiosks{now, ids}
	}
	return w.used.ids[k.ID], nil
}

func officeHours(t time.Time) bool {
	weekend := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
	return !weekend && t.Hour() >= 6 && t.Hour() < 20
}
