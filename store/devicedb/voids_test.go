package devicedb_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

func write(t *testing.T, j *devicedb.Journal, b record.Body) error {
	t.Helper()
	return j.Update(t.Context(), func(tx *devicedb.JournalTx) error {
		_, err := tx.Append(b)
		return err
	})
}

func actions(ps []devicedb.Punch, err error) []attendance.Action {
	if err != nil {
		return []attendance.Action{attendance.Action(err.Error())}
	}
	out := []attendance.Action{}
	for _, p := range ps {
		out = append(out, p.Action)
	}
	return out
}

// What was taken back is out of every answer, and its record stays.
func TestAVoidedPunchDoesNotCount(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	c := &clock{boot: "a"}
	j := openJournal(t, path, c)
	in := punch(t, j, "ann", attendance.In)
	out := punch(t, j, "ann", attendance.Out)
	bob := punch(t, j, "bob", attendance.In)
	for name, b := range map[string]record.Body{
		"another's punch": {Type: record.Void, Person: "ann", Seq: bob.Seq},
		"no punch":        {Type: record.Void, Person: "ann", Seq: 1},
		"the future":      {Type: record.Void, Person: "ann", Seq: 99},
	} {
		if err := write(t, j, b); !problem.Is(err, problem.Conflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	before := headOf(t, j)
	void := record.Body{Type: record.Void, Person: "ann", Seq: out.Seq}
	if err := write(t, j, void); err != nil {
		t.Fatal(err)
	}
	if err := write(t, j, void); !problem.Is(err, problem.Conflict) {
		t.Errorf("twice: %v", err)
	}
	closeJournal(t, j)
	j = openJournal(t, path, c) // it is on disk
	if h := headOf(t, j); h.Seq != before.Seq+1 {
		t.Errorf("head %d after %d", h.Seq, before.Seq)
	}
	ctx, journal := t.Context(), headOf(t, j).Journal
	for name, got := range map[string][]attendance.Action{
		"all": actions(j.Punches(ctx, "ann", 0)), "later": actions(j.PunchesAfter(ctx, "ann", journal, 0)),
	} {
		if diff := cmp.Diff([]attendance.Action{attendance.In}, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := actions(j.Voided(ctx, "ann", journal, out.Seq)); len(got) != 1 || got[0] != attendance.Out {
		t.Errorf("counted and taken back: %v", got)
	}
	for name, got := range map[string][]attendance.Action{
		"before it": actions(j.Voided(ctx, "ann", journal, in.Seq)), "after the void": actions(j.Voided(ctx, "ann", journal, before.Seq+1)),
		"another's": actions(j.Voided(ctx, "bob", journal, out.Seq)), "elsewhere": actions(j.Voided(ctx, "ann", record.JournalID{9}, out.Seq)),
	} {
		if len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAPunchKnowsItsBoot(t *testing.T) {
	t.Parallel()
	j := openJournal(t, filepath.Join(t.TempDir(), "journal.db"), &clock{boot: "a"})
	punch(t, j, "ann", attendance.In)
	got, err := j.Punches(t.Context(), "ann", 0)
	if err != nil || len(got) != 1 || got[0].BootID != "a" || int64(got[0].Boot) != got[0].At.UnixNano() {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestMessagesSeen(t *testing.T) {
	t.Parallel()
	j := openJournal(t, filepath.Join(t.TempDir(), "journal.db"), &clock{boot: "a"})
	for _, m := range []string{"m1", "m1", "m2"} { // twice is no error
		if err := write(t, j, record.Body{Type: record.MessageRead, Person: "ann", Message: m}); err != nil {
			t.Fatal(err)
		}
	}
	for person, want := range map[string]map[string]bool{"ann": {"m1": true, "m2": true}, "bob": {}} {
		got, err := j.Seen(t.Context(), person)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", person, err, diff)
		}
	}
}
