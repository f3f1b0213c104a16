package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/central/client"
)

// What central says is wrong with a kiosk comes with how urgent it is and with what
// to do; what is well is counted.
func TestTheDoctorLooksAtKiosks(t *testing.T) {
	t.Parallel()
	got := examineKiosks([]client.Kiosk{
		{ID: "a", Name: "Archive", Status: "revoked"},
		{ID: "b", Name: "Bakery", Status: "enrolled", People: 9},
		{ID: "c", Name: "Canteen", Status: "enrolled", Problems: []client.KioskProblem{
			{Severity: "critical", Words: "Silent for 26 h.", Next: "Go and look."}, {Severity: "warning", Words: "It is hot.", Next: "Shade it."},
		}},
		{ID: "d", Name: "Depot", Status: "new", People: 3},
	})
	want := []finding{
		{stateBad, "Canteen", "Silent for 26 h.", "Go and look."},
		{stateLook, "Canteen", "It is hot.", "Shade it."},
		{stateLook, "Canteen", "Nobody can clock in there.", "Say who is on it with: fleet kiosk assign c --everyone"},
		{stateLook, "Depot", "No machine has been enrolled as this kiosk.", "Get a code with: fleet kiosk code d"},
		{stateFine, "kiosks", "2 of 4 are well.", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
