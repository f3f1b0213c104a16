package centraldb_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

var eight = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// lists is a database with three people, one who left, and their punches.
func lists(t *testing.T) *centraldb.DB {
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
	people := []attendance.Person{
		{ID: "p-1", StaffNo: "A-12", Name: "Jörg Müller", Team: "Bakery", Role: attendance.Regular, Active: true},
		{ID: "p-2", StaffNo: "1002", Name: "Ada Brandt", Team: "Bakery", Role: attendance.Manager, Active: true},
		{ID: "p-3", StaffNo: "1003", Name: "Ben Okafor", Team: "Shop", Role: attendance.Regular, Active: true},
		{ID: "p-4", StaffNo: "1004", Name: "Cleo Left", Team: "Shop", Role: attendance.Regular, Active: false},
	}
	err = db.Update(t.Context(), func(tx *centraldb.Tx) error {
		if err := tx.AddPeople(t.Context(), people, 1); err != nil {
			return err
		}
		if err := tx.SetPerson(t.Context(), people[3]); err != nil {
			return err
		}
		return tx.AddKiosk(t.Context(), attendance.Kiosk{ID: "dock", Name: "Dock", Zone: "UTC"}, 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	var step centraldb.Step
	for i, x := range []struct {
		person, kiosk string
		action        attendance.Action
		minutes       int
	}{
		{"p-2", "dock", attendance.In, 0},
		{"p-1", "dock", attendance.In, 5},
		{"p-2", "dock", attendance.BreakStart, 60},
		{"p-4", "dock", attendance.In, 1},
		{"p-1", "gone", attendance.Out, 90},
	} {
		u := attendance.Punch{Person: x.person, Kiosk: x.kiosk, Action: x.action, At: eight.Add(time.Duration(x.minutes) * time.Minute), Auth: attendance.AuthPersonal}
		step.Punches = append(step.Punches, centraldb.Projected{ID: int64(i + 1), Journal: record.JournalID{1}, Seq: uint64(i + 1), Punch: u, Zone: "UTC"})
	}
	step.Present = []centraldb.Present{
		{Presence: attendance.Presence{Person: "p-2", State: attendance.StateBreak, Since: eight.Add(time.Hour), Kiosk: "dock"}, At: 1},
		{Presence: attendance.Presence{Person: "p-1", State: attendance.StateOut, Since: eight.Add(90 * time.Minute), Kiosk: "gone"}, At: 1},
		{Presence: attendance.Presence{Person: "p-4", State: attendance.StateIn, Since: eight, Kiosk: "dock"}, At: 1},
	}
	step.To = 5
	if done, err := db.Project(t.Context(), step); err != nil || !done {
		t.Fatal(done, err)
	}
	return db
}

// People are found by the beginnings of words, by their whole number or id, and
// by nothing else; those who left are not listed.
func TestPeoplePage(t *testing.T) {
	t.Parallel()
	db := lists(t)
	for _, x := range []struct {
		f    centraldb.PeopleFilter
		want []string
		all  int
	}{
		{centraldb.PeopleFilter{Limit: 10}, []string{"p-2", "p-3", "p-1"}, 3},
		{centraldb.PeopleFilter{Limit: 1, Offset: 1}, []string{"p-3"}, 3},
		{centraldb.PeopleFilter{Limit: 10, Search: "mull"}, []string{"p-1"}, 1},
		{centraldb.PeopleFilter{Limit: 10, Search: "MÜLLER jö"}, []string{"p-1"}, 1},
		{centraldb.PeopleFilter{Limit: 10, Search: "A-12"}, []string{"p-1"}, 1},
		{centraldb.PeopleFilter{Limit: 10, Search: "100"}, []string{"p-2", "p-3"}, 2},
		{centraldb.PeopleFilter{Limit: 10, Search: "p-3"}, []string{"p-3"}, 1},
		{centraldb.PeopleFilter{Limit: 10, Search: "randt"}, nil, 0},
		{centraldb.PeopleFilter{Limit: 10, Search: "%"}, nil, 0},
		{centraldb.PeopleFilter{Limit: 10, Search: "_"}, nil, 0},
		{centraldb.PeopleFilter{Limit: 10, Search: "' OR 1=1 --"}, nil, 0},
		{centraldb.PeopleFilter{Limit: 10, Search: "a", Team: "Bakery"}, []string{"p-2", "p-1"}, 2},
		{centraldb.PeopleFilter{Limit: 10, Team: "bakery' --"}, nil, 0},
	} {
		page, all, err := db.PeoplePage(t.Context(), x.f)
		var got []string
		for _, l := range page {
			got = append(got, l.ID)
		}
		if err != nil || all != x.all || !slices.Equal(got, x.want) {
			t.Errorf("%+v: %v of %d, %v", x.f, got, all, err)
		}
	}
}

func TestPunchLines(t *testing.T) {
	t.Parallel()
	db := lists(t)
	at := func(minutes int) int64 { return eight.Add(time.Duration(minutes) * time.Minute).UnixNano() }
	for _, x := range []struct {
		f    centraldb.PunchFilter
		want []int64
	}{
		{centraldb.PunchFilter{}, []int64{1, 2, 3, 4, 5}},
		{centraldb.PunchFilter{After: 3}, []int64{4, 5}},
		{centraldb.PunchFilter{Newest: true}, []int64{5, 4, 3, 2, 1}},
		{centraldb.PunchFilter{ByTime: true}, []int64{1, 4, 2, 3, 5}},
		{centraldb.PunchFilter{ByTime: true, Newest: true, Offset: 1}, []int64{3, 2, 4, 1}},
		{centraldb.PunchFilter{From: at(1), To: at(60)}, []int64{2, 4}},
		{centraldb.PunchFilter{Person: "p-2"}, []int64{1, 3}},
		{centraldb.PunchFilter{People: []string{"p-2", "p-4"}, From: at(1)}, []int64{3, 4}},
		{centraldb.PunchFilter{People: []string{""}}, nil},
		{centraldb.PunchFilter{Kiosk: "gone"}, []int64{5}},
		{centraldb.PunchFilter{Search: "brandt", Kiosk: "dock", After: 1}, []int64{3}},
		{centraldb.PunchFilter{Team: "Shop"}, []int64{4}},
	} {
		x.f.Limit = 10
		lines, err := db.PunchLines(t.Context(), x.f)
		var got []int64
		for _, l := range lines {
			got = append(got, l.ID)
		}
		if err != nil || !slices.Equal(got, x.want) {
			t.Errorf("%+v: %v, %v", x.f, got, err)
		}
	}
	lines, err := db.PunchLines(t.Context(), centraldb.PunchFilter{After: 4, Limit: 1})
	if err != nil || lines[0].PersonName != "Jörg Müller" || lines[0].KioskName != "gone" {
		t.Errorf("%+v %v", lines, err)
	}
}

func TestNowPage(t *testing.T) {
	t.Parallel()
	db := lists(t)
	for _, x := range []struct {
		f    centraldb.NowFilter
		want []string
	}{
		{centraldb.NowFilter{}, []string{"p-2 break", "p-1 out", "p-3 out"}},
		{centraldb.NowFilter{States: []attendance.State{attendance.StateIn, attendance.StateBreak}}, []string{"p-2 break"}},
		{centraldb.NowFilter{States: []attendance.State{attendance.StateOut}, Team: "Shop"}, []string{"p-3 out"}},
		{centraldb.NowFilter{Kiosk: "gone"}, []string{"p-1 out"}},
		{centraldb.NowFilter{Search: "jorg"}, []string{"p-1 out"}},
		{centraldb.NowFilter{Offset: 2}, []string{"p-3 out"}},
	} {
		x.f.Limit = 10
		lines, err := db.NowPage(t.Context(), x.f)
		var got []string
		for _, l := range lines {
			got = append(got, l.Person+" "+string(l.State))
		}
		if err != nil || !slices.Equal(got, x.want) {
			t.Errorf("%+v: %v, %v", x.f, got, err)
		}
	}
	counts, err := db.NowCounts(t.Context(), centraldb.NowFilter{})
	want := []centraldb.NowCount{{Team: "Bakery", State: "break", N: 1}, {Team: "Bakery", State: "out", N: 1}, {Team: "Shop", State: "out", N: 1}}
	if d := cmp.Diff(want, counts); d != "" || err != nil {
		t.Error(d, err)
	}
	teams, err := db.Teams(t.Context())
	if err != nil || !slices.Equal(teams, []string{"Bakery", "Shop"}) {
		t.Errorf("teams %v %v", teams, err)
	}
}

// Who has punched includes those who have left since.
func TestPunched(t *testing.T) {
	t.Parallel()
	db := lists(t)
	from, to := eight.UnixNano(), eight.Add(24*time.Hour).UnixNano()
	for _, x := range []struct {
		f    centraldb.PunchedFilter
		want []string
	}{
		{centraldb.PunchedFilter{From: from, To: to}, []string{"p-2", "p-4", "p-1"}},
		{centraldb.PunchedFilter{From: from, To: from + 1}, []string{"p-2"}},
		{centraldb.PunchedFilter{From: to, To: to + 1}, nil},
		{centraldb.PunchedFilter{From: from, To: to, Search: "cleo", Team: "Shop", Kiosk: "dock"}, []string{"p-4"}},
		{centraldb.PunchedFilter{From: from, To: to, Kiosk: "gone"}, []string{"p-1"}},
		{centraldb.PunchedFilter{From: from, To: to, Offset: 1}, []string{"p-4", "p-1"}},
	} {
		x.f.Limit = 10
		people, err := db.Punched(t.Context(), x.f)
		var got []string
		for _, p := range people {
			got = append(got, p.ID)
		}
		if err != nil || !slices.Equal(got, x.want) {
			t.Errorf("%+v: %v, %v", x.f, got, err)
		}
	}
}
