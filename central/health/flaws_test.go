package health_test

import (
	"strings"
	"testing"

	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// Each thing that can be done to a journal has its own words and its own next step,
// until somebody has looked into it.
func TestFlawsOfJournalsAreFindings(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for kind, words := range map[string]string{
		centraldb.FlawAltered:   "Changed after they were recorded: records 9 to 11.",
		centraldb.FlawGap:       "Missing: records 9 to 11.",
		centraldb.FlawRollback:  "without records 9 to 11 that it had sent",
		centraldb.FlawFork:      "From record 9 on it recorded something else",
		centraldb.FlawRewritten: "signed with its own key",
	} {
		s := well()
		s.Flaws = []centraldb.Flaw{{Kind: kind, From: 9, To: 11, LastAt: 5}, {Kind: kind, Journal: record.JournalID{1}, From: 1, To: 1, LastAt: 4}}
		got := health.Judge(s, health.Usual(), now)
		if len(got) != 1 || string(got[0].Kind) != kind || !strings.Contains(got[0].Words, words) || !strings.Contains(got[0].Words, "1 other journal ") {
			t.Errorf("%s: %+v", kind, got)
			continue
		}
		if other, ok := seen[got[0].Next]; ok || !strings.HasSuffix(got[0].Next, "looked into it.") {
			t.Errorf("%s says the same as %s: %s", kind, other, got[0].Next)
		}
		seen[got[0].Next] = kind
	}
}

// A flaw is told to the admins like everything else that is wrong, and its end.
func TestAFlawIsAnAlertUntilSomebodyLooks(t *testing.T) {
	t.Parallel()
	w := newWard(t, "gate")
	f := centraldb.Flaw{Kiosk: "gate", Journal: record.JournalID{1}, Kind: centraldb.FlawFork, From: 9, To: 9, LastAt: w.now.UnixNano()}
	if err := w.db.NoteFlaw(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	w.pass(3, fine, "gate")
	const began = "Kiosk gate: From record 9 on it recorded something else than it had sent: an older copy of its card went on"
	w.want(began)
	err := w.db.Update(t.Context(), func(tx *centraldb.Tx) error {
		_, err := tx.SeeFlaws(t.Context(), "gate", "ada", w.now.UnixNano())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.pass(10, fine, "gate")
	w.want(began, "Kiosk gate is well again")
}
