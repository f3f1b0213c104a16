package main

import (
	"slices"
	"testing"
)

// Three days of a small house: `make soak` has the month of a large one.
func TestDaysOfflineThenEverythingIsSent(t *testing.T) {
	t.Parallel()
	s := &soak{days: 3, people: 30}
	rows, err := s.run(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if len(s.shown) != 3*30*4 || slices.ContainsFunc(rows, func(r row) bool { return !r.Pass }) {
		t.Errorf("%d punches, %+v", len(s.shown), rows)
	}
}

// Weeks of a small house: make soak has the months of a larger one.
func TestWeeksThatAreSentEachEvening(t *testing.T) {
	t.Parallel()
	s := &soak{days: 80, people: 4}
	rows, err := s.keep(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(rows, func(r row) bool { return !r.Pass }) {
		t.Errorf("%+v", rows)
	}
}
