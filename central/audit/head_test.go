package audit_test

import (
	"slices"
	"testing"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/internal/problem"
)

func TestAKeptHeadShowsWhatTheChainCannot(t *testing.T) {
	t.Parallel()
	db, log := filled(t, 5)
	kept, err := log.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.Audit(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	cut := audit.New(forged{slices.Clone(rows[:4])}, fixed)
	if _, err := cut.Verify(t.Context()); err != nil {
		t.Fatal("a cut end is no break in the chain", err)
	}
	if head, err := cut.VerifyFrom(t.Context(), kept); !problem.Is(err, problem.Damaged) || head.Rows != 4 {
		t.Error("a cut end was not noticed", head, err)
	}
	kept.Hash = slices.Clone(kept.Hash)
	kept.Hash[0] ^= 1
	if head, err := log.VerifyFrom(t.Context(), kept); !problem.Is(err, problem.Damaged) || head.Rows != 4 {
		t.Error("another log was taken for this one", head, err)
	}
	early := audit.Head{Rows: 2, Hash: rows[1].Hash}
	if head, err := log.VerifyFrom(t.Context(), early); err != nil || head.Rows != 5 {
		t.Error(head, err)
	}
}

func FuzzParseHead(f *testing.F) {
	f.Add("0:")
	f.Add("2:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
	f.Add("-1:00")
	f.Add("1")
	f.Fuzz(func(t *testing.T, text string) {
		head, err := audit.ParseHead(text)
		if err != nil {
			if !problem.Is(err, problem.Invalid) {
				t.Fatal(err)
			}
			return
		}
		again, err := audit.ParseHead(head.String())
		if err != nil || again.Rows != head.Rows || !slices.Equal(again.Hash, head.Hash) {
			t.Fatal("not the same head", err)
		}
	})
}
