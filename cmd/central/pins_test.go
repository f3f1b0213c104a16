package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// pinsCheck runs central pins check --json.
func pinsCheck(t *testing.T, data string) (int, checked) {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"pins", "check", "--data", data, "--json"}, strings.NewReader(""), &out, &errs)
	var c checked
	if err := json.Unmarshal(out.Bytes(), &c); err != nil {
		t.Fatalf("%v in %s %s", err, out.String(), errs.String())
	}
	return code, c
}

// What somebody wrote into the database by hand is found, named and never told.
func TestPINsCheckFindsAPlantedPIN(t *testing.T) {
	t.Parallel()
	data, _ := setUp(t)
	if code, c := pinsCheck(t, data); code != 0 || !c.OK || c.Findings == nil {
		t.Fatal(code, c)
	}
	withServer(t, data, func(db *centraldb.DB, keys *fleet.Keys) {
		err := db.Update(t.Context(), func(tx *centraldb.Tx) error {
			people := []attendance.Person{
				{ID: "p-ann", Name: "Ann", Role: attendance.Admin, Active: true},
				{ID: "p-bo", Name: "Bo", Role: attendance.Regular, Active: true},
			}
			if err := tx.AddPeople(t.Context(), people, 1); err != nil {
				return err
			}
			for _, p := range people {
				if err := tx.SetPIN(t.Context(), sealed(t, bookOf(t, keys), p.ID, "90817263")); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	code, c := pinsCheck(t, data)
	want := checked{Findings: []team.Finding{{
		Rule: "P4", Kind: pin.Personal, Subject: "p-bo", Other: "p-ann", Text: "An owner's or admin's PIN is somebody else's too.",
	}}}
	if diff := cmp.Diff(want, c); diff != "" || code != problem.Damaged.ExitCode() {
		t.Fatal(code, diff)
	}
	var out bytes.Buffer
	code = run(t.Context(), []string{"pins", "check", "--data", data}, strings.NewReader(""), &out, &out)
	if code != problem.Damaged.ExitCode() || !strings.Contains(out.String(), "P4    personal  p-bo     p-ann") || strings.Contains(out.String(), "90817263") {
		t.Fatal(code, out.String())
	}
}
