package correct_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/correct"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// asked has Ada ask for a clock-out at the dock, in Tokyo, on Tuesday at 18:30.
func (o *office) asked(id int64, person, reason string) centraldb.PunchRequest {
	o.t.Helper()
	r := centraldb.PunchRequest{
		ID: id, Person: person, Kiosk: "dock", Action: attendance.Out, Reason: reason, Claim: noon.Add(-150 * time.Minute).UnixNano(),
		Zone: "Asia/Tokyo", MadeAt: noon.UnixNano(), ReceivedAt: noon.UnixNano(),
	}
	o.must(o.db.Update(context.Background(), func(tx *centraldb.Tx) error { return tx.AddPunchRequest(context.Background(), r) }))
	return r
}

// messages gives what the dock is to show an hour after noon.
func (o *office) messages() []wire.MessageRow {
	o.t.Helper()
	rows, err := o.db.RosterMessages(context.Background(), "dock", noon.Add(time.Hour).Unix())
	o.must(err)
	return rows
}

func (o *office) everybodyAtTheDock() {
	o.t.Helper()
	o.must(o.db.Update(context.Background(), func(tx *centraldb.Tx) error {
		return tx.SetAssignments(context.Background(), "dock", centraldb.Assignments{Everyone: true})
	}))
}

// A request that is approved, with another time, is a punch with the person's own
// reason; they read it at the kiosk until they have seen it.
func TestApproveARequest(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	defer o.close()
	o.everybodyAtTheDock()
	o.punch("p-1", attendance.In, noon.Add(-6*time.Hour))
	q := o.asked(50, "p-1", "forgot my card")
	v := correct.AsAsked(q)
	if v.Day != "2026-03-03" || v.Clock != "18:30:00" || v.Action != attendance.Out {
		t.Errorf("as asked: %+v", v)
	}
	v.Clock = "18:00"
	var answered []string
	o.correct.Answered = func(p []string) { answered = append(answered, p...) }
	id, err := o.correct.Decide(t.Context(), admin, correct.Decision{Request: 50, Approve: true, Values: v})
	o.must(err)
	h, err := o.db.Held(t.Context(), id)
	o.must(err)
	if h.Reason != "forgot my card" || h.MadeBy != admin || h.Kiosk != "dock" || h.At != noon.Add(-180*time.Minute).UnixNano() {
		t.Errorf("%+v", h)
	}
	if o.stands("p-1").State != attendance.StateOut || !slices.Equal(o.changed, []string{"p-1"}) || !slices.Equal(answered, []string{"p-1"}) {
		t.Errorf("%+v %v %v", o.stands("p-1"), o.changed, answered)
	}
	rows := o.messages()
	if len(rows) != 1 || rows[0].ID != "answer-50" || rows[0].Person != "p-1" || rows[0].Text != "Your request is approved: Out, 2026-03-03 18:00." ||
		rows[0].Until != noon.Add(30*24*time.Hour).Unix() {
		t.Errorf("%+v", rows)
	}
	if _, err := o.correct.Decide(t.Context(), admin, correct.Decision{Request: 50, Answer: "too late"}); !problem.Is(err, problem.Conflict) {
		t.Errorf("twice: %v", err)
	}
	if rows, err := o.db.RosterMessages(t.Context(), "dock", noon.Add(31*24*time.Hour).Unix()); err != nil || len(rows) != 0 {
		t.Errorf("after a month: %+v %v", rows, err)
	}
	o.read("answer-50", "p-2", false)
	if len(o.messages()) != 1 {
		t.Error("somebody else has read it")
	}
	o.read("answer-50", "p-1", true)
	if rows := o.messages(); len(rows) != 0 {
		t.Errorf("read: %+v", rows)
	}
	if l, err := o.db.PunchRequest(t.Context(), 50); err != nil || l.ReadAt != 7 || l.Entry != id || l.DecidedBy != admin {
		t.Errorf("%+v %v", l, err)
	}
}

