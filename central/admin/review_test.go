package admin_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/correct"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// lostSubject names the gap that trouble makes.
const lostSubject = "front-door:09000000000000000000000000000000:40"

// reviewsOf lets the pages decide on what did not come in the usual way.
func (w *world) reviewsOf() *correct.Correct {
	return correct.New(correct.Config{Store: w.db, Audit: audit.New(w.db, w.now), Now: w.now})
}

// aside keeps a record of the front door apart, and gives the path of its page.
func (w *world) aside(kind, reason string, seq uint64, body []byte) string {
	w.t.Helper()
	log, err := w.db.Records(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	j := record.JournalID{9}
	r := record.Record{Journal: j, Seq: seq, Body: body, Hash: sha256.Sum256(body)}
	if err := log.Divert(w.t.Context(), "front-door", j, w.now().Add(-time.Duration(seq)*time.Minute), []centraldb.Aside{{Kind: kind, Reason: reason, Record: r}}); err != nil {
		w.t.Fatal(err)
	}
	return "/review/" + kind + "/front-door:" + j.String() + ":" + strconv.FormatUint(seq, 10) + ":" + hex.EncodeToString(r.Hash[:])
}

func (w *world) told(person string, a attendance.Action, before time.Duration) []byte {
	w.t.Helper()
	body, err := record.Encode(record.Body{
		Type: record.Punched, Person: person, Action: a, Auth: attendance.AuthPersonal,
		Stamp: attendance.Stamp{Real: w.now().Add(-before).UnixNano(), Zone: zoneName},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return body
}

// trouble is a gap, records that were set aside and a punch of somebody unknown;
// it gives the paths of the records.
func (w *world) trouble() (late, forked, torn string) {
	w.t.Helper()
	log, err := w.db.Records(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	moved, err := log.Gap(w.t.Context(), centraldb.Gap{
		Kiosk: "front-door", Journal: record.JournalID{9}, Before: centraldb.Cursor{Through: 39, Known: false}, To: 47, NoticedAt: w.now().Add(-3 * time.Hour),
	})
	if err != nil || !moved {
		w.t.Fatalf("gap: %v %v", moved, err)
	}
	late = w.aside(centraldb.Fault, "late", 41, w.told("p-3", attendance.Out, 20*time.Hour))
	forked = w.aside(centraldb.Fork, "other content", 12, w.told("p-99", attendance.In, 30*time.Hour))
	torn = w.aside(centraldb.Fault, "altered", 50, []byte("{"))
	return late, forked, torn
}

// What came is read, matched, accepted, acknowledged and refused; each once, with
// its reason; what counts follows.
func TestReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery()
	late, forked, torn := w.trouble()
	w.punch("p-77", "front-door", attendance.In, time.Hour)
	unlisted := "/review/unlisted/" + strconv.FormatInt(w.last, 10)
	c := w.loggedIn()
	_, body := w.get(c, "/review")
	for _, want := range []string{
		"8 records are missing", "Front door, records 40 to 47", "Anna Bergmann", "It came after it had been written down as missing.", "Unknown person p-99",
		"can’t be read", "It was changed after the kiosk had recorded it.", "Unknown person p-77", `<span class="count">5</span>`, late, forked, torn, unlisted,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	w.refusedReviews(c, late, forked)
	for _, x := range []struct {
		path string
		form url.Values
	}{
		{late, url.Values{"decision": {"accept"}, "reason": {"Anna left then"}}},
		{forked, url.Values{"decision": {"match"}, "person": {"1002"}, "reason": {"It was Tomasz"}}},
		{torn, url.Values{"decision": {"refuse"}, "reason": {"Nobody can read it"}}},
		{unlisted, url.Values{"decision": {"refuse"}, "reason": {"A test of ours"}}},
		{"/review/gap/" + lostSubject, url.Values{"decision": {"accept"}, "reason": {"The disk was changed"}}},
	} {
		if res, body := w.post(c, x.path, x.form); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %s\n%s", x.path, res.Status, body)
		}
		if res, body := w.post(c, x.path, x.form); res.StatusCode != http.StatusConflict || !strings.Contains(body, "decided this already") {
			t.Errorf("%s twice: %s", x.path, res.Status)
		}
	}
	if _, body = w.get(c, "/review"); !strings.Contains(body, "Nothing to review") {
		t.Error("something is left")
	}
	if left, err := w.db.KioskTroubles(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("kiosks still tell of %v (%v)", left, err)
	}
	_, body = w.get(c, "/review?view=decided")
	for _, want := range []string{"The disk was changed", "It was Tomasz", "Matched", "Refused", email, `href="/punches/-1"`, `href="/punches/-2"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the decided ones lack %q", want)
		}
	}
	w.checkHeld(map[int64]string{-1: "p-3 out add", -2: "p-2 in add", w.last: "p-77 in void"})
	if _, body = w.get(c, "/audit"); !strings.Contains(body, "Front door, record 12") {
		t.Error("the audit log does not tell of it")
	}
}

func (w *world) checkHeld(want map[int64]string) {
	w.t.Helper()
	for entry, want := range want {
		h, err := w.db.Held(w.t.Context(), entry)
		if got := h.Person + " " + string(h.Action) + " " + h.Kind; err != nil || got != want {
			w.t.Errorf("%d: %s, want %s (%v)", entry, got, want, err)
		}
	}
}

// refusedReviews says what is wrong next to its field, and keeps what was typed.
func (w *world) refusedReviews(c *http.Client, late, forked string) {
	w.t.Helper()
	for _, x := range []struct {
		path   string
		form   url.Values
		status int
		want   string
	}{
		{late, url.Values{"decision": {"accept"}, "reason": {"x"}}, 400, `id="reason-bad"`},
		{late, url.Values{"reason": {"because of it"}}, 400, `id="decision-bad"`},
		{late, url.Values{"decision": {"match"}, "reason": {"because of it"}}, 400, `id="person-bad"`},
		{late, url.Values{"decision": {"match"}, "person": {"Nobody Atall"}, "reason": {"because of it"}}, 400, `value="Nobody Atall"`},
		{forked, url.Values{"decision": {"accept"}, "reason": {"because of it"}}, 400, `id="decision-bad"`},
		{"/review/gap/" + lostSubject, url.Values{"decision": {"refuse"}, "reason": {"because of it"}}, 400, `id="decision-bad"`},
		{"/review/gap/front-door:0:1", url.Values{"decision": {"accept"}, "reason": {"because of it"}}, 404, "There is no such"},
		{"/review/unlisted/1", url.Values{"decision": {"refuse"}, "reason": {"because of it"}}, 404, "There is no such"},
		{"/review/unlisted/999999", url.Values{"decision": {"refuse"}, "reason": {"because of it"}}, 404, "There is no such"},
	} {
		res, body := w.post(c, x.path, x.form)
		if res.StatusCode != x.status || !strings.Contains(body, x.want) {
			w.t.Errorf("%s %v: %s, want %d with %q", x.path, x.form, res.Status, x.status, x.want)
		}
	}
}

// Somebody who was not listed is matched; what was taken back too late is voided, or
// stays; what takes back nothing is set aside.
func TestReviewOfNewcomersAndTakebacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery()
	punch := w.strangers()
	c := w.loggedIn()
	_, body := w.get(c, "/review")
	for _, want := range []string{"“&lt;b&gt;Nia”", "taken back long after it was made", "There is no such punch here.", `<span class="count">3</span>`} {
		if !strings.Contains(body, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	for _, x := range []struct {
		path   string
		form   url.Values
		status int
	}{
		{"/review/void/9001", url.Values{"decision": {"match"}, "person": {"1002"}, "reason": {"so it is"}}, 400},
		{"/review/void/9001", url.Values{"decision": {"accept"}, "reason": {"He was not there"}}, 303},
		{"/review/void/9002", url.Values{"decision": {"accept"}, "reason": {"So it is"}}, 400},
		{"/review/void/9002", url.Values{"decision": {"refuse"}, "reason": {"Nothing in it"}}, 303},
		{"/review/newcomer/9003", url.Values{"decision": {"accept"}, "reason": {"So it is"}}, 400},
		{"/review/newcomer/9003", url.Values{"decision": {"match"}, "person": {"1002"}, "reason": {"Her first day"}}, 303},
		{"/review/newcomer/9004", url.Values{"decision": {"refuse"}, "reason": {"So it is"}}, 404},
		{"/review/void/9004", url.Values{"decision": {"refuse"}, "reason": {"So it is"}}, 404},
	} {
		if res, body := w.post(c, x.path, x.form); res.StatusCode != x.status {
			t.Errorf("%s %v: %s\n%s", x.path, x.form, res.Status, body)
		}
	}
	w.checkHeld(map[int64]string{-2: "p-2 in add", punch: "p-3 in void"})
	if h, err := w.db.Held(t.Context(), -2); err != nil || h.Note != "Not listed: typed “<b>Nia”, without a PIN" || h.Kiosk != "front-door" {
		t.Errorf("%+v %v", h, err)
	}
	if n, err := w.db.CountOpenReviews(t.Context(), 9); err != nil || n != 0 {
		t.Errorf("%d are left (%v)", n, err)
	}
}

// strangers has somebody who is not listed clock in, a punch taken back too late and
// one that is not there; it gives the punch.
func (w *world) strangers() (punch int64) {
	w.t.Helper()
	w.punch("p-3", "front-door", attendance.In, 2*time.Hour)
	at := w.now().Add(-time.Hour).UnixNano()
	w.update(func(tx *centraldb.Tx) error {
		for _, b := range []centraldb.Takeback{
			{ID: 9001, Person: "p-3", Punch: w.last, Why: centraldb.TakebackLate}, {ID: 9002, Person: "p-4", Why: centraldb.TakebackNoPunch},
		} {
			b.Kiosk, b.Seq, b.At, b.Zone, b.ReceivedAt = "front-door", 77, at, zoneName, at
			if _, err := tx.AddTakeback(w.t.Context(), b); err != nil {
				return err
			}
		}
		return tx.AddNewcomer(w.t.Context(), centraldb.NewcomerPunch{ID: 9003, Kiosk: "front-door", Seq: 78, Name: "<b>Nia", Action: attendance.In, At: at, Zone: zoneName, ReceivedAt: at})
	})
	return w.last
}
