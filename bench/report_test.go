package main

import (
	"strings"
	"testing"
	"time"
)

// A run of one section replaces that one and keeps the others.
func TestAReportKeepsWhatWasNotMeasured(t *testing.T) {
	at := time.Date(2026, 5, 1, 6, 0, 0, 0, time.UTC)
	one := func(title, value string) section {
		return section{Title: title, Note: "How.", Rows: []row{{What: "it", Value: value, Pass: true}}}
	}
	first := report("", []section{one("A", "old a"), one("B", "old b")}, at)
	again := report(first, []section{one("B", "new b"), one("C", "c")}, at.AddDate(0, 0, 1))
	for want, n := range map[string]int{"## A\n": 1, "## B\n": 1, "## C\n": 1, "old a": 1, "old b": 0, "new b": 1, "2026-05-01": 1, "2026-05-02": 2, "# Benchmarks": 1} {
		if got := strings.Count(again, want); got != n {
			t.Errorf("%q is there %d times, want %d", want, got, n)
		}
	}
	if same := report(again, nil, at); same != again {
		t.Errorf("nothing measured changes the report:\n%s", same)
	}
}
