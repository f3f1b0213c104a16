package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// Language and reason are stored, told to the kiosk, and shown again.
func TestKioskLanguageAndReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolled("gate", "Gate", time.Minute, 0)
	c := w.loggedIn()
	form := url.Values{"name": {"Gate"}, "zone": {zoneName}, "mode": {"live"}, "lang": {"uk"}, "universal_reason": {"yes"}}
	if _, body := w.done(c, "/kiosks/gate/settings", form); !strings.Contains(body, `<option value="uk" lang="uk" selected>Українська</option>`) ||
		!strings.Contains(body, `name="universal_reason" value="yes" checked`) || !strings.Contains(body, `<span class="tag warn">No PIN</span>`) {
		t.Error("the page does not show what was saved")
	}
	if k := w.stored("gate"); k.Lang != "uk" || !k.UniversalReason || k.RequiresPIN {
		t.Errorf("stored %+v", k)
	}
	w.mu.Lock()
	told := len(w.pushed)
	w.mu.Unlock()
	if told == 0 {
		t.Error("the kiosk was not told")
	}
	form.Set("lang", "xx")
	form.Del("universal_reason")
	res, body := w.post(c, "/kiosks/gate/settings", form)
	if res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `aria-describedby="lang-bad lang-hint" aria-invalid="true"`) {
		t.Errorf("a language that is not there: %s", res.Status)
	}
	res, _ = w.post(c, "/kiosks", url.Values{"name": {"Canteen"}, "zone": {zoneName}, "requires_pin": {"yes"}, "lang": {"tr"}, "universal_reason": {"yes"}})
	if k := w.stored(strings.TrimPrefix(res.Header.Get("Location"), "/kiosks/")); k.Lang != "tr" || !k.UniversalReason || !k.RequiresPIN {
		t.Errorf("made %+v", k)
	}
}

// What did not come in as it should is on the list, on the page, and needs attention.
func TestKioskTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolled("gate", "Gate", time.Second, 0)
	w.enrolled("canteen", "Canteen", time.Second, 0)
	c := w.loggedIn()
	if _, body := w.get(c, "/kiosks?status=attention"); !strings.Contains(body, "No kiosk needs attention") {
		t.Error("something needs attention from the beginning")
	}
	log, err := w.db.Records(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = log.Divert(t.Context(), "gate", record.JournalID{7}, w.now(), []centraldb.Aside{{Record: record.Record{Seq: 1}, Kind: centraldb.Fork, Reason: "test"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := log.Gap(t.Context(), centraldb.Gap{Kiosk: "gate", Journal: record.JournalID{8}, To: 4, NoticedAt: w.now()}); err != nil {
		t.Fatal(err)
	}
	if _, body := w.get(c, "/kiosks?status=attention"); !strings.Contains(body, "2 problems") || strings.Contains(body, "Canteen") {
		t.Error("the list does not show the trouble")
	}
	if _, body := w.get(c, "/kiosks/gate"); !strings.Contains(body, "<dt>Set aside</dt>") || !strings.Contains(body, "1 record") || !strings.Contains(body, "1 gap") {
		t.Error("the page does not show the trouble")
	}
	if _, body := w.get(c, "/kiosks/canteen"); strings.Contains(body, "<dt>Set aside</dt>") || strings.Contains(body, "<dt>Missing</dt>") {
		t.Error("another kiosk's page shows it")
	}
}

// An old Universal PIN is old in words, and a very old one is to be changed.
func TestUniversalGrowsOld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kiosk("gate", "Gate")
	c := w.loggedIn()
	w.done(c, "/kiosks/gate/universal", url.Values{"how": {"generate"}})
	for _, x := range []struct {
		days     int
		ago, new bool
	}{{1, false, false}, {20, true, false}, {181, true, true}} {
		w.advance(time.Duration(x.days) * 24 * time.Hour)
		_, body := w.get(w.loggedIn(), "/kiosks/gate")
		if strings.Contains(body, " days ago") != x.ago || strings.Contains(body, "Time for a new one") != x.new {
			t.Errorf("%d days later: %v %v", x.days, strings.Contains(body, " days ago"), strings.Contains(body, "Time for a new one"))
		}
	}
}

// Among many teams one is found by name, and saving it keeps the chosen ones that
// the search does not show otherwise.
func TestManyTeams(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var people []string
	for i := range 60 {
		people = append(people, fmt.Sprintf("Person %d/Team %02d", i, i))
	}
	w.people(people...)
	w.kiosk("gate", "Gate")
	c := w.loggedIn()
	page := "/kiosks/gate/people"
	if _, body := w.get(c, page); !strings.Contains(body, "Find among 60 teams") || !strings.Contains(body, `value="Team 39"`) || strings.Contains(body, `value="Team 40"`) {
		t.Error("the first teams are not shown")
	}
	w.done(c, page, url.Values{"groups": {"yes"}, "team": {"Team 03"}})
	_, body := w.get(c, page+"?find_team=team+55")
	for team, shown := range map[string]bool{"Team 03": true, "Team 55": true, "Team 04": false} {
		if strings.Contains(body, `value="`+team+`"`) != shown {
			t.Errorf("%s: not %v", team, shown)
		}
	}
	to, _ := w.done(c, page, url.Values{"groups": {"yes"}, "team": {"Team 03", "Team 55"}, "find_team": {"team 55"}})
	if !strings.HasSuffix(to, "?find_team=team+55") {
		t.Errorf("the search is lost: %s", to)
	}
	a, err := w.db.Assignments(t.Context(), "gate")
	if err != nil || len(a.Teams) != 2 {
		t.Errorf("assigned %v %v", a, err)
	}
}

// What was done without a PIN says so on the list of punches and in its file.
func TestNoPINIsMarked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt/Bakery")
	w.kiosk("gate", "Gate")
	w.punches(attendance.Punch{Person: "p-1", Kiosk: "gate", Action: attendance.In, At: w.now().Add(-time.Hour), Auth: attendance.AuthNone})
	c := w.loggedIn()
	if _, body := w.get(c, "/punches?view=list"); !strings.Contains(body, `<span class="tag">No PIN</span>`) {
		t.Error("the list does not say it")
	}
	if _, body := w.get(c, "/punches.csv?view=list"); !strings.Contains(body, ",none,") {
		t.Errorf("the file does not say it: %s", body)
	}
}