func (o *office) read(message, person string, want bool) {
	o.t.Helper()
	o.must(o.db.Update(context.Background(), func(tx *centraldb.Tx) error {
		known, personal, err := tx.MarkRead(context.Background(), message, person, "dock", 7)
		if known != want || personal != want {
			o.t.Errorf("%s by %s: known %v, personal %v", message, person, known, personal)
		}
		return err
	}))
}

func TestRefusedRequestsAndRequestsThatCannotBe(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	defer o.close()
	for id, person := range map[int64]string{1: "p-1", 2: "p-2", 3: "ghost", 4: "p-1"} {
		o.asked(id, person, "x")
	}
	decide := func(d correct.Decision) error {
		_, err := o.correct.Decide(t.Context(), admin, d)
		return err
	}
	if err := decide(correct.Decision{Request: 1, Answer: " a "}); fieldOf(err) != "answer" {
		t.Errorf("no reason: %v", err)
	}
	if err := decide(correct.Decision{Request: 9, Answer: "because"}); !problem.Is(err, problem.NotFound) {
		t.Errorf("unknown: %v", err)
	}
	if err := decide(correct.Decision{Request: 3, Approve: true, Values: values(attendance.Out, "2026-03-03", "12:00")}); fieldOf(err) != "person" {
		t.Errorf("nobody: %v", err)
	}
	if err := decide(correct.Decision{Request: 1, Approve: true, Values: values(attendance.Out, "2027-03-03", "12:00")}); fieldOf(err) != "day" {
		t.Errorf("the future: %v", err)
	}
	o.must(decide(correct.Decision{Request: 1, Answer: "You left at noon"}))
	o.must(decide(correct.Decision{Request: 4, Approve: true, Values: correct.AsAsked(o.request(4))}))
	if l, err := o.db.PunchRequests(t.Context(), centraldb.RequestFilter{Decided: true, Limit: 9}); err != nil || len(l) != 2 || l[1].Answer != "You left at noon" && l[0].Answer != "You left at noon" {
		t.Errorf("%+v %v", l, err)
	}
	if h, err := o.db.Held(t.Context(), -1); err != nil || h.Reason != "Asked for at the kiosk" {
		t.Errorf("%+v %v", h, err)
	}
	o.seal("2026-03-04")
	if err := decide(correct.Decision{Request: 2, Approve: true, Values: correct.AsAsked(o.request(2))}); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "sealed") {
		t.Errorf("sealed: %v", err)
	}
	if n, err := o.db.CountPunchRequests(t.Context(), centraldb.Reach{}, 9); err != nil || n != 2 {
		t.Errorf("%d open: %v", n, err)
	}
	if n, err := o.db.CountPunchRequests(t.Context(), centraldb.Reach{Manager: "p-9"}, 9); err != nil || n != 0 {
		t.Errorf("%d within reach: %v", n, err)
	}
}

func (o *office) request(id int64) centraldb.PunchRequest {
	o.t.Helper()
	l, err := o.db.PunchRequest(context.Background(), id)
	o.must(err)
	return l.PunchRequest
}

// The answer is in the person's language, and fits a message whatever was typed.
func TestTold(t *testing.T) {
	t.Parallel()
	r := centraldb.PunchRequest{Action: attendance.BreakEnd, Claim: noon.UnixNano(), Zone: "Europe/Berlin", Decision: centraldb.RequestRefused, Answer: "Nein."}
	if got := correct.Told("de-AT", r); got != "Dein Antrag ist abgelehnt: Pausenende, 2026-03-03 13:00. Nein." {
		t.Error(got)
	}
	seen := map[string]bool{}
	for _, lang := range []string{"en", "de", "es", "fr", "it", "nl", "pl", "pt", "tr", "uk"} {
		seen[correct.Told(lang, r)] = true
	}
	if len(seen) != 10 {
		t.Errorf("%d languages", len(seen))
	}
	r.Answer = strings.Repeat("界", 200)
	if got := correct.Told("uk", r); len(got) > wire.MaxText || !utf8.ValidString(got) {
		t.Errorf("%d bytes", len(got))
	}
}
