package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// cards gives somebody of the bakery badges, and has a kiosk tell of unknown ones.
func (w *world) cards() {
	w.t.Helper()
	w.badge("p-3", "00-A3-2B-7F")
	w.badge("p-3", "text:EMP-00123")
	w.unknownCard(9201, "front-door", "04-A2-24-1A-F1-5C-80", "K-17", time.Minute)
	w.unknownCard(9202, "front-door", "00-A3-2B-80", "R-42", 2*time.Hour)
}

func (w *world) badge(person, card string) {
	w.t.Helper()
	w.update(func(tx *centraldb.Tx) error {
		return tx.PutBadge(w.t.Context(), centraldb.Badge{Badge: card, Person: person, LearntAt: w.now().UnixNano(), LearntBy: email})
	})
}

func (w *world) unknownCard(id int64, kiosk, card, code string, ago time.Duration) {
	w.t.Helper()
	at := w.now().Add(-ago).UnixNano()
	w.update(func(tx *centraldb.Tx) error {
		return tx.AddUnknownBadge(w.t.Context(), centraldb.UnknownBadge{ID: id, Kiosk: kiosk, Badge: card, Code: code, At: at, ReceivedAt: at})
	})
}

// A badge is typed, learnt by the code of a kiosk, and taken away; what is wrong
// stands where it was typed or chosen, and only who may change people sees any of it.
func TestBadgesOfAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolled("gate", "Gate", time.Minute, 0)
	ada, ben := w.person("Ada Brandt", attendance.Regular), w.person("Ben Cole", attendance.Regular)
	w.update(func(tx *centraldb.Tx) error {
		return tx.SetAssignments(t.Context(), "gate", centraldb.Assignments{Everyone: true})
	})
	e := errand{w, w.loggedIn()}
	page := "/team/" + ada.ID + "/badges"
	e.shows("/team/"+ada.ID, "None. A badge is held to a kiosk’s reader")
	e.shows(page, "No badge yet", "No unknown badge in the last 24 hours.")
	e.wrong(page, url.Values{"badge": {" "}}, "badge-bad")
	e.wrong(page, url.Values{"badge": {"08a32b7f"}}, "badge-bad", `value="08a32b7f"`)
	told := len(w.pushed)
	e.to(page, url.Values{"badge": {"0010693503"}}, page)
	if len(w.pushed) == told {
		t.Error("the kiosk was not told")
	}
	e.shows(page, "1 badge", "00-A3-2B-7F", "since "+w.now().Format("2 Jan 2006"))
	e.wrong("/team/"+ben.ID+"/badges", url.Values{"badge": {"163,11135"}}, "badge-bad", "Ada Brandt", `value="163,11135"`)

	w.unknownCard(7, "gate", "text:EMP-1", "K-17", time.Minute)
	w.unknownCard(8, "gate", "text:EMP-2", "R-42", 25*time.Hour)
	e.shows(page, "K-17", "Gate")
	if _, body := w.get(e.c, page); strings.Contains(body, "R-42") || strings.Contains(body, "EMP-1") {
		t.Error("a card of yesterday is shown, or the number of an unknown one")
	}
	e.wrong(page+"/learn", url.Values{"card": {"8"}}, "card-bad")
	e.wrong(page+"/learn", url.Values{"card": {"x"}}, "card-bad")
	e.to(page+"/learn", url.Values{"card": {"7"}}, page)
	e.wrong("/team/"+ben.ID+"/badges/learn", url.Values{"card": {"7"}}, "card-bad")
	e.shows(page, "2 badges", "EMP-1")
	e.to(page+"/remove", url.Values{"badge": {"00-A3-2B-7F"}}, page)
	e.shows("/team/"+ada.ID, "Has 1 badge.")
	if res, _ := w.post(e.c, page+"/remove", url.Values{"badge": {"00-A3-2B-7F"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("removed twice: %s", res.Status)
	}
}

// Punches say that a badge was held to the reader, and can be chosen by that.
func TestPunchesByBadge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery()
	at := w.now().Add(-time.Hour)
	for id, a := range map[string]attendance.Auth{"p-1": attendance.AuthBadge, "p-2": attendance.AuthBadgePIN, "p-3": attendance.AuthPersonal} {
		w.punches(attendance.Punch{Person: id, Kiosk: "front-door", Action: attendance.In, At: at, Auth: a, Note: "by " + string(a)})
	}
	e := errand{w, w.loggedIn()}
	e.shows("/punches?view=list", "Badge and PIN", "by badge", "by badge_pin", "by personal")
	_, body := w.get(e.c, "/punches?view=list&auth=badge")
	if text := plainText(body); !strings.Contains(text, "by badge") || strings.Contains(text, "by badge_pin") || strings.Contains(text, "by personal") {
		t.Error("not only punches by badge alone are shown")
	}
}
