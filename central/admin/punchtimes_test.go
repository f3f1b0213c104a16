package admin_test

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance/clocktrust"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// known says when a punch was, as far as its kiosk's clock tells; anchored: something
// vouched for the time once.
func (w *world) known(punch int64, anchored bool, i clocktrust.Interval) {
	w.t.Helper()
	w.update(func(tx *centraldb.Tx) error {
		ctx := context.Background()
		boot, err := tx.SeeBoot(ctx, centraldb.Boot{Kiosk: "front-door", BootID: "b", Journal: record.JournalID{1}, Seq: 1, Lasted: 1})
		if err != nil {
			return err
		}
		if anchored {
			if _, err := tx.AddAnchor(ctx, boot, clocktrust.Anchor{UTC: 1, Source: clocktrust.NTP}, 0); err != nil {
				return err
			}
		}
		if err := tx.AddTime(ctx, punch, boot, 1); err != nil {
			return err
		}
		return tx.SetTime(ctx, centraldb.PunchTime{Punch: punch, Interval: i, Version: clocktrust.Version})
	})
}

// between is an interval on the day of the tests, in hours UTC.
func between(lo, hi float64) clocktrust.Interval {
	at := func(h float64) int64 {
		return time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC).Add(time.Duration(h * float64(time.Hour))).UnixNano()
	}
	return clocktrust.Interval{Lo: at(lo), Hi: at(hi), Quality: clocktrust.IsBounded}
}

// A time that nobody is sure of is picked out, explained, and confirmed or put right.
func TestTimesThatNobodyIsSureOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt/Bakery", "Ben Okafor/Shop")
	w.kiosk("front-door", "Front door")
	w.add("p-1", "2026-03-03", "08:00 in", "10:00 out")
	w.add("p-2", "2026-03-03", "09:00 in")
	c := w.loggedIn()
	w.known(1, false, between(5, 9))
	_, body := w.get(c, "/punches?view=list")
	holds(t, words(body), "nothing vouches for them yet")
	if strings.Contains(body, "not sure") {
		t.Error("one is picked out where all are as good")
	}
	w.known(1, true, between(5, 9))
	w.known(2, true, clocktrust.Interval{Lo: between(9, 9).Lo - int64(2*time.Second), Hi: between(9, 9).Hi + int64(2*time.Second), Quality: clocktrust.IsExact})
	w.known(3, true, clocktrust.Interval{Lo: math.MinInt64, Hi: between(0, 9).Hi, Quality: clocktrust.IsOpen})
	_, body = w.get(c, "/punches?view=list")
	holds(t, words(body), "2 punches have a time that nobody is sure of.")
	if n := strings.Count(body, ">not sure<"); n != 2 {
		t.Errorf("%d are picked out", n)
	}
	link := regexp.MustCompile(`<a href="(/punches\?[^"]*unsure=yes[^"]*)">Look at them</a>`).FindStringSubmatch(body)
	if link == nil {
		t.Fatal("no way to the list")
	}
	_, body = w.get(c, strings.ReplaceAll(link[1], "&amp;", "&"))
	if got := words(body); !strings.Contains(got, "Ben Okafor") || strings.Contains(got, "10:00:00") {
		t.Error(got)
	}
	for path, want := range map[string]string{
		"/punches/1": "It was between Tuesday 3 March, 06:00 and Tuesday 3 March, 10:00.",
		"/punches/2": "Its clock is known to be right to 2 s then.",
		"/punches/3": "It was before Tuesday 3 March, 10:00; nothing says how long before.",
	} {
		_, body := w.get(c, path)
		holds(t, words(body), want)
		if sure := path == "/punches/2"; sure == strings.Contains(body, "Is the time right?") {
			t.Errorf("%s: %s", path, words(body))
		}
	}
	w.known(1, true, between(7.5, 9))
	_, body = w.get(c, "/punches/1")
	if holds(t, words(body), "08:00:00 can’t be true: say below when it was."); strings.Contains(body, "/punches/1/confirm") {
		t.Error("what can't be true can be confirmed")
	}
	w.known(1, true, between(5, 9))
	if res, _ := w.post(c, "/punches/1/confirm", url.Values{"seen": {"7"}}); res.StatusCode != http.StatusConflict {
		t.Errorf("of another state: %s", res.Status)
	}
	_, body = w.done(c, "/punches/1/confirm", url.Values{"seen": {"0"}})
	holds(t, words(body), "The time is confirmed.", "Confirmed by "+email+", today at")
	w.post(c, "/punches/3/correct", entryForm("action", "in", "time", "08:30:00", "reason", "she said so"))
	_, body = w.get(c, "/punches?view=list")
	if strings.Contains(body, "not sure") || strings.Contains(words(body), "nobody is sure") {
		t.Error(words(body))
	}
}
