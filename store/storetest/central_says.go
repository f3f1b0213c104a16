package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// punched gives the projection of record id as ada's punch, and her presence.
func punched(id int64, at time.Time) (centraldb.Projected, centraldb.Present) {
	u := attendance.Punch{Person: "ada", Kiosk: "gate", Action: attendance.In, At: at, Auth: attendance.AuthPersonal}
	return centraldb.Projected{ID: id, Journal: journal(), Seq: uint64(id), Punch: u, Zone: "UTC"},
		centraldb.Present{Presence: attendance.Presence{}.After(u), At: at.UnixNano()}
}

func projectOnce(t *testing.T, c CentralDB) {
	mustAppend(t, openLog(t, c), []bool{true}, batch("gate", 1, 250))
	var got []uint64
	for {
		rows, upto, err := c.DB.Unprojected(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			break
		}
		s := centraldb.Step{From: upto, To: rows[len(rows)-1].ID}
		for _, r := range rows {
			got = append(got, r.Seq)
			p, now := punched(r.ID, received.Add(time.Duration(r.Seq)*time.Second))
			s.Punches, s.Present = append(s.Punches, p), []centraldb.Present{now}
		}
		for _, want := range []bool{true, false} { // the second time the cursor has moved
			if done, err := c.DB.Project(t.Context(), s); err != nil || done != want {
				t.Fatal(done, err)
			}
		}
	}
	if len(got) != 250 || got[0] != 1 || got[249] != 250 {
		t.Fatalf("%d records, %v", len(got), got)
	}
	lines, err := c.DB.PunchLines(t.Context(), centraldb.PunchFilter{Limit: 1000})
	if err != nil || len(lines) != 250 {
		t.Fatalf("%d punches: %v", len(lines), err)
	}
	for i, l := range lines {
		at := received.Add(time.Duration(i+1) * time.Second)
		if p, _ := punched(l.ID, at); l.Seq != uint64(i+1) || l.Zone != "UTC" || !cmp.Equal(l.Punch(), p.Punch) {
			t.Fatalf("punch %d: %+v", i, l)
		}
	}
	// Made again from the start it comes out the same.
	if err := c.Exec(t.Context(), "UPDATE projections SET upto = 0"); err != nil {
		t.Fatal(err)
	}
	p, now := punched(1, received)
	if done, err := c.DB.Project(t.Context(), centraldb.Step{To: 1, Punches: []centraldb.Projected{p}}); err != nil || !done {
		t.Fatal(done, err)
	}
	present, err := c.DB.Presence(t.Context(), []string{"ada", "nobody"})
	if err != nil {
		t.Fatal(err)
	}
	now.Since, now.At = received.Add(250*time.Second), received.Add(250*time.Second).UnixNano()
	if d := cmp.Diff(map[string]centraldb.Present{"ada": now}, present); d != "" {
		t.Fatal(d)
	}
}

func countedSeq(t *testing.T, c CentralDB) {
	log := openLog(t, c)
	if j, seq, err := c.DB.Counted(t.Context(), "gate"); err != nil || !j.IsZero() || seq != 0 {
		t.Fatal(j, seq, err)
	}
	mustAppend(t, log, []bool{true}, batch("gate", 1, 3))
	rows, _, err := c.DB.Unprojected(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	if done, err := c.DB.Project(t.Context(), centraldb.Step{To: rows[1].ID}); err != nil || !done {
		t.Fatal(done, err)
	}
	if j, seq, err := c.DB.Counted(t.Context(), "gate"); err != nil || j != journal() || seq != 2 {
		t.Fatal(j, seq, err)
	}
}

func generationUp(t *testing.T, c CentralDB) {
	if err := c.DB.Create(t.Context(), centraldb.Organisation{ID: "acme", Name: "Acme", Gen: 9, PINLen: 4}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ to, want uint64 }{{8, 9}, {10, 10}, {10, 10}, {9, 10}, {100, 100}} {
		if got, err := c.DB.RaiseGeneration(t.Context(), step.to); err != nil || got != step.want {
			t.Fatal(step, got, err)
		}
	}
}

func rosterRow(id string, body []byte) centraldb.RosterRow {
	return centraldb.RosterRow{RosterKey: centraldb.RosterKey{Kind: "person", ID: id}, Fingerprint: []byte{1}, Body: body}
}

func rosterStep(t *testing.T, c CentralDB) {
	var rows []centraldb.RosterRow
	for i := range 250 {
		rows = append(rows, rosterRow(fmt.Sprint("p", i), []byte("{}")))
	}
	for _, want := range []bool{true, false} {
		if done, err := c.DB.PutRoster(t.Context(), "gate", 0, 1, rows); err != nil || done != want {
			t.Fatal(done, err)
		}
	}
	if v, err := c.DB.RosterVersion(t.Context(), "gate"); err != nil || v != 1 {
		t.Fatal(v, err)
	}
	marks, err := c.DB.RosterMarks(t.Context(), "gate")
	if err != nil || len(marks) != 250 {
		t.Fatal(len(marks), err)
	}
	if v, err := c.DB.RosterVersion(t.Context(), "lobby"); err != nil || v != 0 {
		t.Fatal(v, err)
	}
}

func rosterDeletes(t *testing.T, c CentralDB) {
	for from, rows := range [][]centraldb.RosterRow{
		{rosterRow("ada", []byte("1")), rosterRow("bob", []byte("1"))},
		{rosterRow("zoe", nil), rosterRow("bob", nil), rosterRow("ada", []byte("2"))},
	} {
		if done, err := c.DB.PutRoster(t.Context(), "gate", uint64(from), 1, rows); err != nil || !done {
			t.Fatal(done, err)
		}
	}
	for from, want := range [][]string{{"ada=2"}, {"bob=", "zoe=", "ada=2"}, nil} {
		rows, version, err := c.DB.RosterSince(t.Context(), "gate", uint64(from))
		if err != nil || version != 2 {
			t.Fatal(version, err)
		}
		var got []string
		for _, r := range rows {
			got = append(got, r.ID+"="+string(r.Body))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("from %d: %s", from, d)
		}
	}
}
