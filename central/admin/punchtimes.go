package admin

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/timepost/timepost/attendance/clocktrust"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/store/centraldb"
)

// TimeLists reads what is known of when punches truly were.
type TimeLists interface {
	PunchTimes(ctx context.Context, punches ...int64) (map[int64]centraldb.PunchTime, error)
	UnsureTimes(ctx context.Context, reach centraldb.Reach) (n int, first, last int64, err error)
	Anchored(ctx context.Context) (anchored, punched bool, err error)
}

// unsureTimes is what the page Punches says of times that nobody is sure of.
type unsureTimes struct {
	N     int
	Link  string // to the list of them
	Never bool   // nothing has vouched for any time yet
}

// unsure fills that in. As long as nothing ever vouched for any kiosk's time, all are as
// they are: single ones are not picked out.
func (p *pages) unsure(ctx context.Context, reach centraldb.Reach) (u unsureTimes, err error) {
	anchored, known, err := p.TimeLists.Anchored(ctx)
	if err != nil || !anchored {
		return unsureTimes{Never: known}, err
	}
	var first, last int64
	if u.N, first, last, err = p.TimeLists.UnsureTimes(ctx, reach); err != nil || u.N == 0 {
		return u, err
	}
	day := func(at int64) civil { return civilOf(time.Unix(0, max(at, int64(48*time.Hour))).In(p.zone)) }
	u.Link = "/punches?" + punchFilter{List: true, Unsure: true, From: day(first), To: day(last)}.Query()
	return u, nil
}

// doubt marks the rows whose time somebody has to confirm.
func (p *pages) doubt(ctx context.Context, rows []punchRow) error {
	ids := make([]int64, 0, len(rows))
	for _, r := range rows {
		if !r.Added() {
			ids = append(ids, r.ID)
		}
	}
	known, err := p.TimeLists.PunchTimes(ctx, ids...)
	if err != nil {
		return err
	}
	for i, r := range rows {
		said := r.Fix.ID != 0 && r.Fix.MadeBy != centraldb.ByClock
		rows[i].Doubt = known[r.ID].Unsure() && !said
	}
	return nil
}

// entryWhen is what an entry's page says of when it truly was.
type entryWhen struct {
	Words    string // "" where there is nothing to say
	Disputed bool
	Unsure   bool   // somebody has to say
	Wrong    bool   // what holds can't be true
	By       string // who has, and when
}

func (p *pages) entryWhen(ctx context.Context, h centraldb.Held) (w entryWhen, err error) {
	if !h.Raw {
		return w, nil
	}
	all, err := p.TimeLists.PunchTimes(ctx, h.Entry)
	t, ok := all[h.Entry]
	if err != nil || !ok || t.Version == 0 {
		return w, err
	}
	w.Words, w.Disputed = whenWords(t.Interval, zones{}.load(h.Zone)), t.Interval.Disputed
	w.Unsure = t.Unsure() && (h.ID == 0 || h.MadeBy == centraldb.ByClock)
	w.Wrong = h.At < t.Interval.Lo || h.At > t.Interval.Hi
	if t.ConfirmedAt != 0 {
		w.By = t.ConfirmedBy + ", " + p.when(t.ConfirmedAt)
	}
	return w, nil
}

// whenWords says an interval.
func whenWords(i clocktrust.Interval, zone *time.Location) string {
	at := func(ns int64) string { return time.Unix(0, ns).In(zone).Format("Monday 2 January, 15:04") }
	_, half, whole := i.Time()
	switch {
	case i.Quality == clocktrust.IsExact:
		return fmt.Sprintf("Its clock is known to be right to %d s then.", max(1, int((half+time.Second-1)/time.Second)))
	case whole && at(i.Lo) == at(i.Hi):
		return "It was " + at(i.Lo) + "."
	case whole:
		return "It was between " + at(i.Lo) + " and " + at(i.Hi) + "."
	case i.Lo != math.MinInt64:
		return "It was after " + at(i.Lo) + "; nothing says how long after."
	case i.Hi != math.MaxInt64:
		return "It was before " + at(i.Hi) + "; nothing says how long before."
	}
	return "Nothing vouches for this time yet."
}

// byWord says who made a correction.
func byWord(by string) string {
	if by == centraldb.ByClock {
		return "this server, from the kiosk’s clock"
	}
	return by
}

func (p *pages) confirmEntry(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id, err := entryID(r)
	if err != nil {
		return err
	}
	form := entryFieldsFrom(r.PostForm)
	if err := p.Corrections.Confirm(r.Context(), who.Email, id, &form.Seen); err != nil {
		return p.entryAgain(w, r, who, err, "confirm", form)
	}
	return p.after(w, r, entryPath(id), "The time is confirmed.")
}
