package audit_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// forged shows the log as somebody with write access could have left it.
type forged struct {
	rows []centraldb.AuditRow
}

func (f forged) Audit(_ context.Context, after int64, limit int) ([]centraldb.AuditRow, error) {
	rows := slices.DeleteFunc(slices.Clone(f.rows), func(r centraldb.AuditRow) bool { return r.ID <= after })
	return rows[:min(limit, len(rows))], nil
}

func fixed() time.Time { return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC) }

func filled(t *testing.T, rows int) (*centraldb.DB, *audit.Log) {
	t.Helper()
	db, err := centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	log := audit.New(db, fixed)
	err = db.Update(t.Context(), func(tx *centraldb.Tx) error {
		for range rows {
			if err := log.Record(t.Context(), tx, "ann@acme.example", "person.create", "p-1", map[string]any{"name": "Bo <&> Co"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return db, log
}

func TestVerifyAcceptsWhatWasRecorded(t *testing.T) {
	t.Parallel()
	_, log := filled(t, 1234) // more than one page
	head, err := log.Verify(t.Context())
	if err != nil || head.Rows != 1234 || len(head.Hash) != 32 {
		t.Fatalf("head %+v, %v", head, err)
	}
}

func TestVerifyFindsEveryChange(t *testing.T) {
	t.Parallel()
	db, _ := filled(t, 5)
	rows, err := db.Audit(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string]func([]centraldb.AuditRow) []centraldb.AuditRow{
		"actor":   func(r []centraldb.AuditRow) []centraldb.AuditRow { r[2].Actor = "eve"; return r },
		"action":  func(r []centraldb.AuditRow) []centraldb.AuditRow { r[2].Action = "x"; return r },
		"subject": func(r []centraldb.AuditRow) []centraldb.AuditRow { r[2].Subject = "x"; return r },
		"detail":  func(r []centraldb.AuditRow) []centraldb.AuditRow { r[2].Detail = "{}"; return r },
		"at":      func(r []centraldb.AuditRow) []centraldb.AuditRow { r[2].At++; return r },
		"removed": func(r []centraldb.AuditRow) []centraldb.AuditRow { return slices.Delete(r, 2, 3) },
		"swapped": func(r []centraldb.AuditRow) []centraldb.AuditRow {
			r[1], r[2] = r[2], r[1]
			r[1].ID, r[2].ID = r[2].ID, r[1].ID
			r[1].Hash[0] ^= 1
			return r
		},
	}
	for name, change := range changes {
		copied := slices.Clone(rows)
		for i := range copied {
			copied[i].Hash = slices.Clone(rows[i].Hash)
		}
		head, err := audit.New(forged{change(copied)}, fixed).Verify(t.Context())
		if !problem.Is(err, problem.Damaged) {
			t.Errorf("%s: not found: %v", name, err)
		}
		if head.Rows > 2 {
			t.Errorf("%s: believed %d rows", name, head.Rows)
		}
	}
	if _, err := audit.New(forged{rows}, fixed).Verify(t.Context()); err != nil {
		t.Fatalf("unchanged: %v", err)
	}
}

func TestNothingIsRecordedWhenTheTransactionFails(t *testing.T) {
	t.Parallel()
	db, log := filled(t, 1)
	stop := problem.New(problem.Conflict, "no", "")
	err := db.Update(t.Context(), func(tx *centraldb.Tx) error {
		if err := log.Record(t.Context(), tx, "a", "b", "c", nil); err != nil {
			return err
		}
		return stop
	})
	if !problem.Is(err, problem.Conflict) {
		t.Fatal(err)
	}
	if head, err := log.Verify(t.Context()); err != nil || head.Rows != 1 {
		t.Fatalf("%+v %v", head, err)
	}
}
