package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// noRosters stands for the rosters of a server that is stopped.
type noRosters struct{}

func (noRosters) Refresh(context.Context, ...string) error { return nil }
func (noRosters) RefreshAll(context.Context) error         { return nil }

// staffed is a server with people of all roles, one who left, and a kiosk.
func staffed(t *testing.T) string {
	t.Helper()
	data, _ := setUp(t)
	withPINs(t, data) // of people who are in no list any more, and the kiosk
	withServer(t, data, func(db *centraldb.DB, keys *fleet.Keys) {
		people := team.New(team.Config{Store: db, Book: bookOf(t, keys), Audit: audit.New(db, time.Now), Rosters: noRosters{}})
		err := db.Update(t.Context(), func(tx *centraldb.Tx) error {
			_, _, err := people.NewUniversal(t.Context(), tx, "door", 4)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []team.NewPerson{{Name: "=Ann", Role: attendance.Admin, StaffNo: "0007"}, {Name: "Bo"}, {Name: "Cy"}, {Name: "Gone"}} {
			who, _, err := people.Create(t.Context(), "test", p)
			if err == nil && p.Name == "Gone" {
				err = people.Archive(t.Context(), "test", who.ID)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	return data
}

// Without the wrapping key nobody reads the old PINs; everybody gets a new one, in
// a file that only its owner reads, and kiosks keep believing the server.
func TestALostKeyCostsThePINsOnly(t *testing.T) {
	t.Parallel()
	data := staffed(t)
	list := filepath.Join(t.TempDir(), "pins.csv")
	replace := func() (int, string) {
		var out bytes.Buffer
		code := run(t.Context(), []string{"keys", "replace", "--data", data, "--pins-out", list}, strings.NewReader(""), &out, &out)
		return code, out.String()
	}
	if code, says := replace(); code != problem.Conflict.ExitCode() || !strings.Contains(says, "nothing is lost") {
		t.Fatal(code, says)
	}
	ca, err := os.ReadFile(filepath.Join(data, "keys", "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(data, "keys", "data.key")); err != nil {
		t.Fatal(err)
	}
	if code, v := verify(t, data); code != problem.NotFound.ExitCode() || v.OK {
		t.Fatalf("%d %+v", code, v)
	}
	if code, says := replace(); code != 0 || !strings.Contains(says, "4 new PINs") {
		t.Fatal(code, says)
	}
	if code, v := verify(t, data); code != 0 || v.PINs != 4 {
		t.Fatalf("%d %+v", code, v)
	}
	if now, err := os.ReadFile(filepath.Join(data, "keys", "ca.crt")); err != nil || !bytes.Equal(now, ca) {
		t.Error("another authority", err)
	}
	info, err := os.Stat(list)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	compareList(t, data, list)
	if code, says := replace(); code != problem.Conflict.ExitCode() {
		t.Error(code, says)
	}
}

// compareList holds the file to the table.
func compareList(t *testing.T, data, list string) {
	t.Helper()
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatal(rows, err)
	}
	if !bytes.Contains(text, []byte("0007,'=Ann,")) {
		t.Error("a name may run as a formula, or a number lost its zeros")
	}
	withServer(t, data, func(db *centraldb.DB, keys *fleet.Keys) {
		for _, r := range rows[1:] {
			row, err := db.PIN(t.Context(), pin.Kind(r[0]), r[1])
			if err != nil {
				t.Fatal(err)
			}
			p, err := bookOf(t, keys).Open(row)
			if err != nil || p.Reveal() != r[4] || row.Version < 2 || row.Hash != nil {
				t.Errorf("%s %s: %v, version %d", r[0], r[1], err, row.Version)
			}
		}
	})
}

// Somebody else's key is not overwritten when it lies where ours should.
func TestAForeignKeyIsKept(t *testing.T) {
	t.Parallel()
	data, other := staffed(t), filepath.Join(t.TempDir(), "keys")
	if _, err := fleet.CreateKeys(other, "acme", time.Now()); err != nil {
		t.Fatal(err)
	}
	foreign, err := os.ReadFile(filepath.Join(other, "data.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "keys", "data.key"), foreign, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	list := filepath.Join(t.TempDir(), "pins.csv")
	if code := run(t.Context(), []string{"keys", "replace", "--data", data, "--pins-out", list}, strings.NewReader(""), &out, &out); code != 0 {
		t.Fatal(out.String())
	}
	kept, err := filepath.Glob(filepath.Join(data, "keys", "data.key.*"))
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	if text, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(text, foreign) {
		t.Error("not the foreign key", err)
	}
}

// A replacement that ends before its commit has changed nothing and can be made
// again; one that ends right after it is whole once the server starts.
func TestAReplacementMayStopAnywhere(t *testing.T) {
	t.Parallel()
	data, dir := staffed(t), t.TempDir()
	key := filepath.Join(data, "keys", "data.key")
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(dir, "taken.csv")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	replace := func(list string) (int, string) {
		var out bytes.Buffer
		code := run(t.Context(), []string{"keys", "replace", "--data", data, "--pins-out", list}, strings.NewReader(""), &out, &out)
		return code, out.String()
	}
	if code, says := replace(taken); code != problem.Conflict.ExitCode() { // all is written by then, nothing committed
		t.Fatal(code, says)
	}
	if text, err := os.ReadFile(taken); err != nil || string(text) != "mine" {
		t.Error("a file was overwritten", err)
	}
	if code, v := verify(t, data); code != problem.Untrusted.ExitCode() || v.PINs != 0 {
		t.Fatalf("%d %+v", code, v)
	}
	list := filepath.Join(dir, "pins.csv")
	if code, says := replace(list); code != 0 {
		t.Fatal(code, says)
	}
	if err := os.Rename(key, key+".next"); err != nil { // the moment between the commit and the end
		t.Fatal(err)
	}
	if code, v := verify(t, data); code != 0 || v.PINs != 4 {
		t.Fatalf("%d %+v", code, v)
	}
	compareList(t, data, list)
	if _, err := os.Stat(key); err != nil {
		t.Error("the server did not end it", err)
	}
}
