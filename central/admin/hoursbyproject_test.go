package admin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
)

// Hours stand by project on a page and, by day, in a file: switched during a shift,
// with a break that counts for none, over midnight, and on no project at all.
func TestHoursByProject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery()
	e := errand{w, w.loggedIn()}
	if _, body := w.get(e.c, "/punches"); strings.Contains(body, "By project") {
		t.Error("there is no project, and yet hours by them")
	}
	w.projects()
	at := func(clock string) time.Time {
		when, err := time.Parse("2006-01-02 15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		return when.Add(-time.Hour) // Berlin in winter
	}
	p := func(action attendance.Action, clock, project string) {
		w.punches(attendance.Punch{Person: "p-9", Kiosk: "front-door", Action: action, At: at(clock), Auth: attendance.AuthPersonal, Project: project})
	}
	p(attendance.In, "2025-12-01 08:00", wallProject)
	p(attendance.BreakStart, "2025-12-01 10:00", "")
	p(attendance.BreakEnd, "2025-12-01 10:30", "")
	p(attendance.Switch, "2025-12-01 12:30", "j-roof")
	p(attendance.Out, "2025-12-01 15:00", "")
	p(attendance.In, "2025-12-02 22:00", wallProject)
	p(attendance.Out, "2025-12-03 01:30", "")
	p(attendance.In, "2025-12-04 08:00", "")
	p(attendance.Out, "2025-12-04 09:00", "")
	const days = "from=2025-12-01&to=2025-12-05&view=projects"
	e.shows("/punches?"+days, "Harbour wall 7 h 30 min", "Roof of the old mill 2 h 30 min", "On no project 1 h 00 min", "All together 11 h 00 min")
	_, csv := w.get(e.c, "/punches.csv?"+days)
	var rows []string
	for _, line := range strings.Split(strings.TrimSpace(strings.ReplaceAll(csv, "\r", "")), "\n")[1:] {
		rows = append(rows, strings.Join(strings.Split(line, ",")[4:], ","))
	}
	want := []string{
		"2025-12-01,j-roof,Roof of the old mill,150", "2025-12-01,j-wall,Harbour wall,240", "2025-12-02,j-wall,Harbour wall,120",
		"2025-12-03,j-wall,Harbour wall,90", "2025-12-04,,,60",
	}
	if strings.Join(rows, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(rows, "\n"))
	}
	if res, _ := w.get(e.c, "/punches.xlsx?"+days); !strings.Contains(res.Header.Get("Content-Disposition"), "projects-2025-12-01-to-2025-12-05.xlsx") {
		t.Error(res.Header)
	}
}
