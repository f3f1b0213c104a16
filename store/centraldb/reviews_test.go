package centraldb_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// archived notes in the audit log that a person was archived then.
func archived(t *testing.T, db *centraldb.DB, person string, at time.Time) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *centraldb.Tx) error {
		return tx.AddAudit(t.Context(), centraldb.AuditRow{ID: 1, At: at.UnixNano(), Actor: "a", Action: "person.archive", Subject: person, Detail: "{}", Hash: []byte{1}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Only punches of people who were unknown, or archived by then, are under review;
// not those from before, and not what was voided.
func TestUnlistedPunches(t *testing.T) {
	t.Parallel()
	db := lists(t)
	archived(t, db, "p-4", eight.Add(10*time.Minute))
	step := centraldb.Step{From: 5, To: 8}
	for i, x := range []struct {
		person  string
		minutes int
	}{{"p-4", 11}, {"ghost", 1}, {"p-1", 100}} {
		u := attendance.Punch{Person: x.person, Kiosk: "dock", Action: attendance.Out, At: eight.Add(time.Duration(x.minutes) * time.Minute), Auth: attendance.AuthPersonal}
		step.Punches = append(step.Punches, centraldb.Projected{ID: int64(6 + i), Journal: record.JournalID{1}, Seq: uint64(6 + i), Punch: u, Zone: "UTC"})
		step.Present = append(step.Present, centraldb.Present{Presence: attendance.Presence{Person: x.person, State: attendance.StateOut, Since: u.At, Kiosk: "dock"}, At: u.At.UnixNano()})
	}
	if done, err := db.Project(t.Context(), step); err != nil || !done {
		t.Fatal(done, err)
	}
	if got := openSubjects(t, db); !slices.Equal(got, []string{"6", "7"}) {
		t.Fatalf("open: %v", got)
	}
	if _, err := db.Review(t.Context(), centraldb.Unlisted, "8"); !problem.Is(err, problem.NotFound) {
		t.Errorf("somebody on the team: %v", err)
	}
	i, err := db.Review(t.Context(), centraldb.Unlisted, "7")
	if err != nil || i.Claim == nil || i.Claim.Person != "ghost" || i.Claim.PersonName != "" || i.KioskName != "Dock" || i.Seq != 7 {
		t.Errorf("%+v %v", i, err)
	}
	err = db.Update(t.Context(), func(tx *centraldb.Tx) error {
		_, err := tx.AddCorrection(t.Context(), centraldb.Correction{Entry: 7, Kind: centraldb.FixVoid, Person: "ghost", Kiosk: "dock", Action: attendance.Out, At: 1, Zone: "UTC"})
		if err == nil {
			err = tx.AddReview(t.Context(), centraldb.Review{Kind: centraldb.Unlisted, Subject: "6", Decision: centraldb.ReviewAccept, Reason: "fine", MadeAt: 9, MadeBy: "a"})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := openSubjects(t, db); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
	if i, err = db.Review(t.Context(), centraldb.Unlisted, "6"); err != nil || i.Decided == nil || i.Decided.Reason != "fine" || i.Claim.PersonName != "Cleo Left" {
		t.Errorf("decided: %+v %v", i, err)
	}
	err = db.Update(t.Context(), func(tx *centraldb.Tx) error {
		return tx.AddReview(t.Context(), centraldb.Review{Kind: centraldb.Unlisted, Subject: "6", Decision: centraldb.ReviewRefuse, Reason: "no", MadeAt: 9, MadeBy: "b"})
	})
	if err == nil {
		t.Error("decided twice")
	}
}

func openSubjects(t *testing.T, db *centraldb.DB) []string {
	t.Helper()
	items, err := db.OpenReviews(t.Context(), 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	n, err := db.CountOpenReviews(t.Context(), 100)
	if err != nil || n != len(items) {
		t.Errorf("%d counted, %d listed: %v", n, len(items), err)
	}
	var out []string
	for _, i := range items {
		out = append(out, i.Subject)
	}
	slices.Sort(out)
	return out
}

// Subjects that name nothing lead to nothing, whatever is in them.
func TestReviewsOfNothing(t *testing.T) {
	t.Parallel()
	db := lists(t)
	zeros := strings.Repeat("0", 32)
	for _, x := range [][2]string{
		{"fault", ""},
		{"fault", "dock"},
		{"fault", "dock:" + zeros + ":1:"},
		{"fork", "dock:" + zeros + ":1:zz"},
		{"gap", "dock:" + zeros + ":-1"},
		{"gap", "dock:" + zeros + ":1"},
		{"unlisted", "0"},
		{"unlisted", "-1"},
		{"unlisted", "1"},
		{"salvaged", "dock:" + zeros + ":1:00"},
		{"", ":::"},
	} {
		if i, err := db.Review(t.Context(), x[0], x[1]); !problem.Is(err, problem.NotFound) {
			t.Errorf("%q %q: %+v %v", x[0], x[1], i, err)
		}
	}
}

// Whether something is to be reviewed is asked at each look at the page: it must
// not go through all punches.
func TestOpenReviewsPlan(t *testing.T) {
	t.Parallel()
	plan, err := lists(t).ReviewPlan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(plan, "SEARCH u USING INDEX punches_person_at") || strings.Contains(plan, "SCAN u") || strings.Contains(plan, "SCAN a") {
		t.Error(plan)
	}
}

func FuzzReviewSubject(f *testing.F) {
	for _, s := range []string{"", "7", "-7", "dock:" + strings.Repeat("0", 32) + ":1", "dock:" + strings.Repeat("a", 32) + ":1:00", ":::::", "dock:\xff:1:0", strconv.Itoa(1 << 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, subject string) {
		for _, kind := range []string{centraldb.Fault, centraldb.Missing, centraldb.Unlisted} {
			centraldb.ReviewKey(kind, subject) // must not panic
		}
	})
}
