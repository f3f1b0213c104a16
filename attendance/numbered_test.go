package attendance_test

import (
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
)

func TestNumberedName(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"Gate {n}": "Gate 7", "{nnn}": "007", "a{nn}b": "a07b", "Gate": "", "Gate {": "", "Gate {n": "", "{nx}": "", "{nnnnnnnnnn}": "",
	} {
		got, err := attendance.NumberedName(pattern, 7)
		if got != want || (err == nil) != (want != "") || err != nil && !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %q, %v", pattern, got, err)
		}
	}
}
